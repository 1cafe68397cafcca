"""The start of an export: a small one is written while its request waits, a larger one is left to a worker."""

import time
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

from ledger.aws.retries import REQUEST_ERRORS, is_retryable
from ledger.aws.settings import Settings
from ledger.call_log.counts import CallCounts
from ledger.core.identity import Identity
from ledger.exports.job import Export, new_export
from ledger.exports.query import ExportQuery
from ledger.exports.worker import ExportWorker
from ledger.usage.reader import UsageReader


class Started(NamedTuple):
    export: Export
    needs_worker: bool
    """Whether a worker has yet to be invoked for it."""


@dataclass(frozen=True)
class ExportStarter:
    """A request waits at most `patience` seconds for an export of at most `small` rows."""

    worker: ExportWorker
    counts: CallCounts
    small: int = 10_000
    patience: float = 15.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        worker = ExportWorker.of(settings)
        return cls(worker, CallCounts(UsageReader.of(settings)))

    def start(self, identity: Identity, query: ExportQuery) -> Started:
        """Start an export of one's own calls, or with allUsers of everybody's, or find it if it was started before.

        Raises Forbidden for allUsers without the role.
        """
        export, store = new_export(identity, query, self.worker.rows.calls), self.worker.store
        if export.selection.filter.is_counted:
            export = replace(export, total=self.counts.total(export.selection))
        if export.total is None or export.total > self.small:
            begun = store.begin(export)
            return Started(begun, needs_worker=begun.id == export.id)
        store.add(export)
        give_up = time.monotonic() + self.patience
        try:
            export = self.worker.run(export.id, lambda: give_up - time.monotonic()) or export
        except REQUEST_ERRORS as error:
            if not is_retryable(error):
                raise
        if export.status == "running":
            store.add_request(export)
        return Started(export, needs_worker=export.status == "running")
