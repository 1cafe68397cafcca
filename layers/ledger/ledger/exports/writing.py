"""Writing an export: rows into an object, part by part, and never twice."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import replace

from ledger.aws import concurrency
from ledger.aws.s3 import Download, S3Bucket
from ledger.exports.export import Export, Progress
from ledger.exports.rows import END
from ledger.exports.store import ExportTable, LeaseLost

PART = 8 * 1024 * 1024
"""Bytes of a part, at least. S3 takes parts of 5 MB and more."""
GROWTH = 500
"""After so many parts they double, up to sixteenfold, so that the ten thousand that S3 allows hold a terabyte."""
SAYING = 5.0
"""Seconds after which a worker says that it goes on."""
HASHING = 40_000_000
"""Bytes a second that a function surely reads back."""

type TimeLeft = Callable[[], float]
"""Seconds after which a worker has to stop."""


class Writing:
    """One worker's writing of one export. A part is uploaded while the rows of the next are collected."""

    def __init__(self, table: ExportTable, bucket: S3Bucket, export: Export, worker: str, part: int) -> None:
        self._table, self._bucket, self._export, self._worker, self._part = table, bucket, export, worker, part
        self._download = Download(export.filename, export.content_type)
        self._progress = export.progress
        self._rows = export.progress.rows
        self._position = export.progress.position
        self._collected: list[bytes] = []
        self._size = 0
        self._hash = None if export.progress.etags else hashlib.sha256()
        self._uploading: Future[None] | None = None
        self._said = time.monotonic()

    def resume(self, head: str) -> None:
        """Begin with the head, or with the rows that another worker left behind. Raises ObjectChanged."""
        if self._position is None:
            self.add(head)
        elif self._progress.tail:
            self._collect(self._bucket.get(self._export.tail_key, self._progress.tail))

    def add(self, text: str, rows: int = 0) -> None:
        self._rows += rows
        self._collect(text.encode())

    def reach(self, position: str) -> None:
        """All rows that are not older than this position are collected; they may become a part."""
        self._position = position
        if self._size >= self._part << min(len(self._progress.etags) // GROWTH, 4):
            self._await_upload()
            self._uploading = concurrency.threads().submit(self._upload, self._taken(), self._rows, position)
        self._say_now_and_then()

    def pause(self) -> Export:
        """Leave what is collected to another worker."""
        self._await_upload()
        tail = self._bucket.put(self._export.tail_key, self._taken()) if self._size else ""
        self._progress = replace(self._progress, position=self._position, rows=self._rows, tail=tail)
        self._table.save(self._export, self._worker, self._progress, released=True)
        return replace(self._export, progress=self._progress, shown=self._rows)

    def finish(self, time_left: TimeLeft) -> Export:
        """Make one object of all that was written. Raises ObjectChanged."""
        self._await_upload()
        if self._progress.etags:
            if self._size:
                self._upload(self._taken(), self._rows, END)
            progress = self._progress
            self._bucket.complete(self._export.key, progress.upload_id, progress.etags, progress.size)
            has_written = progress != self._export.progress
            if self._hash is None and has_written and time_left() < progress.size / HASHING:
                return self.pause()
        else:
            body = self._taken()
            self._say()  # it is still this worker's
            self._bucket.put(self._export.key, body, download=self._download)
            progress = Progress(position=END, rows=self._rows, size=len(body))
            self._hash = hashlib.sha256(body)
        sha256 = self._hash.hexdigest() if self._hash else self._read_back()
        self._table.finish(self._export, self._worker, progress, sha256)
        if self._export.attempts or self._export.progress.position is not None:
            self._bucket.delete(self._export.tail_key)
        return replace(
            self._export, status="ready", progress=progress, sha256=sha256, shown=self._rows, finished=int(time.time())
        )

    def settle(self) -> None:
        """Wait until nothing of this is under way."""
        if self._uploading:
            wait([self._uploading])

    def _collect(self, data: bytes) -> None:
        self._collected.append(data)
        self._size += len(data)

    def _taken(self) -> bytes:
        data = b"".join(self._collected)
        self._collected, self._size = [], 0
        return data

    def _upload(self, body: bytes, rows: int, position: str) -> None:
        """Write the next part and keep that it is there. If that is not kept, it will be written again as the same."""
        before, key = self._progress, self._export.key
        if self._hash:
            self._hash.update(body)
        upload_id = before.upload_id or self._bucket.begin(key, self._download)
        etag = self._bucket.put_part(key, upload_id, len(before.etags) + 1, body)
        progress = Progress(upload_id, (*before.etags, etag), position, rows, before.size + len(body))
        try:
            self._table.save(self._export, self._worker, progress)
        except LeaseLost:
            if not before.upload_id:
                self._bucket.abort(key, upload_id)  # whoever took over has begun one of their own
            raise
        self._progress = progress

    def _await_upload(self) -> None:
        while self._uploading and wait([self._uploading], SAYING).not_done:
            self._say_now_and_then()
        if self._uploading:
            self._uploading.result()
            self._uploading = None

    def _read_back(self) -> str:
        digest = hashlib.sha256()
        for chunk in self._bucket.chunks(self._export.key):
            digest.update(chunk)
            self._say_now_and_then()
        return digest.hexdigest()

    def _say_now_and_then(self) -> None:
        if time.monotonic() > self._said + SAYING:
            self._say()

    def _say(self) -> None:
        self._table.show(self._export, self._worker, self._rows)
        self._said = time.monotonic()
