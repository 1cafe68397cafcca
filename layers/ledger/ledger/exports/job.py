"""An export: what was asked for, and how far it has come."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NotRequired, TypedDict

from ledger.aws.s3 import LINK_LIFETIME, S3Bucket
from ledger.call_log.selection import LogSelection
from ledger.calls.calls_table import Calls
from ledger.core import exact_json
from ledger.core.identity import Identity
from ledger.core.moments import DAY, iso
from ledger.exports.query import ExportQuery, Format

LIFETIME = 7 * DAY
"""Seconds after which an export is removed, like its object by the bucket's lifecycle rule."""
STALLED = 900
"""Seconds without a worker after which an export has failed: Lambda retries no longer than that."""
REUSED = 300
"""Seconds for which a finished export answers the request that began it, so that clients may repeat it until then."""
LARGEST_BODY = 5_000_000
"""Bytes of a file that an answer carries as its body."""
LARGEST_ANSWER = 5_900_000
"""Bytes of that body as the text that Lambda returns in JSON. An answer has 6 MB, headers included."""
_CONTENT_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
_FAILED = "the export could not be written; nothing is wrong with the calls: ask for it again"

type ExportStatus = Literal["running", "ready", "failed"]


class ExportBody(TypedDict):
    """`rowsTotal` is null where it can't be counted beforehand. `url` is good until `expiresAt`, in Unix seconds."""

    exportId: str
    status: ExportStatus
    filename: str
    createdAt: str
    rowsWritten: int
    rowsTotal: int | None
    url: NotRequired[str]
    expiresAt: NotRequired[int]
    rows: NotRequired[int]
    bytes: NotRequired[int]
    sha256: NotRequired[str]
    error: NotRequired[str]


class ExportList(TypedDict):
    exports: list[ExportBody]


@dataclass(frozen=True)
class Progress:
    """How far an export is written: it has all `rows` down to `position`, newest first.

    The uploaded parts hold `size` bytes of them. Rows that are too few for a part are in an object of their own, whose
    ETag is `tail`; it is empty where there is no such object.
    """

    upload_id: str = ""
    etags: Sequence[str] = ()
    position: str | None = None
    rows: int = 0
    size: int = 0
    tail: str = ""


@dataclass(frozen=True)
class Export:
    """`total` is the number of rows counted beforehand, if it could be; `shown` the number the owner sees as written.

    Until `lease_until`, in Unix seconds, its worker is taken to be alive.
    """

    id: str
    owner: str
    query: ExportQuery
    selection: LogSelection
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
    error: str = ""
    """Why it failed, where its owner can do something about it."""

    @property
    def filename(self) -> str:
        day = datetime.fromtimestamp(self.began, self.query.zone).date()
        return f"model-calls-{day}.{self.query.format}"

    @property
    def content_type(self) -> str:
        return _CONTENT_TYPES[self.query.format]

    @property
    def tail_key(self) -> str:
        return f"{self.key}.tail"

    def is_stalled(self, now: float) -> bool:
        """Whether it is unfinished, and no worker will take it up again."""
        return self.status == "running" and self.lease_until + STALLED < now

    def is_for(self, identity: Identity) -> bool:
        """Whether somebody may see it: its owner, or an administrator.

        An owner who is no longer an administrator may not see an export of others' calls.
        """
        return identity.may_read_all or identity.did == self.owner == self.selection.user_did

    def answers_again(self, now: float) -> bool:
        """Whether it answers a repetition of the request that began it."""
        if self.status == "running":
            return not self.is_stalled(now)
        return self.status == "ready" and now < self.finished + REUSED

    def text(self, bucket: S3Bucket) -> str | None:
        """Returns the file of one that is ready, if it is CSV and small enough to be the body of an answer."""
        if self.query.format != "csv" or self.progress.size > LARGEST_BODY:
            return None
        text = b"".join(bucket.chunks(self.key)).decode()
        return text if len(exact_json.dumps(text)) <= LARGEST_ANSWER else None

    def body(self, bucket: S3Bucket) -> ExportBody:
        """Returns the export as the API shows it, with a new link where it is ready."""
        now = time.time()
        body: ExportBody = {
            "exportId": self.id,
            "status": "failed" if self.is_stalled(now) else self.status,
            "filename": self.filename,
            "createdAt": iso(self.began),
            "rowsWritten": self.shown,
            "rowsTotal": self.total,
        }
        if body["status"] == "failed":
            body["error"] = self.error or _FAILED
        if self.status == "ready":
            body["rowsWritten"] = body["rowsTotal"] = body["rows"] = self.progress.rows
            body["bytes"] = self.progress.size
            body["sha256"] = self.sha256
            body["url"] = bucket.link(self.key)
            body["expiresAt"] = int(now) + LINK_LIFETIME
        return body


def new_export(identity: Identity, query: ExportQuery, calls: Calls) -> Export:
    """Returns an export of the log as it is now, not stored yet. Raises Forbidden for allUsers without the role."""
    now = int(time.time())
    return Export(
        id=f"{now:08x}{secrets.token_hex(12)}",  # sorts by time, and can't be guessed
        owner=identity.did,
        query=query,
        selection=LogSelection.of(identity, query, calls, now),
        began=now,
        key=f"{secrets.token_urlsafe(32)}.{query.format}",
        lease_until=now,
    )
