"""The job of writing an export: one worker at a time, from where the one before stopped."""

import time
import uuid
from dataclasses import dataclass

from ledger.aws.s3 import ObjectChanged, S3Bucket
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Registry
from ledger.exports.columns import Names
from ledger.exports.export import Export, Progress
from ledger.exports.lines import Layout
from ledger.exports.rows import END, blocks
from ledger.exports.store import LEASE, ExportTable, LeaseLost
from ledger.exports.writing import PART, TimeLeft, Writing

MOST_ATTEMPTS = 3
"""Attempts that may fail one after the other without a part between them."""


@dataclass(frozen=True)
class ExportJob:
    """Writes exports. Several workers may be told to write the same: one of them does. `part` in bytes."""

    calls: Calls
    registry: Registry
    table: ExportTable
    bucket: S3Bucket
    part: int = PART

    @classmethod
    def of(cls, settings: Settings) -> "ExportJob":
        registry = settings.registry_table
        return cls(Calls.of(settings), Registry(registry), ExportTable(registry), S3Bucket(settings.exports_bucket))

    def run(self, export_id: str, time_left: TimeLeft) -> Export | None:
        """Go on with an export while there is time. Answers it as it is then: still running, if more is to be done.

        None where there is nothing to do: it is finished, gone, or another worker has it. What fails raises and may be
        tried again, until the export has failed.
        """
        export, worker = self._free(export_id), str(uuid.uuid4())
        if export is None:
            return None
        try:
            self.table.take(export, worker)
            return self._write(export, worker, time_left)
        except LeaseLost:
            self._clear_away(export)
            return None
        except Exception:
            self._give_back(export, worker)
            raise

    def remove_all(self, owner: str) -> None:
        """Remove the exports of a user, whoever works on them. May be done again."""
        for export in self.table.all_of_user(owner):
            try:
                self.table.stop(export)
            except LeaseLost:
                continue  # the index is behind
            self._remove_objects(export)
            self.table.remove(export)

    def _free(self, export_id: str) -> Export | None:
        """An export that nobody works on, if need be after its worker has been silent for long enough."""
        until = 0
        while (export := self.table.find(export_id)) and export.status == "running":
            left = export.lease_until - time.time()
            if left <= 0:
                return export
            if 0 < until < export.lease_until:
                return None  # its worker is alive
            until = export.lease_until
            time.sleep(min(left + 0.1, LEASE))
        return None

    def _write(self, export: Export, worker: str, time_left: TimeLeft) -> Export:
        if export.attempts:
            self.bucket.abort_all(export.key, keep=export.progress.upload_id)
        writing = Writing(self.table, self.bucket, export, worker, self.part)
        try:
            layout = Layout(export.query.format, export.query.locale, export.query.zone, Names(self.registry))
            writing.resume(layout.head)
            for block in blocks(self.calls, export.selection, layout, export.progress.position):
                if block.lines:
                    writing.add(layout.end.join(block.lines) + layout.end, len(block.lines))
                writing.reach(block.position)
                if block.position not in (END, export.progress.position) and time_left() <= 0:
                    return writing.pause()  # nearer to the end than it began
            return writing.finish(time_left)
        except ObjectChanged:
            self.table.save(export, worker, Progress(), attempts=export.attempts + 1)  # from the beginning
            self.bucket.abort_all(export.key)
            raise
        finally:
            writing.settle()

    def _give_back(self, export: Export, worker: str) -> None:
        now = self.table.find(export.id)
        try:
            if now and now.attempts < MOST_ATTEMPTS:
                self.table.release(export, worker)
            elif now:
                self.table.fail(export, worker)
        except LeaseLost:
            pass
        self._clear_away(export)

    def _clear_away(self, export: Export) -> None:
        """Leave nothing of what will never be ready: it has failed, or was removed from under its worker."""
        now = self.table.find(export.id)
        if now is None or now.status == "failed":
            self._remove_objects(export)

    def _remove_objects(self, export: Export) -> None:
        self.bucket.remove(export.key)
        self.bucket.delete(export.tail_key)
