"""The writing of exports: one worker at a time, from where the one before stopped."""

import time
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.archive.archive import Archive
from ledger.archive.manifest import Manifest
from ledger.aws.s3 import ObjectChanged, S3Bucket
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core.moments import DAY, TimeLeft
from ledger.exports.job import LIFETIME, Export, Progress
from ledger.exports.layout import Layout
from ledger.exports.parquet_upload import ParquetUpload, TooLarge
from ledger.exports.removal import ExportRemoval
from ledger.exports.rows import ExportRows
from ledger.exports.store import ExportStore, LeaseLost
from ledger.exports.upload import ExportUpload

ROOM = 1_500_000_000
"""Bytes of the archive's files that are kept for the next slices."""
_TOO_LARGE = "too many rows for one Parquet file: ask for a shorter range, or for csv or jsonl"


@dataclass(frozen=True)
class ExportWorker:
    """Writes exports. Of several workers that are started for the same export, one writes it.

    A part has at least `part_size` bytes; S3 demands 5 MB. An export fails for good after `most_attempts` failures in
    succession without a new part.
    """

    rows: ExportRows
    store: ExportStore
    bucket: S3Bucket
    part_size: int = 8 * 1024 * 1024
    most_attempts: int = 3

    @classmethod
    def of(cls, settings: Settings) -> "ExportWorker":
        archive = Archive(Manifest(settings.counters_table), S3Bucket(settings.archive_bucket), ROOM)
        rows = ExportRows(Calls.of(settings), archive, Directory(settings.registry_table))
        return cls(rows, ExportStore(settings.registry_table), S3Bucket(settings.exports_bucket))

    @property
    def _removal(self) -> ExportRemoval:
        return ExportRemoval(self.store, self.bucket)

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
            self._removal.remove_leftovers(export)
            return None
        except Exception:
            self._give_back(export, worker)
            raise

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
        layout = _layout(export)
        upload = self._upload(export, worker)
        try:
            upload.resume(layout.head)
            with TemporaryDirectory() as folder:
                for found in self.rows.slices(export.selection, export.progress.position):
                    file = Path(folder) / "slice"
                    rows = layout.copy(found.connection, found.relation, found.condition, file)
                    upload.add(file, rows)
                    upload.reach(found.position)
                    if time_left() <= 0:  # a worker always gets further than the one before, however little time it has
                        return upload.pause()
            return upload.finish(time_left)
        except TooLarge:
            self.store.fail(export, worker, _TOO_LARGE)
            self._removal.remove_leftovers(export)
            return replace(export, status="failed", error=_TOO_LARGE)
        except ObjectChanged:
            self.store.save(export, worker, Progress(), attempts=export.attempts + 1)  # begins anew
            self.bucket.abort_all(export.key)
            raise
        finally:
            upload.settle()

    def _upload(self, export: Export, worker: str) -> ExportUpload | ParquetUpload:
        if export.query.format == "parquet":
            return ParquetUpload(self.store, self.bucket, export, worker)
        return ExportUpload(self.store, self.bucket, export, worker, self.part_size)

    def _give_back(self, export: Export, worker: str) -> None:
        now = self.store.find(export.id)
        try:
            if now and now.attempts < self.most_attempts:
                self.store.release(export, worker)
            elif now:
                self.store.fail(export, worker)
        except LeaseLost:
            pass
        self._removal.remove_leftovers(export)


def _layout(export: Export) -> Layout:
    """No call is recorded a day before its callTime, or changed after the export is removed."""
    query, first = export.query, max(export.selection.start - DAY, 0)
    return Layout(query.format, query.locale, query.zone, first, export.began + LIFETIME)
