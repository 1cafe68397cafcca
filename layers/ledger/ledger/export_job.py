"""Writing an export: rows into an object, part by part, from where it stopped and never twice."""

import hashlib
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace

from ledger import dynamodb
from ledger.calls import Calls
from ledger.export_columns import Layout, Names
from ledger.export_rows import END, blocks
from ledger.export_table import LEASE, ExportTable, LeaseLost
from ledger.exports import Export, Progress
from ledger.objects import Bucket, Changed, Shown
from ledger.registry import Registry
from ledger.settings import Settings

PART = 8 * 1024 * 1024
"""Bytes of a part, at least. S3 takes parts of 5 MB and more."""
GROWTH = 500
"""After so many parts they double, up to sixteenfold, so that the ten thousand that S3 allows hold a terabyte."""
MOST_ATTEMPTS = 3
"""Attempts that may fail one after the other without a part between them."""
SAYING = 5.0
"""Seconds after which a worker says that it goes on."""
HASHING = 40_000_000
"""Bytes a second that a function surely reads back."""

type TimeLeft = Callable[[], float]
"""Seconds after which a worker has to stop."""


@dataclass(frozen=True)
class ExportJob:
    """Writes exports. Several workers may be told to write the same: one of them does. `part` in bytes."""

    calls: Calls
    registry: Registry
    table: ExportTable
    bucket: Bucket
    part: int = PART

    @classmethod
    def of(cls, settings: Settings) -> "ExportJob":
        registry = settings.registry_table
        return cls(Calls.of(settings), Registry(registry), ExportTable(registry), Bucket(settings.exports_bucket))

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
            self.bucket.abort(export.key, keep=export.progress.upload_id)
        writing = _Writing(self, export, worker)
        try:
            layout = Layout(export.query.format, export.query.locale, export.query.place, Names(self.registry))
            writing.resume(layout.head)
            for block in blocks(self.calls, export.selection, layout, export.progress.position):
                if block.lines:
                    writing.add(layout.end.join(block.lines) + layout.end, len(block.lines))
                writing.reach(block.position)
                if block.position not in (END, export.progress.position) and time_left() <= 0:
                    return writing.pause()  # nearer to the end than it began
            return writing.finish(time_left)
        except Changed:
            self.table.save(export, worker, Progress(), attempts=export.attempts + 1)  # from the beginning
            self.bucket.abort(export.key)
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


class _Writing:
    """One worker's writing of one export. A part is uploaded while the rows of the next are collected."""

    def __init__(self, job: ExportJob, export: Export, worker: str) -> None:
        self._job, self._bucket, self._export, self._worker = job, job.bucket, export, worker
        self._shown = Shown(export.filename, export.content_type)
        self._progress = export.progress
        self._rows = export.progress.rows
        self._position = export.progress.position
        self._collected: list[bytes] = []
        self._size = 0
        self._hash = None if export.progress.etags else hashlib.sha256()
        self._uploading: Future[None] | None = None
        self._said = time.monotonic()

    def resume(self, head: str) -> None:
        """Begin with what comes before the first row, or with the rows that another left behind. Raises Changed."""
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
        if self._size >= self._job.part << min(len(self._progress.etags) // GROWTH, 4):
            self._await_upload()
            self._uploading = dynamodb.threads().submit(self._upload, self._taken(), self._rows, position)
        self._say_now_and_then()

    def pause(self) -> Export:
        """Leave what is collected to another worker."""
        self._await_upload()
        tail = self._bucket.put(self._export.tail_key, self._taken()) if self._size else ""
        self._progress = replace(self._progress, position=self._position, rows=self._rows, tail=tail)
        self._job.table.save(self._export, self._worker, self._progress, released=True)
        return replace(self._export, progress=self._progress, shown=self._rows)

    def finish(self, time_left: TimeLeft) -> Export:
        """Make one object of all that was written. Raises Changed."""
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
            self._bucket.put(self._export.key, body, shown=self._shown)
            progress = Progress(position=END, rows=self._rows, size=len(body))
            self._hash = hashlib.sha256(body)
        sha256 = self._hash.hexdigest() if self._hash else self._read_back()
        self._job.table.finish(self._export, self._worker, progress, sha256)
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
        upload_id = before.upload_id or self._bucket.begin(key, self._shown)
        etag = self._bucket.put_part(key, upload_id, len(before.etags) + 1, body)
        progress = Progress(upload_id, (*before.etags, etag), position, rows, before.size + len(body))
        try:
            self._job.table.save(self._export, self._worker, progress)
        except LeaseLost:
            if not before.upload_id:
                self._bucket.discard(key, upload_id)  # whoever took over has begun one of their own
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
        self._job.table.show(self._export, self._worker, self._rows)
        self._said = time.monotonic()
