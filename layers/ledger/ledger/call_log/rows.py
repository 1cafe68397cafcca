"""Calls as the API shows them, with the details of their provider, user and app."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.call_log.answers import CallRow, ProviderBody, UsageMetricsBody
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory, DirectoryEntries
from ledger.calls.model_call import ModelCall
from ledger.core import exact_json
from ledger.core.identity import Identity
from ledger.pricing.providers import provider


@dataclass(frozen=True)
class CallRows:
    calls: Calls
    directory: Directory

    def rows(self, identity: Identity, calls: Sequence[ModelCall]) -> list[CallRow]:
        entries = self.entries(calls)
        return [call_row(call, entries, identity) for call in calls]

    def entries(self, calls: Sequence[ModelCall]) -> DirectoryEntries:
        """Look up the users and apps of some calls."""
        return self.directory.look_up(
            (call.user_did for call in calls), (call.app_did for call in calls if call.app_did)
        )


def call_row(call: ModelCall, entries: DirectoryEntries, reader: Identity) -> CallRow:
    """Returns a call with the field names of AIGNE Hub's API, as a reader may see it."""
    return {
        "id": call.id,
        "providerId": call.provider_id,
        "model": call.model,
        "responseModel": call.response_model,
        "credentialId": call.credential_id,
        "type": call.type,
        "totalUsage": call.total_usage,
        "usageMetrics": UsageMetricsBody(
            inputTokens=call.input_tokens,
            outputTokens=call.output_tokens,
            cacheReadInputTokens=call.cache_read_input_tokens,
            cacheCreationInputTokens=call.cache_creation_input_tokens,
            **(call.other_usage or {}),
        ),
        "credits": call.credits,
        "costUsd": call.cost_usd,
        "costSource": call.cost_source,
        "pricedBy": call.priced_by,
        "serviceTier": call.service_tier,
        "listCostUsd": call.list_cost_usd,
        "listCosts": call.list_costs,
        "cacheSavings": call.cache_savings,
        "repricedBy": call.repriced_by,
        "creditsBefore": call.credits_before,
        "status": call.status,
        "duration": call.duration,
        "errorReason": call.error_reason,
        "appDid": call.app_did,
        "userDid": call.user_did,
        "requestId": call.request_id,
        "traceId": call.trace_id,
        "ttfb": call.ttfb,
        "providerTtfb": call.provider_ttfb,
        "metadata": None if call.metadata is None else exact_json.loads(call.metadata),
        "callTime": call.call_time,
        "createdAt": call.first_recorded_at,
        "updatedAt": call.updated_at,
        "recordedBy": call.recorded_by if reader.may_read_all else None,
        "provider": _provider(call.provider_id),
        "appInfo": entries.app(call.app_did) if call.app_did else None,
        "userInfo": entries.user(call.user_did),
    }


def _provider(provider_id: str) -> ProviderBody:
    known = provider(provider_id)
    return {
        "id": known.id,
        "name": known.name,
        "displayName": known.display_name,
        "baseUrl": known.base_url,
        "region": known.region or None,
        "enabled": known.enabled,
    }
