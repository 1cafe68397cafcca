"""What those who ask for exports get: small ones at once, larger ones from a job that they can watch."""

import time
from dataclasses import dataclass, replace
from typing import NotRequired, Self, TypedDict

from ledger.aggregates.counters_table import CounterTable
from ledger.aws import retries
from ledger.aws.invocations import invoke_async
from ledger.aws.s3 import LINK_LIFETIME, S3Bucket
from ledger.aws.settings import Settings
from ledger.call_log.counts import CallCounts
from ledger.core.errors import NotFound
from ledger.core.identity import Identity
from ledger.core.moments import iso
from ledger.exports.export import Export, ExportStatus, new_export
from ledger.exports.query import ExportQuery
from ledger.exports.store import ExportTable
from ledger.exports.worker import ExportJob
from ledger.usage.reader import UsageReader

SMALL = 10_000
"""Rows that are written while the request waits."""
PATIENCE = 15.0
"""Seconds for which it waits."""
_FAILED = "the export could not be written; nothing is wrong with the calls: ask for it again"


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
class Exporting:
    """`function` writes the larger ones."""

    job: ExportJob
    counts: CallCounts
    function: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        job = ExportJob.of(settings)
        reader = UsageReader(job.calls, CounterTable.of(settings))
        return cls(job, CallCounts(reader), settings.write_export_function)

    def ask(self, identity: Identity, query: ExportQuery) -> Export:
        """An export of the asker's own calls, or with allUsers of everybody's; ready, or else on its way.

        Raises Forbidden for allUsers without the role.
        """
        export = new_export(identity, query, self.job.calls)
        if export.selection.is_counted:
            export = replace(export, total=self.counts.total(export.selection))
        table = self.job.table
        if export.total is None or export.total > SMALL:
            begun = table.begin(export)
            if begun.id == export.id:
                invoke_async(self.function, exportId=export.id)
            return begun
        table.put(export)
        give_up = time.monotonic() + PATIENCE
        try:
            export = self.job.run(export.id, lambda: give_up - time.monotonic()) or export
        except retries.REQUEST_ERRORS as error:
            if not retries.is_retryable(error):
                raise
        if export.status == "running":
            table.note(export)
            invoke_async(self.function, exportId=export.id)
        return export


def found(table: ExportTable, identity: Identity, export_id: str) -> Export:
    """An export of the asker's own, or any for an administrator. Raises NotFound for any other."""
    export = table.find(export_id)
    if export is None or not export.is_for(identity):
        raise NotFound("no such export")
    return export


def told(export: Export, bucket: S3Bucket) -> ExportBody:
    """The export as its owner is told of it."""
    now = time.time()
    body: ExportBody = {
        "exportId": export.id,
        "status": "failed" if export.is_stalled(now) else export.status,
        "filename": export.filename,
        "createdAt": iso(export.began),
        "rowsWritten": export.shown,
        "rowsTotal": export.total,
    }
    if body["status"] == "failed":
        body["error"] = _FAILED
    if export.status == "ready":
        rows = export.progress.rows
        body["rowsWritten"] = body["rowsTotal"] = body["rows"] = rows
        body["bytes"] = export.progress.size
        body["sha256"] = export.sha256
        body["url"] = bucket.link(export.key)
        body["expiresAt"] = int(now) + LINK_LIFETIME
    return body
