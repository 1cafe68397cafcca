"""The writing of exports: one worker at a time, from where the one before stopped."""

import time
import uuid
from dataclasses import dataclass

from ledger.aws.s3 import ObjectChanged, S3Bucket
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core.moments import TimeLeft
from ledger.exports.columns import Names
from ledger.exports.job import Export, Progress
from ledger.exports.lines import Layout
from ledger.exports.rows import END, blocks
from ledger.exports.store import ExportStore, LeaseLost
from ledger.exports.upload import ExportUpload


@dataclass(frozen=True)
class ExportWorker:
    """Writes exports. Of several workers that are started for the same export, one writes it.

    A part has at least `part_size` bytes; S3 demands 5 MB. An export fails for good after `most_attempts` failures in
    succession without a new part.
    """

    calls: Calls
    directory: Directory
    store: ExportStore
    bucket: S3Bucket
    part_size: int = 8 * 1024 * 1024
    most_attempts: int = 3

    @classmethod
    def of(cls, settings: Settings) -> "ExportWorker":
        registry = settings.registry_table
        return cls(Calls.of(settings), Directory(registry), ExportStore(registry), S3Bucket(settings.exports_bucket))

    def run(self, export_id: str, time_left: TimeLeft) -> Export | None:
        """Write an export while there is time. Returns it as it is then: still running, if there is more to write.

        Returns None where there is nothing to do: the export has ended, is not there, or another worker writes it.
        Raises what failed; the export may be run again until it has failed for good.
        """
        export, worker = self._await_free(export_id), str(uuid.uuid4())
        if export is None:
            return None
        try:
            self.store.take(export, worker)
            return self._write(export, worker, time_left)
        except LeaseLost:
            self._remove_leftovers(export)
            return None
        except Exception:
            self._give_back(export, worker)
            raise

    def delete_all(self, owner: str) -> None:
        """Delete the exports of a user, also those being written. Doing it again does no harm."""
        for export in self.store.all_of_user(owner):
            try:
                self.store.cancel(export)
            except LeaseLost:
                continue  # deleted already: the index follows the table with a delay
            self._remove_objects(export)
            self.store.delete(export)

    def _await_free(self, export_id: str) -> Export | None:
        """Returns a running export once its lease has ended; None if its worker renews the lease meanwhile."""
        until = 0
        while (export := self.store.find(export_id)) and export.status == "running":
            left = export.lease_until - time.time()
            if left <= 0:
                return export
            if 0 < until < export.lease_until:
                return None  # its worker is alive
            until = export.lease_until
            time.sleep(min(left + 0.1, self.store.lease))
        return None

    def _write(self, export: Export, worker: str, time_left: TimeLeft) -> Export:
        if export.attempts:
            self.bucket.abort_all(export.key, keep=export.progress.upload_id)
        upload = ExportUpload(self.store, self.bucket, export, worker, self.part_size)
        try:
            layout = Layout(export.query.format, export.query.locale, export.query.zone, Names(self.directory))
            upload.resume(layout.head)
            for block in blocks(self.calls, export.selection, layout, export.progress.position):
                if block.lines:
                    upload.add(layout.end.join(block.lines) + layout.end, len(block.lines))
                upload.reach(block.position)
                # A worker always gets further than the one before, however little time it has.
                if block.position not in (END, export.progress.position) and time_left() <= 0:
                    return upload.pause()
            return upload.finish(time_left)
        except ObjectChanged:
            self.store.save(export, worker, Progress(), attempts=export.attempts + 1)  # begins anew
            self.bucket.abort_all(export.key)
            raise
        finally:
            upload.settle()

    def _give_back(self, export: Export, worker: str) -> None:
        now = self.store.find(export.id)
        try:
            if now and now.attempts < self.most_attempts:
                self.store.release(export, worker)
            elif now:
                self.store.fail(export, worker)
        except LeaseLost:
            pass
        self._remove_leftovers(export)

    def _remove_leftovers(self, export: Export) -> None:
        """Remove the objects of an export that has failed or was deleted while a worker wrote it."""
        now = self.store.find(export.id)
        if now is None or now.status == "failed":
            self._remove_objects(export)

    def _remove_objects(self, export: Export) -> None:
        self.bucket.remove(export.key)
        self.bucket.delete(export.tail_key)
