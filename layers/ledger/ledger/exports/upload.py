"""The multipart upload of an export: rows become an object part by part, each row once."""

import hashlib
import time
from concurrent.futures import Future, wait
from dataclasses import replace
from pathlib import Path

from ledger.aws import concurrency
from ledger.aws.s3 import Download, S3Bucket
from ledger.core.moments import TimeLeft
from ledger.exports.job import Export, Progress
from ledger.exports.lease import RENEWAL, Lease
from ledger.exports.rows import END
from ledger.exports.store import ExportStore, LeaseLost

GROWTH = 500
"""Parts after which their size doubles, up to sixteenfold: the 10,000 parts that S3 allows then hold a terabyte."""
READ_RATE = 40_000_000
"""Bytes a second that a function reads from S3 at the least."""


class ExportUpload:
    """One worker's upload of one export. A part is uploaded while the rows of the next are collected."""

    def __init__(self, store: ExportStore, bucket: S3Bucket, export: Export, worker: str, part_size: int) -> None:
        self._store, self._bucket, self._export, self._worker = store, bucket, export, worker
        self._part_size = part_size
        self._download = Download(export.filename, export.content_type)
        self._progress = export.progress
        self._rows = export.progress.rows
        self._position = export.progress.position
        self._collected: list[bytes] = []
        self._size = 0
        self._hash = None if export.progress.etags else hashlib.sha256()
        self._uploading: Future[None] | None = None
        self._lease = Lease(store, export, worker)

    def resume(self, head: bytes) -> None:
        """Begin with what precedes the first row, or with the rows that the last worker left. Raises ObjectChanged."""
        if self._position is None:
            self._collect(head)
        elif self._progress.tail:
            self._collect(self._bucket.get(self._export.tail_key, self._progress.tail))

    def add(self, file: Path, rows: int) -> None:
        """Add the rows of a file, which is removed."""
        self._rows += rows
        self._collect(file.read_bytes())
        file.unlink()

    def reach(self, position: str) -> None:
        """Note that all rows down to a position were added, and upload them as a part if they are enough for one."""
        self._position = position
        if self._size >= self._part_size << min(len(self._progress.etags) // GROWTH, 4):
            self._await_upload()
            self._uploading = concurrency.threads().submit(self._upload, self._take(), self._rows, position)
        self._lease.renew_if_due(self._rows)

    def pause(self) -> Export:
        """Store the rows that are too few for a part, release the lease, and return the export as it is now."""
        self._await_upload()
        tail = self._bucket.put(self._export.tail_key, self._take()) if self._size else ""
        self._progress = replace(self._progress, position=self._position, rows=self._rows, tail=tail)
        self._store.save(self._export, self._worker, self._progress, released=True)
        return replace(self._export, progress=self._progress, shown=self._rows)

    def finish(self, time_left: TimeLeft) -> Export:
        """Complete the object. Returns the export: ready, or paused before its hash is taken. Raises ObjectChanged."""
        self._await_upload()
        if self._progress.etags:
            if self._size:
                self._upload(self._take(), self._rows, END)
            progress = self._progress
            self._bucket.complete(self._export.key, progress.upload_id, progress.etags, progress.size)
            has_written = progress != self._export.progress
            if self._hash is None and has_written and time_left() < progress.size / READ_RATE:
                return self.pause()
        else:
            body = self._take()
            self._lease.renew(self._rows)  # raises LeaseLost before an object is written for nothing
            self._bucket.put(self._export.key, body, download=self._download)
            progress = Progress(position=END, rows=self._rows, size=len(body))
            self._hash = hashlib.sha256(body)
        sha256 = self._hash.hexdigest() if self._hash else self._hash_of_object()
        self._store.finish(self._export, self._worker, progress, sha256)
        if self._export.attempts or self._export.progress.position is not None:
            self._bucket.delete(self._export.tail_key)
        return replace(
            self._export, status="ready", progress=progress, sha256=sha256, shown=self._rows, finished=int(time.time())
        )

    def settle(self) -> None:
        """Wait for the part that is being uploaded, whether that succeeds or fails."""
        if self._uploading:
            wait([self._uploading])

    def _collect(self, data: bytes) -> None:
        if data:
            self._collected.append(data)
            self._size += len(data)

    def _take(self) -> bytes:
        data = b"".join(self._collected)
        self._collected, self._size = [], 0
        return data

    def _upload(self, body: bytes, rows: int, position: str) -> None:
        """Upload the next part, then store that it is there. If that fails, the same part is uploaded again."""
        before, key = self._progress, self._export.key
        if self._hash:
            self._hash.update(body)
        upload_id = before.upload_id or self._bucket.begin(key, self._download)
        etag = self._bucket.put_part(key, upload_id, len(before.etags) + 1, body)
        progress = Progress(upload_id, (*before.etags, etag), position, rows, before.size + len(body))
        try:
            self._store.save(self._export, self._worker, progress)
        except LeaseLost:
            if not before.upload_id:
                self._bucket.abort(key, upload_id)  # the worker that took over has begun an upload of its own
            raise
        self._progress = progress

    def _await_upload(self) -> None:
        while self._uploading and wait([self._uploading], RENEWAL).not_done:
            self._lease.renew_if_due(self._rows)
        if self._uploading:
            self._uploading.result()
            self._uploading = None

    def _hash_of_object(self) -> str:
        digest = hashlib.sha256()
        for chunk in self._bucket.chunks(self._export.key):
            digest.update(chunk)
            self._lease.renew_if_due(self._rows)
        return digest.hexdigest()
