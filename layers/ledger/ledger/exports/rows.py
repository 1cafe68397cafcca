"""The rows of an export: the calls that match its filters, newest first, in slices that are written one by one.

Calls are read from the archive, and those that it may not have yet from the table. A slice is small enough to be
ordered in memory, whatever is in it, and whatever the number of calls.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import batched, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from ledger.archive import columns, conditions, day_files, engine, parquet, recent_calls
from ledger.archive.archive import Archive
from ledger.archive.conditions import Condition
from ledger.archive.parts import Part
from ledger.archive.reader import Snapshot
from ledger.call_log.selection import LogSelection
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core import keys
from ledger.core.moments import DAY, day_start, utc_day
from ledger.exports.names import Names

END = ""
"""The position after the oldest call. It sorts before every other position."""
_SIZE = "500 + coalesce(strlen(metadata), 0) + coalesce(strlen(error_reason), 0) + coalesce(strlen(other_usage), 0)"
"""The bytes of a row, about. No other text is long."""
_SAMPLED = 256
"""Of so many calls one is looked at, to find out where slices end."""


class Place(NamedTuple):
    """The place of a call in the log. Without an id it is before all calls of its second."""

    second: int
    id: str

    @classmethod
    def of(cls, position: str) -> "Place":
        second, _, call_id = position.partition("#")
        return cls(int(second), call_id)

    @property
    def position(self) -> str:
        return keys.call_time_id(self.second, self.id)


class Slice(NamedTuple):
    """Calls of a relation of a database. With them, all rows down to `position` were given."""

    connection: DuckDBPyConnection
    relation: str
    condition: Condition
    position: str


@dataclass(frozen=True)
class ExportRows:
    """Where calls and names are read."""

    calls: Calls
    archive: Archive
    directory: Directory
    slice_bytes: int = 24_000_000
    """The bytes of a slice of the archive, about."""
    chunk: int = parquet.LINES
    """The calls of a slice of the table."""
    group: int = 1_000_000
    """Calls of the archive that are opened together, about."""

    def slices(self, selection: LogSelection, after: str | None = None) -> Iterator[Slice]:
        """All slices of a selection, or those after a slice's position."""
        if after == END:
            return
        end = Place(selection.end, "") if after is None else min(Place(selection.end, ""), Place.of(after))
        last = end.second if end.id else end.second - 1
        if selection.start > last:
            return
        wanted = [conditions.of_filter(selection.filter), _between(Place(selection.start, ""), end)]
        if selection.user_did is not None:
            wanted.append(Condition("user_did = ?", [selection.user_did]))
        condition = conditions.all_of(wanted)
        snapshot = self.archive.snapshot(utc_day(selection.start), utc_day(last))
        until = last
        for span in reversed(recent_calls.spans(snapshot, selection.start, last)):
            yield from self._of_archive(selection, condition, _groups(snapshot, span.last + 1, until, self.group))
            yield from self._of_table(selection, condition, span, end)
            until = span.first - 1
        yield from self._of_archive(selection, condition, _groups(snapshot, selection.start, until, self.group))

    def _of_table(self, selection: LogSelection, condition: Condition, span: Part, end: Place) -> Iterator[Slice]:
        """What the table has of a span before a place, a chunk at a time, in the order in which it is read."""
        lines = day_files.items(self.calls, span, selection.user_did, newest_first=True)
        with TemporaryDirectory() as scratch, engine.connected(Path(scratch)) as connection:
            names = Names(connection, self.directory)
            source = Path(scratch) / "chunk.json"
            for chunk in batched(lines, self.chunk):
                source.write_bytes(b"\n".join(chunk))
                items = parquet.lines_of(source, columns.ITEM)
                connection.execute(f"CREATE OR REPLACE TABLE chunk AS SELECT {columns.SELECTION} FROM {items}")
                oldest = _oldest(connection, "chunk")
                if oldest < end:  # the calls of a second are read from its newest on
                    found = names.found("chunk", condition, selection.filter.search)
                    yield Slice(connection, "chunk", found, oldest.position)

    def _of_archive(
        self, selection: LogSelection, condition: Condition, groups: Iterable[tuple[int, int]]
    ) -> Iterator[Slice]:
        """What the archive has of some groups of days, each between two seconds."""
        for start, end in groups:
            with self.archive.open_seconds(start, end) as opened:
                of_group = conditions.all_of([condition, _between(Place(start, ""), Place(end + 1, ""))])
                names = Names(opened.connection, self.directory)
                found = names.found("calls", of_group, selection.filter.search)
                places = [Place(end + 1, ""), *self._cuts(opened.connection, found), Place(start, "")]
                for upper, lower in pairwise(places):
                    within = conditions.all_of([found, _between(lower, upper)])
                    yield Slice(opened.connection, "calls", within, lower.position)

    def _cuts(self, connection: DuckDBPyConnection, condition: Condition) -> list[Place]:
        """Where the view `calls` is to be cut into slices, newest first: every so many bytes, by a sample of them."""
        rows = connection.execute(
            f"WITH sampled AS (SELECT call_time, id, sum({_SAMPLED} * ({_SIZE}))"
            f" OVER (ORDER BY call_time DESC, id DESC) // {self.slice_bytes} AS slice FROM calls"
            f" WHERE {condition.sql} AND hash(id) % {_SAMPLED} = 0)"
            " SELECT min((call_time, id)) FROM sampled GROUP BY slice ORDER BY slice",
            condition.values,
        ).fetchall()
        return [Place(*oldest) for (oldest,) in rows[:-1]]


def _groups(snapshot: Snapshot, first: int, last: int, most: int) -> Iterator[tuple[int, int]]:
    """The seconds of a span, both inclusive, newest first, in groups of so many archived calls, about.

    A group ends where a day does, or a part of a day. Days of which the archive has nothing are in none.
    """
    pieces = [(part.first, part.last, part.totals.rows) for day in snapshot.days for part in day.parts]
    filed = {day.day for day in snapshot.days}
    for day in {day for file in snapshot.changes for day in file.days} - filed:
        rows = sum(file.rows for file in snapshot.changes if day in file.days)
        pieces.append((day_start(day), day_start(day) + DAY - 1, rows))
    group: list[int] = []
    collected = 0
    for start, end, rows in sorted(pieces, reverse=True):
        if max(first, start) > min(last, end):
            continue
        if group and collected + rows > most:
            yield max(first, min(group)), min(last, max(group))
            group, collected = [], 0
        group += (start, end)
        collected += rows
    if group:
        yield max(first, min(group)), min(last, max(group))


def _between(oldest: Place, before: Place) -> Condition:
    """From a place on, up to, not including, another."""
    return Condition(
        "call_time BETWEEN ? AND ? AND (call_time > ? OR id >= ?) AND (call_time < ? OR id < ?)",
        [oldest.second, before.second, *oldest, *before],
    )


def _oldest(connection: DuckDBPyConnection, relation: str) -> Place:
    ((oldest,),) = connection.execute(f"SELECT min((call_time, id)) FROM {relation}").fetchall()
    return Place(*oldest)
