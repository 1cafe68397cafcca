"""Calls as the call log shows them: with their provider, and with how their user and app are shown."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from ledger.call_log.answers import CallRow
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory, Registry
from ledger.calls.model_call import ModelCall
from ledger.core.errors import NotFound
from ledger.core.identity import Identity
from ledger.pricing.providers import provider


@dataclass(frozen=True)
class CallRows:
    calls: Calls
    registry: Registry

    def row(self, identity: Identity, call_id: str) -> CallRow:
        """One call, its user's own or any for an administrator. Raises NotFound for any other."""
        call = self.calls.get(call_id, int(time.time()))
        if call is None or not (identity.is_administrator or call.user_did == identity.did):
            raise NotFound("no such call")
        return self.rows([call])[0]

    def rows(self, calls: Sequence[ModelCall]) -> list[CallRow]:
        directory = self.directory(calls)
        shown = (
            {
                **call.to_json(),
                "provider": _provider(call.provider_id),
                "appInfo": directory.app(call.app_did) if call.app_did else None,
                "userInfo": directory.user(call.user_did),
            }
            for call in calls
        )
        return [cast("CallRow", row) for row in shown]

    def directory(self, calls: Sequence[ModelCall]) -> Directory:
        """How the users and apps of some calls are shown."""
        return self.registry.look_up(
            (call.user_did for call in calls), (call.app_did for call in calls if call.app_did)
        )


def _provider(provider_id: str) -> dict[str, Any]:
    known = provider(provider_id)
    return {
        "id": known.id,
        "name": known.name,
        "displayName": known.display_name,
        "baseUrl": known.base_url,
        "region": known.region,
        "enabled": known.enabled,
    }
