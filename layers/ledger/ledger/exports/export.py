"""An export: what was asked for, and how far it has come."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ledger.call_log.selection import Selection
from ledger.calls.calls_table import Calls
from ledger.core.identity import Identity
from ledger.core.moments import DAY
from ledger.exports.query import ExportQuery

LIFETIME = 7 * DAY
"""Seconds for which an export is there, as the bucket's lifecycle has it."""
STALLED = 900
"""Seconds without a worker after which nobody will take an export up again: Lambda's attempts are over."""
SERVED_AGAIN = 300
"""Seconds for which a job's export answers the request that began it, so that to ask until it is ready works."""

type ExportStatus = Literal["running", "ready", "failed"]


@dataclass(frozen=True)
class Progress:
    """The rows not older than `position`: `size` bytes of them in uploaded parts, the rest in an object, the tail.

    `tail` is that object's ETag; empty where there is none.
    """

    upload_id: str = ""
    etags: Sequence[str] = ()
    position: str | None = None
    rows: int = 0
    size: int = 0
    tail: str = ""


@dataclass(frozen=True)
class Export:
    """`total` are the rows that were counted, where they could be; `shown` those that the owner is told of.

    `lease_until`: until then its worker is taken to be alive.
    """

    id: str
    owner: str
    query: ExportQuery
    selection: Selection
    began: int
    key: str
    total: int | None = None
    status: ExportStatus = "running"
    lease_until: int = 0
    attempts: int = 0
    progress: Progress = Progress()
    shown: int = 0
    sha256: str = ""
    finished: int = 0

    @property
    def filename(self) -> str:
        day = datetime.fromtimestamp(self.began, self.query.zone).date()
        return f"model-calls-{day}.{self.query.format}"

    @property
    def content_type(self) -> str:
        return "text/csv; charset=utf-8" if self.query.format == "csv" else "application/x-ndjson"

    @property
    def tail_key(self) -> str:
        return f"{self.key}.tail"

    def is_stalled(self, now: float) -> bool:
        """Whether nobody will go on with it."""
        return self.status == "running" and self.lease_until + STALLED < now

    def is_for(self, identity: Identity) -> bool:
        """Its owner's, or any for an administrator. Others' calls are not for one who is none any more."""
        return identity.is_administrator or identity.did == self.owner == self.selection.user_did

    def answers_again(self, now: float) -> bool:
        """Whether it answers the request again that it was begun for."""
        if self.status == "running":
            return not self.is_stalled(now)
        return self.status == "ready" and now < self.finished + SERVED_AGAIN


def new_export(identity: Identity, query: ExportQuery, calls: Calls) -> Export:
    """An export of the log as it is now, not kept yet. Raises Forbidden for allUsers without the role."""
    now = int(time.time())
    return Export(
        id=f"{now:08x}{secrets.token_hex(12)}",  # in order of time, and not to be guessed
        owner=identity.did,
        query=query,
        selection=Selection.of(identity, query, calls, now),
        began=now,
        key=f"{secrets.token_urlsafe(32)}.{query.format}",
        lease_until=now,
    )
