"""The archive as those who ask questions see it: the calls of some days in a database, as they were at one moment."""

from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from duckdb import DuckDBPyConnection

from ledger.archive import engine, reader, recent_calls
from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import Manifest
from ledger.archive.reader import Snapshot
from ledger.aws.s3 import ObjectChanged, S3Bucket
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.core.moments import utc_day

ROOM = 1024**3
"""Bytes of files that a function holds: ten to twenty million calls."""
_FOLDER = Path("/tmp/archive")  # noqa: S108 - of the function alone


class TooManyBytes(Exception):
    """The files of the days are larger than the function may hold."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes")
        self.size = size


@dataclass(frozen=True)
class OpenArchive:
    """A database whose view `calls` has the calls of some days, with the columns of `ledger.archive.columns`."""

    connection: DuckDBPyConnection
    snapshot: Snapshot
    scratch: Path
    """A folder that is gone afterwards."""

    @property
    def as_of(self) -> int:
        """The Unix second at which the calls were so."""
        return self.snapshot.as_of


@dataclass(frozen=True)
class Archive:
    """Reads the archive. Files stay in the function's folder for the next question, as long as there is room."""

    manifest: Manifest
    bucket: S3Bucket
    room: int
    """Bytes of files that the folder may have."""
    folder: Path = _FOLDER

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The stack's archive."""
        return cls(Manifest(settings.counters_table), S3Bucket(settings.archive_bucket), ROOM)

    def snapshot(self, first: str, last: str) -> Snapshot:
        """Which files have the calls of some days, both inclusive."""
        return reader.snapshot(self.manifest, first, last)

    @contextmanager
    def open(self, first: str, last: str) -> Generator[OpenArchive]:
        """Open the calls of some days, both inclusive. Raises TooManyBytes."""
        with self._opened(lambda: self.snapshot(first, last)) as opened:
            yield opened

    @contextmanager
    def open_seconds(self, first: int, last: int) -> Generator[OpenArchive]:
        """Open the parts of days that have the calls between two Unix seconds, both inclusive. Raises TooManyBytes."""
        with self._opened(lambda: self.snapshot(utc_day(first), utc_day(last)).of_seconds(first, last)) as opened:
            yield opened

    @contextmanager
    def open_days(self, days: Collection[str]) -> Generator[OpenArchive]:
        """Open the calls of some days, which need not follow each other. Raises TooManyBytes."""
        with self._opened(lambda: self.snapshot(min(days), max(days)).of_days(days)) as opened:
            yield opened

    @contextmanager
    def _opened(self, take: Callable[[], Snapshot]) -> Generator[OpenArchive]:
        try:
            snapshot = self._fetch(take())
        except ObjectChanged:  # it was replaced, and removed before it was read: another has its calls now
            snapshot = self._fetch(take())
        with TemporaryDirectory() as scratch, engine.connected(Path(scratch)) as connection:
            reader.open_calls(connection, LocalFiles(self.bucket, self.folder), snapshot)
            yield OpenArchive(connection, snapshot, Path(scratch))

    @contextmanager
    def open_present(self, calls: Calls, first: int, last: int, did: str | None = None) -> Generator[OpenArchive]:
        """Open the calls between two Unix seconds, both inclusive, as they are now, in the view `present_calls`.

        What the archive may not have yet is read from the table, of a user or of everybody (None). The other calls are
        as they were at `as_of`. Raises TooManyBytes or TooManyRecent.
        """
        with self.open(utc_day(first), utc_day(last)) as opened:
            read = recent_calls.spans(opened.snapshot, first, last)
            recent_calls.open_present(opened.connection, calls, did, read, opened.scratch)
            yield opened

    def _fetch(self, snapshot: Snapshot) -> Snapshot:
        if snapshot.size > self.room:
            raise TooManyBytes(snapshot.size)
        self.folder.mkdir(parents=True, exist_ok=True)
        files = LocalFiles(self.bucket, self.folder)
        files.make_room(self.room - snapshot.size, beside=snapshot.keys)
        files.fetch_all(snapshot.keys)
        return snapshot
