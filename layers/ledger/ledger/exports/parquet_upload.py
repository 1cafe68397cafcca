"""The upload of an export as one Parquet file, which is written as a whole by one worker."""

import hashlib
import time
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.archive import engine
from ledger.aws import concurrency
from ledger.aws.s3 import Download, S3Bucket
from ledger.core.moments import TimeLeft
from ledger.exports.job import Export, Progress
from ledger.exports.lease import RENEWAL, Lease
from ledger.exports.rows import END
from ledger.exports.store import ExportStore

LARGEST = 1_000_000_000
"""Bytes of a Parquet file: some fifteen million rows."""


class TooLarge(Exception):
    """The rows are too many for one Parquet file."""


class ParquetUpload:
    """Collects the rows of an export in files, which become one. What a worker did not finish is begun anew."""

    def __init__(self, store: ExportStore, bucket: S3Bucket, export: Export, worker: str) -> None:
        self._store, self._bucket, self._export, self._worker = store, bucket, export, worker
        self._lease = Lease(store, export, worker)
        self._folder = TemporaryDirectory()
        self._files: list[Path] = []
        self._size = 0
        self._rows = 0

    def resume(self, _head: bytes) -> None:
        """Begin with nothing."""

    def add(self, file: Path, rows: int) -> None:
        """Add the rows of a file, which is moved. Raises TooLarge."""
        self._files.append(file.rename(Path(self._folder.name) / str(len(self._files))))
        self._size += self._files[-1].stat().st_size
        self._rows += rows
        if self._size > LARGEST:
            raise TooLarge

    def reach(self, _position: str) -> None:
        self._lease.renew_if_due(self._rows)

    def pause(self) -> Export:
        """Raises TooLarge: another worker would not get further."""
        raise TooLarge

    def finish(self, _time_left: TimeLeft) -> Export:
        """Write the object. Returns the export, which is ready."""
        whole = Path(self._folder.name) / "whole"
        with engine.connected(Path(self._folder.name)) as database:
            engine.copy(database, f"SELECT * FROM read_parquet({engine.literals(self._files)})", whole)
        self._lease.renew(self._rows)  # raises LeaseLost before an object is written for nothing
        download = Download(self._export.filename, self._export.content_type)
        uploading = concurrency.threads().submit(self._bucket.upload, whole, self._export.key, download)
        while wait([uploading], RENEWAL).not_done:
            self._lease.renew(self._rows)
        uploading.result()
        progress = Progress(position=END, rows=self._rows, size=whole.stat().st_size)
        with whole.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self._store.finish(self._export, self._worker, progress, sha256)
        return replace(
            self._export, status="ready", progress=progress, sha256=sha256, shown=self._rows, finished=int(time.time())
        )

    def settle(self) -> None:
        """Remove the files."""
        self._folder.cleanup()
