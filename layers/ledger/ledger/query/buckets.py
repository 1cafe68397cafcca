"""Buckets of time, from a minute to a month of a time zone, and how SQL finds that of a call.

The edges are made here, by the rules for time zones that everything else in the ledger follows, and are bound to the
statement: summer time means the same to every engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise
from math import gcd
from typing import Final, Literal, Self

from ledger.core import time_zones
from ledger.core.moments import DAY, HOUR, MINUTE
from ledger.core.time_zones import TimeBucket

type BucketKind = Literal["none", "minute", "hour", "day", "week", "month"]

MOST: Final = 10_000
"""Buckets of a query: a week of minutes, a year of hours, or the longest range of days."""
SECONDS: Final[dict[BucketKind, int]] = {
    "minute": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "week": 7 * DAY,
    "month": 28 * DAY,
}
"""The shortest bucket of each kind, but for days that are cut by summer time."""


def between(start: int, end: int, granularity: BucketKind, zone: tzinfo) -> list[TimeBucket]:
    """The buckets that cover [start, end), ascending: a single one where the granularity is none."""
    match granularity:
        case "none":
            return [TimeBucket(start, end)]
        case "minute":
            return time_zones.minutes(start, end, zone)
        case "hour":
            return time_zones.hours(start, end, zone)
        case "day":
            return [TimeBucket(day.midnight, day.end) for day in time_zones.days(start, end, zone)]
        case "week":
            return time_zones.weeks(start, end, zone)
        case "month":
            return time_zones.months(start, end, zone)


@dataclass(frozen=True)
class Slots:
    """A range in slots of equal length, so short that each belongs to one bucket.

    That of a call is `(call_time - origin) // step`, by which it is joined to its bucket.
    """

    origin: int
    step: int
    firsts: Sequence[int]
    """The first slot of each bucket."""
    ends: Sequence[int]
    """The slot behind the last of each bucket."""
    timestamps: Sequence[int]
    """When each bucket begins."""

    @classmethod
    def of(cls, start: int, buckets: Sequence[TimeBucket]) -> Self:
        """The slots of buckets that follow each other from `start` on."""
        inner = [bucket.end for bucket in buckets[:-1]]
        step = gcd(*(later - earlier for earlier, later in pairwise(inner))) or buckets[-1].end - start
        origin = inner[0] - -(-(inner[0] - start) // step) * step if inner else start
        edges = [start, *inner, buckets[-1].end]
        slots = [-(-(edge - origin) // step) for edge in edges]
        return cls(origin, step, [0, *slots[1:-1]], slots[1:], [bucket.timestamp for bucket in buckets])
