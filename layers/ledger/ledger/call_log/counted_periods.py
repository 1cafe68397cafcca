"""Periods of time and how many calls each has, by the counters. Sequences of them are newest first."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ledger.core.moments import QUARTER_HOUR


class CountedPeriod(NamedTuple):
    """The seconds from `start` up to, not including, `end`.

    `calls` is how many calls the index has in the period, `rows` how many of them are selected.
    """

    start: int
    end: int
    calls: int
    rows: int

    def may_have_rows(self, fresh: int) -> bool:
        """Whether rows may be found here: they are counted, or some may be too new (after `fresh`) to be counted."""
        return self.rows > 0 or self.end > fresh


def total_rows(periods: Iterable[CountedPeriod]) -> int:
    """The number of rows in all of these periods."""
    return sum(period.rows for period in periods)


def estimated_calls(periods: Iterable[CountedPeriod], rows: int) -> int:
    """About how many of the newest calls of some periods have to be read to find so many rows."""
    calls = found = 0
    for period in periods:
        calls, found = calls + period.calls, found + period.rows
        if found >= rows:
            return calls * rows // found * 5 // 4 + 1
    return calls + 1


def estimated_reads(periods: Sequence[CountedPeriod], rows: int, gap: int) -> int:
    """About in how many places the newest so many rows of some periods are.

    Rows are in one place where they are in one quarter hour, or have at most `gap` calls between them.
    """
    quarter_hours = sum(-(-(period.end - period.start) // QUARTER_HOUR) for period in periods)
    found = total_rows(periods)
    if not found:
        return 1
    of_quarter_hour = max(found // quarter_hours, 1)
    between = sum(period.calls for period in periods) // found
    return 1 if between <= gap else -(-min(rows, found) // of_quarter_hour)


def skip_rows(periods: Sequence[CountedPeriod], skipped: int) -> tuple[Sequence[CountedPeriod], int]:
    """Leave out the first periods, as long as all their rows are skipped.

    Returns the other periods, and how many of their rows are still to be skipped.
    """
    index = 0
    while index < len(periods) and 0 < skipped >= periods[index].rows:
        skipped -= periods[index].rows
        index += 1
    return periods[index:], skipped


def take_rows(
    periods: Sequence[CountedPeriod], rows: int, fresh: int
) -> tuple[list[CountedPeriod], Sequence[CountedPeriod]]:
    """Take periods that may have rows until they have so many. Returns them, and the periods after the last of them."""
    taken: list[CountedPeriod] = []
    for index, period in enumerate(periods):
        if rows <= 0:
            return taken, periods[index:]
        if period.may_have_rows(fresh):
            taken.append(period)
            rows -= period.rows
    return taken, ()


def split(period: CountedPeriod, most: int) -> Iterator[CountedPeriod]:
    """Split a period into parts of equal length, each with about `most` calls at most. Yields them newest first."""
    number = min(-(-period.calls // most) or 1, period.end - period.start)
    edges = [period.end - (period.end - period.start) * index // number for index in range(number + 1)]
    for end, start in pairwise(edges):
        yield CountedPeriod(start, end, period.calls // number, period.rows // number)
