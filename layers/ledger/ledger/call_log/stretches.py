"""Stretches of time, and how many calls each holds by the counters; sequences of them are newest first."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple


class Stretch(NamedTuple):
    """Some seconds, `end` not included: how many calls the index has there, and how many of them are asked for."""

    start: int
    end: int
    calls: int
    rows: int


def rows_of(stretches: Iterable[Stretch]) -> int:
    return sum(stretch.rows for stretch in stretches)


def may_hold(stretch: Stretch, fresh: int) -> bool:
    return stretch.rows > 0 or stretch.end > fresh


def calls_for(days: Iterable[Stretch], rows: int) -> int:
    """About how many of the newest calls of some days hold so many rows."""
    calls = found = 0
    for day in days:
        calls, found = calls + day.calls, found + day.rows
        if found >= rows:
            return calls * rows // found * 5 // 4 + 1
    return calls + 1


def after_skipped(stretches: Sequence[Stretch], skipped: int) -> tuple[Sequence[Stretch], int]:
    """The stretches after those whose rows are all skipped, and how many rows of them are skipped too."""
    place = 0
    while place < len(stretches) and 0 < skipped >= stretches[place].rows:
        skipped -= stretches[place].rows
        place += 1
    return stretches[place:], skipped


def enough(stretches: Sequence[Stretch], rows: int, fresh: int) -> tuple[list[Stretch], Sequence[Stretch]]:
    """The first stretches that may hold rows, until they hold so many; and all that come after them."""
    chosen: list[Stretch] = []
    for place, stretch in enumerate(stretches):
        if rows <= 0:
            return chosen, stretches[place:]
        if may_hold(stretch, fresh):
            chosen.append(stretch)
            rows -= stretch.rows
    return chosen, ()


def split(part: Stretch, most: int) -> Iterator[Stretch]:
    """A part in pieces of equal length, newest first, each with about as many calls as are read at a time."""
    pieces = min(-(-part.calls // most) or 1, part.end - part.start)
    edges = [part.end - (part.end - part.start) * number // pieces for number in range(pieces + 1)]
    for end, start in pairwise(edges):
        yield Stretch(start, end, part.calls // pieces, part.rows // pieces)
