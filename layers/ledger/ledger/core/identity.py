"""Who is asking, and what each role may do. Roles are checked nowhere else."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from ledger.core.errors import Forbidden, Unauthenticated


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"
    OWNER = "owner"
    RECORDER = "recorder"


ADMINISTRATORS = frozenset({Role.ADMIN, Role.OWNER})
WRITERS = ADMINISTRATORS | {Role.RECORDER}
READERS = ADMINISTRATORS | {Role.USER}
"""A recorder reads nothing: a gateway's key that leaks shows nobody's usage."""


@dataclass(frozen=True)
class Identity:
    """Whoever presented good credentials; `did` is the user."""

    did: str
    role: Role
    expires_at: int = 0
    """Unix time at which the credentials end; 0 where they don't."""

    @property
    def is_administrator(self) -> bool:
        return self.role in ADMINISTRATORS

    def require(self, roles: frozenset[Role]) -> Self:
        """Raises Forbidden for a role that is not among these."""
        if self.role not in roles:
            raise Forbidden(f"this needs the role {' or '.join(sorted(roles))}, not {self.role}")
        return self

    def to_context(self) -> dict[str, str]:
        """The identity as the authorizer hands it to API Gateway."""
        return {"did": self.did, "role": self.role.value, "expiresAt": str(self.expires_at)}

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """The identity that the authorizer put into an HTTP API event (payload 2.0).

        API Gateway keeps the authorizer's answer for a minute: credentials that ended since are refused here.
        Raises Unauthenticated where the authorizer refused.
        """
        context: Mapping[str, str] = event["requestContext"].get("authorizer", {}).get("lambda") or {}
        if "did" not in context:
            raise Unauthenticated(context.get("refusal", "no credentials"))
        identity = cls(context["did"], Role(context["role"]), int(context["expiresAt"]))
        if 0 < identity.expires_at <= time.time():
            raise Unauthenticated("the credentials have expired")
        return identity
