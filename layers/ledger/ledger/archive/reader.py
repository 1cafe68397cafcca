"""Reading the archive: the calls of some days as they were at one moment.

They are those of the day files, without the calls that a later change replaced or removed, and with the latest version
of each call that was changed since its day was read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from duckdb import DuckDBPyConnection

from ledger.archive import columns, freshness, objects
from ledger.archive.change_files import ChangeFile
from ledger.archive.engine import literals
from ledger.archive.manifest import ArchivedDay, Manifest
from ledger.archive.objects import LocalFiles
from ledger.core.moments import DAY, HOUR, day_start, utc_day

LAG = HOUR
"""Seconds by which the index that day files are read from may lag behind the table."""


@dataclass(frozen=True)
class Snapshot:
    """Which files hold the calls of some days, both inclusive, as they were at a Unix second."""

    first: str
    last: str
    as_of: int
    settled: int
    """The Unix second up to which every day file is complete, or was when its day was last changed."""
    days: Sequence[ArchivedDay]
    changes: Sequence[ChangeFile]


def snapshot(manifest: Manifest, first: str, last: str) -> Snapshot:
    """What the archive has of some days, both inclusive.

    The order matters. A generation is published once everything that may be in it is in change files too, so the moment
    is read after the days; and change files are removed two nights after a night is done, so that is read first.
    """
    through = freshness.through(manifest.table)
    days = manifest.days(first, last)
    fresh = freshness.read(manifest.table)
    settled = day_start(through) + DAY if through else fresh.started_at
    wanted = {utc_day(start) for start in range(day_start(first), day_start(last) + DAY, DAY)}
    ingested = (utc_day(start) for start in range((settled - LAG) // DAY * DAY, fresh.as_of + 1, DAY))
    changes = [file for file in chain.from_iterable(map(manifest.changes, ingested)) if file.days & wanted]
    return Snapshot(first, last, fresh.as_of, settled, days, changes)


def open_calls(connection: DuckDBPyConnection, files: LocalFiles, snapshot: Snapshot) -> None:
    """Make the view `calls` of a database, which has the snapshot's calls, in no order. Raises ObjectChanged."""
    start, end = day_start(snapshot.first), day_start(snapshot.last) + DAY
    names = ", ".join(columns.NAMES)
    connection.execute("CREATE TABLE days (number BIGINT, read_at BIGINT)")
    connection.executemany(
        "INSERT INTO days VALUES (?, ?)",
        [
            (second // DAY, max(snapshot.settled, read_at.get(utc_day(second), 0)) - LAG)
            for read_at in [{day.day: day.read_at for day in snapshot.days}]
            for second in range(start, end, DAY)
        ],
    )
    parts = [files.fetch(part.key) for day in snapshot.days for part in day.parts]
    changed = [files.fetch(objects.change_file(file.ingestion_day, file.hour, file.name)) for file in snapshot.changes]
    nulls = ", ".join(f"CAST(NULL AS {type_}) AS {name}" for name, type_ in columns.TYPES.items())
    nothing = f"SELECT {nulls} LIMIT 0"
    archived = f"SELECT {names} FROM read_parquet({literals(parts)})" if parts else nothing
    connection.execute(
        "CREATE TABLE latest AS "
        + (
            f"SELECT * FROM read_parquet({literals(changed)}) WHERE changed_at <= {snapshot.as_of} "
            "QUALIFY row_number() OVER (PARTITION BY id ORDER BY sequence_number DESC) = 1"
            if changed
            else f"SELECT *, 0 AS changed_at, false AS is_removed FROM ({nothing})"
        )
    )
    connection.execute(
        f"CREATE VIEW calls AS SELECT {names} FROM ({archived}) archived WHERE NOT EXISTS ("
        f"SELECT 1 FROM latest JOIN days ON days.number = archived.call_time // {DAY} "
        "WHERE latest.id = archived.id AND latest.changed_at > days.read_at) "
        f"UNION ALL SELECT {names} FROM latest JOIN days ON days.number = call_time // {DAY} "
        "WHERE NOT is_removed AND changed_at > days.read_at"
    )
