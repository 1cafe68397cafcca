"""The identity of a caller, and the roles. Roles are checked nowhere else."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from ledger.core.errors import Forbidden, Unauthenticated


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"
    OWNER = "owner"
    VIEWER = "viewer"
    RECORDER = "recorder"


ADMINISTRATORS = frozenset({Role.ADMIN, Role.OWNER})
WRITERS = ADMINISTRATORS | {Role.RECORDER}
VIEWERS = ADMINISTRATORS | {Role.VIEWER}
"""They may read what is anybody's."""
READERS = VIEWERS | {Role.USER}
"""They may read what is their own. A recorder may not, so that a gateway's leaked key reveals nobody's usage."""


LEEWAY = 60
"""Seconds by which the clocks of an identity provider and of the ledger may differ.

It is not shorter than the time for which API Gateway caches the authorizer's answer. So a token that is refused
because it is not valid yet is still not valid when the cached refusal ends.
"""


@dataclass(frozen=True)
class Writer:
    """Who records calls: the credential that is used, and its role."""

    credential: str
    """`key:` and the id of an API key, or `token:` and the did of a token.

    Empty where a version of the ledger before this one identified the caller: that one's requests replace any call.
    """
    role: Role

    def may_replace(self, recorded_by: str | None) -> bool:
        """Whether a stored call may be replaced, given the credential that recorded it; None where it isn't known."""
        return self.role in ADMINISTRATORS or not self.credential or recorded_by in (None, self.credential)


@dataclass(frozen=True)
class Identity:
    """The caller, as valid credentials prove it. `did` is the user."""

    did: str
    role: Role
    expires_at: int = 0
    """Unix seconds at which the credentials expire; 0 where they do not."""
    leeway: int = field(default=0, compare=False)
    """Seconds after that for which they are still accepted."""
    credential: str = field(default="", compare=False)
    """As a Writer's."""

    @property
    def may_read_all(self) -> bool:
        return self.role in VIEWERS

    @property
    def writer(self) -> Writer:
        return Writer(self.credential, self.role)

    def require(self, roles: frozenset[Role]) -> Self:
        """Returns this identity. Raises Forbidden where its role is not one of these."""
        if self.role not in roles:
            raise Forbidden(f"this needs the role {' or '.join(sorted(roles))}, not {self.role}")
        return self

    def to_context(self) -> dict[str, str]:
        """The identity as the authorizer returns it to API Gateway."""
        return {
            "did": self.did,
            "role": self.role.value,
            "expiresAt": str(self.expires_at),
            "leeway": str(self.leeway),
            "credential": self.credential,
        }

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """The identity that the authorizer put into an HTTP API event (payload 2.0).

        Raises Unauthenticated where the authorizer found the credentials invalid, or where they have expired since:
        API Gateway caches the authorizer's answer for a minute.
        """
        context: Mapping[str, str] = event["requestContext"].get("authorizer", {}).get("lambda") or {}
        if "did" not in context:
            raise Unauthenticated(context.get("refusal", "no credentials"))
        identity = cls(
            context["did"],
            Role(context["role"]),
            int(context["expiresAt"]),
            int(context.get("leeway", 0)),
            context.get("credential", ""),
        )
        if 0 < identity.expires_at <= time.time() - identity.leeway:
            raise Unauthenticated("the credentials have expired")
        return identity
