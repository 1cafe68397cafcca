"""An erasure of a user: until when everything received is removed, and how far it has come."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from ledger.core.field_types import Input, Name

type ErasureStatus = Literal["running", "done"]


class ErasureRequest(Input):
    """The user to be erased."""

    user_did: Name


class ErasureBody(TypedDict):
    """`callsRemoved` is the number of calls removed from the log, `keysRevoked` that of the user's API keys.

    Both include earlier erasures of the same user that are still remembered.
    """

    erasureId: str
    status: ErasureStatus
    requestedAt: str
    finishedAt: str | None
    callsRemoved: int
    keysRevoked: int


@dataclass(frozen=True)
class Erasure:
    """Removes everything that was received of a user until `requested_at`, in ISO 8601. `did` is empty once it is done.

    `position` is the callTimeId of the last call that this pass over the table has removed. The last pass begins once
    nothing that was received before the request can still be under way. Cold days follow, the oldest first.
    """

    id: str
    did: str
    requested_at: str
    finished_at: str | None = None
    position: str = ""
    is_last_pass: bool = False
    cleared_at: int = 0
    """The Unix second at which the last pass over the table had ended, 0 before. `position` is a cold day from then on.
    """
    calls_removed: int = 0
    keys_revoked: int = 0

    @property
    def status(self) -> ErasureStatus:
        return "done" if self.finished_at else "running"

    def body(self) -> ErasureBody:
        """Returns the erasure as the API shows it."""
        return {
            "erasureId": self.id,
            "status": self.status,
            "requestedAt": self.requested_at,
            "finishedAt": self.finished_at,
            "callsRemoved": self.calls_removed,
            "keysRevoked": self.keys_revoked,
        }
