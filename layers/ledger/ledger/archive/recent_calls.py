"""What the archive may not have yet, read from the table: the newest calls, and days from before the archive began."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from duckdb import DuckDBPyConnection

from ledger.archive import columns, day_files, parquet
from ledger.archive.engine import literal
from ledger.archive.parts import Part
from ledger.archive.reader import Snapshot
from ledger.calls.calls_table import Calls
from ledger.core.moments import CLOCK_AHEAD, DAY, day_start

RECENT = 300
"""Seconds before the archive's moment from which on calls are read from the table.

A call that is recorded later than so long after its callTime, or changed, is seen as soon as the archive has it: after
a minute or two.
"""
MOST = 250_000
"""Calls that are read from the table, at the most."""

_NAMES = ", ".join(columns.NAMES)


class TooManyRecent(Exception):
    """The table has more calls that the archive may not have than can be read while somebody waits."""


def spans(snapshot: Snapshot, first: int, last: int) -> list[Part]:
    """The seconds of a range, both inclusive, whose calls are read from the table. They follow each other."""
    edge = snapshot.as_of - RECENT
    return _joined([*_unarchived(snapshot, first, min(last, edge - 1)), (max(first, edge), last)])


def before_the_archive(snapshot: Snapshot, first: int, last: int) -> list[Part]:
    """The seconds of a range, both inclusive, whose calls may be in no file, as they came before the archive began.

    They are none once a night has archived their days.
    """
    return _joined(_unarchived(snapshot, first, min(last, snapshot.started_at + CLOCK_AHEAD)))


def _unarchived(snapshot: Snapshot, first: int, last: int) -> list[tuple[int, int]]:
    """What days without a file have between two seconds, each from a second to another."""
    starts = map(day_start, snapshot.unarchived)
    return [(max(first, start), min(last, start + DAY - 1)) for start in starts]


def _joined(cut: list[tuple[int, int]]) -> list[Part]:
    """Those that have a second, with those that follow each other at once in one."""
    joined: list[Part] = []
    for start, end in cut:
        if start > end:
            continue
        if joined and joined[-1].last + 1 == start:
            joined[-1] = replace(joined[-1], last=end)
        else:
            joined.append(Part(len(joined), start, end))
    return joined


def open_present(connection: DuckDBPyConnection, calls: Calls, did: str | None, read: list[Part], folder: Path) -> None:
    """Make the view `present_calls` of a database that has the view `calls`. Raises TooManyRecent.

    It has the calls of a user, or of everybody (None), of the table in the seconds that are to be `read`, and those of
    the archive in all others. A call that was moved from one to the other meanwhile is in it once.
    """
    path = folder / "recent.parquet"
    lines = chain.from_iterable([day_files.items(calls, part, did) for part in read])  # all are begun at once
    parquet.write(connection, _bounded(lines), columns.ITEM, columns.SELECTION, path)
    seconds = " OR ".join(f"call_time BETWEEN {part.first} AND {part.last}" for part in read) or "false"
    connection.execute(f"CREATE VIEW recent AS SELECT {_NAMES} FROM read_parquet({literal(path)})")
    connection.execute(
        f"CREATE VIEW present_calls AS SELECT {_NAMES} FROM calls WHERE NOT ({seconds})"
        " AND NOT EXISTS (SELECT 1 FROM recent WHERE recent.id = calls.id)"
        f" UNION ALL SELECT {_NAMES} FROM recent"
    )


def _bounded(lines: Iterator[bytes]) -> Iterator[bytes]:
    yield from islice(lines, MOST)
    if next(lines, None) is not None:
        raise TooManyRecent(f"more than {MOST} calls are not archived yet")
