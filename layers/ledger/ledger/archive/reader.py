"""Reading the archive: the calls of some days as they were at one moment.

They are those of the day files, without the calls that a later change replaced or removed, and with the latest version
of each call that was changed since its day was read.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from duckdb import DuckDBPyConnection

from ledger.archive import change_files, columns, freshness
from ledger.archive.engine import literals
from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import ArchivedDay, ChangeFile, Manifest
from ledger.aws import concurrency
from ledger.core.moments import DAY, day_start, utc_day

LAG = 300
"""Seconds by which the index that day files are read from may lag behind the table, at the most.

A change of so long before a day was read is in the day's file, and is not looked for in change files: so a change that
the stream lost is put right by the next file.
"""


_NAMES = ", ".join(columns.NAMES)
_NULLS = ", ".join(f"CAST(NULL AS {type_}) AS {name}" for name, type_ in (columns.TYPES | change_files.TYPES).items())
_LATEST = f"""
    CREATE TABLE latest AS SELECT * FROM (
        SELECT {_NAMES}, sequence_number, changed_at, call_time // {DAY} AS day
        FROM changes WHERE call_time IS NOT NULL
        UNION ALL BY NAME
        SELECT id, sequence_number, changed_at, old_call_time // {DAY} AS day
        FROM changes
        WHERE old_call_time IS NOT NULL AND old_call_time // {DAY} IS DISTINCT FROM call_time // {DAY}
    )
    WHERE day IN (SELECT number FROM days)
    QUALIFY row_number() OVER (PARTITION BY id, day ORDER BY changed_at DESC, sequence_number DESC) = 1
"""
"""What the last change of a call left on a day: the call, or nothing where it was removed or is on another day now.

Sequence numbers order the changes of one stream; a restored table has another.
"""
_CALLS = f"""
    CREATE VIEW calls AS
    SELECT {_NAMES} FROM ({{unchanged}})
    UNION ALL
    SELECT {_NAMES} FROM ({{changed}}) archived WHERE NOT EXISTS (
        SELECT 1 FROM latest JOIN days ON days.number = latest.day
        WHERE latest.id = archived.id AND latest.day = archived.call_time // {DAY}
        AND latest.changed_at > days.read_at
    )
    UNION ALL
    SELECT {_NAMES} FROM latest JOIN days ON days.number = latest.day
    WHERE latest.call_time IS NOT NULL AND latest.changed_at > days.read_at
"""


@dataclass(frozen=True)
class Snapshot:
    """Which files hold the calls of some days, both inclusive, as they were at a Unix second."""

    first: str
    last: str
    as_of: int
    started_at: int
    """The Unix second since which the archive has every change."""
    settled: int
    """The Unix second up to which every day file is complete, or was when its day was last changed."""
    days: Sequence[ArchivedDay]
    changes: Sequence[ChangeFile]

    @property
    def keys(self) -> list[str]:
        """The objects that it is read from: day files, and then change files."""
        return [part.key for day in self.days for part in day.parts] + [file.key for file in self.changes]

    @property
    def unarchived(self) -> list[str]:
        """Days of which calls from before the archive began may be in the table alone: they have no file yet."""
        archived = {day.day for day in self.days}
        last = min(day_start(self.last), self.started_at)
        return [day for day in map(utc_day, range(day_start(self.first), last + 1, DAY)) if day not in archived]

    @property
    def size(self) -> int:
        """The bytes of its day files. Change files are small beside them."""
        return sum(part.size for day in self.days for part in day.parts)

    def of_seconds(self, first: int, last: int) -> "Snapshot":
        """What of it the calls between two Unix seconds, both inclusive, are read from."""
        days = [replace(day, parts=[p for p in day.parts if p.first <= last and first <= p.last]) for day in self.days]
        return replace(self, days=[day for day in days if day.parts])

    def of_days(self, days: Collection[str]) -> "Snapshot":
        """What of it some of its days are read from."""
        return replace(
            self,
            days=[each for each in self.days if each.day in days],
            changes=[file for file in self.changes if not file.days.isdisjoint(days)],
        )


def snapshot(manifest: Manifest, first: str, last: str, since: int | None = None) -> Snapshot:
    """What the archive has of some days, both inclusive, and every change of them since a Unix second, if one is given.

    The order matters. Change files are removed two nights after a night is done, so that is read before the days. A
    generation is published once everything that may be in it is in change files too, so the moment must be one at which
    that was so. In two round trips it nearly always is; otherwise the files were published just now.
    """
    night = concurrency.threads().submit(freshness.through, manifest.table)
    fresh = freshness.read(manifest.table)
    through = night.result()
    settled = day_start(through) + DAY if through else fresh.started_at
    start = settled if since is None else min(settled, since)
    reading = concurrency.threads().submit(manifest.days, first, last)
    changes = _changes(manifest, first, last, start, fresh.as_of)
    days = reading.result()
    if any(fresh.as_of < day.read_until + freshness.MARGIN for day in days):
        fresh = freshness.read(manifest.table)
        changes = _changes(manifest, first, last, start, fresh.as_of)
    if since is not None and len(days) * DAY == day_start(last) + DAY - day_start(first):
        # Every day has a file, so that of the hours before it was read none is needed but those since then.
        oldest = min(since, *(max(settled, day.read_at) for day in days)) - LAG
        changes = [file for file in changes if file.until > oldest]
    return Snapshot(first, last, fresh.as_of, fresh.started_at, settled, days, changes)


def _changes(manifest: Manifest, first: str, last: str, since: int, as_of: int) -> list[ChangeFile]:
    """The files with changes of some days, both inclusive, from a Unix second up to a moment."""
    wanted = {utc_day(start) for start in range(day_start(first), day_start(last) + DAY, DAY)}
    ingested = (utc_day(start) for start in range((since - LAG) // DAY * DAY, as_of + 1, DAY))
    files = chain.from_iterable(concurrency.threads().map(manifest.changes, ingested))
    return [file for file in files if file.days & wanted]


def open_calls(connection: DuckDBPyConnection, files: LocalFiles, snapshot: Snapshot) -> None:
    """Make the view `calls` of a database, which has the snapshot's calls, in no order. Raises ObjectChanged.

    The view `changes` has the changes of the snapshot's files up to its moment, some of them more than once.
    """
    start, end = day_start(snapshot.first), day_start(snapshot.last) + DAY
    numbers = range(start // DAY, end // DAY)
    read_at = {day.day: day.read_at for day in snapshot.days}
    complete = [max(snapshot.settled, read_at.get(utc_day(number * DAY), 0)) - LAG for number in numbers]
    connection.execute("CREATE TABLE days AS SELECT unnest(?) AS number, unnest(?) AS read_at", [[*numbers], complete])
    changes = files.fetch_all(file.key for file in snapshot.changes)
    changed_days = frozenset[str]().union(*(file.days for file in snapshot.changes))
    changed, unchanged = (
        files.fetch_all(
            part.key for day in snapshot.days if (day.day in changed_days) is is_changed for part in day.parts
        )
        for is_changed in (True, False)
    )
    connection.execute(f"CREATE VIEW changes AS SELECT * FROM ({_rows(changes)}) WHERE changed_at <= {snapshot.as_of}")
    connection.execute(_LATEST)
    connection.execute(_CALLS.format(changed=_rows(changed), unchanged=_rows(unchanged)))


def _rows(files: Sequence[Path]) -> str:
    """The statement that returns the rows of some files, of which there may be none.

    Files from before a column was added don't have it: it is null in their rows.
    """
    nothing = f"SELECT {_NULLS} WHERE false"
    of_files = f"SELECT * FROM read_parquet({literals(files)}, union_by_name = true)"
    return f"{nothing} UNION ALL BY NAME {of_files}" if files else nothing
