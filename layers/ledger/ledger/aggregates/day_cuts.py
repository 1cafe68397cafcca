"""Day cuts: the measures of every series of a scope on a UTC day before and after a quarter hour, one pack for each.

Everybody's usage by the days of a time zone is read from these, as the midnights of a zone cut each UTC day at the same
time. A cut is as large as the totals of a day, however busy the day was; the slots of a day are a hundred times larger.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.aggregates import packs
from ledger.aggregates.day_slots import Slots
from ledger.aws.dynamodb_parsing import JsonItem
from ledger.core import keys
from ledger.core.moments import DAY, QUARTER_HOUR, day_start
from ledger.core.scopes import Scope
from ledger.counting.measures import ZERO, Measures
from ledger.counting.series import Series

SURELY_FIT = 45
"""Series that fit into one item, however long their names are."""


@dataclass(frozen=True)
class DayCut:
    """The series of a scope that were used on a day. Every other series is zero.

    `cut` is the Unix time at which the halves meet, `through` the last day of ingestion that they hold.
    """

    scope: Scope
    day: str
    cut: int
    through: str
    halves: Mapping[Series, tuple[Measures, Measures]]

    def between(self, start: int, end: int) -> Iterator[tuple[Series, Measures]]:
        """What each series used in the half that lies between two moments, or on the whole day."""
        for series, (before, after) in self.halves.items():
            yield series, after if start >= self.cut else before if end <= self.cut else before + after

    def to_pack(self) -> packs.Pack:
        return packs.pack(
            keys.aggregate_partition(self.scope),
            keys.cut_bucket(self.day, self.cut),
            {"S": self.through},
            (
                orjson.dumps((tuple(series), packs.whole(before), packs.whole(after)))
                for series, (before, after) in sorted(self.halves.items())
            ),
            ingested=self.through,
        )


def cuts(scope: Scope, day: str, through: str, slots: Mapping[Series, Slots]) -> Iterator[DayCut]:
    """A day cut at each of its quarter hours but the first."""
    start = day_start(day)
    after = {series: total for series, of in slots.items() if (total := Measures.sum(of.values()))}
    before = dict.fromkeys(after, ZERO)
    for cut in range(start + QUARTER_HOUR, start + DAY, QUARTER_HOUR):
        for series in after:
            used = slots[series].get(cut - QUARTER_HOUR)
            if used:
                before[series] += used
                after[series] += -used
        yield DayCut(scope, day, cut, through, {series: (before[series], after[series]) for series in after})


def from_pack(head: JsonItem, entries: Iterable[Any]) -> DayCut:
    return DayCut(
        keys.aggregated_in(head["scope"]["S"]),
        keys.day_of(head["bucket"]["S"]),
        keys.cut_of(head["bucket"]["S"]),
        head["through"]["S"],
        {
            Series(*names): (Measures._make(packs.numbers(before)), Measures._make(packs.numbers(after)))
            for names, before, after in entries
        },
    )
