"""Verification: the calls of a day in the table beside those in the archive, row by row."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from duckdb import DuckDBPyConnection

from ledger.archive import columns, day_files, engine, freshness, reader
from ledger.archive.engine import literal
from ledger.archive.hot_days import HotDays
from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import Manifest
from ledger.archive.parts import Part
from ledger.aws.s3 import S3Bucket
from ledger.calls.calls_table import Calls
from ledger.core.moments import DAY, TimeLeft, day_start, iso

PAUSE = 5.0
NEEDED = 60.0
"""Seconds that must be left for another look at whether the archive has caught up."""


class Difference(NamedTuple):
    """A call that the archive does not have as the table has it."""

    id: str
    found_in: Literal["the table only", "the archive only", "both, but not the same"]


class NotVerified(Exception):
    """The archive did not catch up with the table while there was time, or the table has not all calls any more."""


@dataclass(frozen=True)
class Verification:
    """Where calls come from, and where they are archived."""

    calls: Calls
    bucket: S3Bucket
    manifest: Manifest

    def of_day(self, day: str, time_left: TimeLeft) -> Iterator[Difference]:
        """The differences of a day, a part at a time. Raises NotVerified.

        Calls that were changed while the table was read are not compared. Neither are those of a cold day: only the
        archive has them.
        """
        if day_start(day) < HotDays(self.calls, self.manifest.table).since(int(time.time())):
            raise NotVerified(f"{day} is cold: only the archive has its calls")
        with TemporaryDirectory() as name, engine.connected(Path(name)) as database:
            folder, began = Path(name), int(time.time())
            tables = {part: folder / f"table-{part.number}.parquet" for part in self._parts(day)}
            for part, path in tables.items():
                day_files.write(database, self.calls, part, path.name, path)
            self._await(int(time.time()) + 1 + freshness.MARGIN, time_left)
            snapshot = reader.snapshot(self.manifest, day, day)
            reader.open_calls(database, LocalFiles(self.bucket, folder), snapshot)
            for part, path in tables.items():
                yield from _differences(database, path, part, began - freshness.MARGIN)

    def _parts(self, day: str) -> list[Part]:
        """The parts in which the day is archived, which are of a bounded size."""
        archived = self.manifest.day(day)
        if archived is None:
            return [Part(0, day_start(day), day_start(day) + DAY - 1)]
        return [Part(part.number, part.first, part.last) for part in archived.parts]

    def _await(self, second: int, time_left: TimeLeft) -> None:
        while freshness.read(self.manifest.table).as_of < second:
            if time_left() < NEEDED:
                raise NotVerified(f"the archive has not reached {iso(second)} yet")
            time.sleep(PAUSE)


def _differences(connection: DuckDBPyConnection, table: Path, part: Part, began: int) -> list[Difference]:
    names = ", ".join(columns.NAMES)
    rows = connection.execute(
        f"WITH stored AS (SELECT id, hash({names}) AS digest FROM read_parquet({literal(table)})), "
        f"archived AS (SELECT id, hash({names}) AS digest FROM calls "
        f"WHERE call_time BETWEEN {part.first} AND {part.last}) "
        "SELECT id, CASE WHEN archived.digest IS NULL THEN 'the table only' "
        "WHEN stored.digest IS NULL THEN 'the archive only' ELSE 'both, but not the same' END "
        "FROM stored FULL JOIN archived USING (id) WHERE stored.digest IS DISTINCT FROM archived.digest "
        f"AND id NOT IN (SELECT id FROM latest WHERE changed_at >= {began}) ORDER BY id"
    ).fetchall()
    return [Difference(*row) for row in rows]
