"""Parts of a day's file. They follow each other in time, so that a reader of some hours reads only their part."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledger.core.moments import DAY, QUARTER_HOUR, day_start, utc_day

LARGEST = 1_000_000
"""Calls of a part, about."""


@dataclass(frozen=True)
class Part:
    """A part of a day: the calls between two Unix seconds, both inclusive."""

    number: int
    first: int
    last: int

    @property
    def day(self) -> str:
        return utc_day(self.first)


@dataclass(frozen=True)
class Totals:
    """What the calls of a file add up to."""

    rows: int
    tokens: int
    credits: Decimal


def divided(day: str, calls: Mapping[int, int]) -> list[Part]:
    """The parts of a day, given the calls of its quarter hours. They follow each other and cover the day.

    A quarter hour with more calls than a part should have is divided evenly.
    """
    start = day_start(day)
    cuts = [start]
    so_far = 0
    for quarter in range(start, start + DAY, QUARTER_HOUR):
        of_quarter = calls.get(quarter, 0)
        if so_far and so_far + of_quarter > LARGEST:
            cuts.append(quarter)
            so_far = 0
        pieces = min(-(-of_quarter // LARGEST), QUARTER_HOUR)
        cuts += [quarter + QUARTER_HOUR * piece // pieces for piece in range(1, pieces)]
        so_far = of_quarter // pieces if pieces > 1 else so_far + of_quarter
    ends = [*cuts[1:], start + DAY]
    return [Part(number, first, end - 1) for number, (first, end) in enumerate(zip(cuts, ends, strict=True))]
