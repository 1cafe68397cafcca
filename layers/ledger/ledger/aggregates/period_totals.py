"""Period totals: the measures of every series of a scope on a UTC day, or in a week, in one pack.

For whole days nothing else is read. Only the boards have totals of weeks: they have a series for each user or app, and
most questions about them are about a range as a whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

import orjson

from ledger.aggregates import packs
from ledger.aws.dynamodb_parsing import JsonItem
from ledger.core import keys, moments
from ledger.core.scopes import Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Series, added_up

SURELY_FIT = 50
"""Series that fit into one item, however long their names are."""


@dataclass(frozen=True)
class PeriodTotals:
    """The series of a scope that were used in a period, or those of one part of it. Every other series is zero.

    `through` is, for each day that they are made of, the last day of ingestion that they hold of it.
    """

    scope: Scope
    part: int
    bucket: str
    through: Mapping[str, str]
    measures: Mapping[Series, Measures]

    @classmethod
    def of_day(cls, scope: Scope, part: int, day: str, through: str, measures: Mapping[Series, Measures]) -> Self:
        return cls(scope, part, keys.totals_bucket(day), {day: through}, measures)

    @classmethod
    def of_week(cls, days: Sequence["PeriodTotals"]) -> Self:
        """The sum of some days of one week."""
        through = {day: of_day for totals in days for day, of_day in totals.through.items()}
        monday = moments.week(min(through))[0]
        measures = added_up(chain.from_iterable(totals.measures.items() for totals in days))
        return cls(days[0].scope, days[0].part, keys.week_bucket(monday), through, measures)

    def to_pack(self) -> packs.Pack:
        return packs.pack(
            keys.aggregate_partition(self.scope, self.part),
            self.bucket,
            {"M": {day: {"S": of_day} for day, of_day in self.through.items()}},
            (
                orjson.dumps((tuple(series), packs.whole(self.measures[series])))
                for series in sorted(self.measures)
                if self.measures[series]
            ),
            ingested=max(self.through.values()),
        )


def from_items(items: Iterable[JsonItem]) -> Iterator[PeriodTotals]:
    """The totals of some partitions, from their items in the order of their keys. Raises TornRead."""
    return (from_pack(head, entries) for head, entries in packs.unpacked(items))


def from_pack(head: JsonItem, entries: Iterable[Any]) -> PeriodTotals:
    return PeriodTotals(
        *keys.aggregated_in(head["scope"]["S"]),
        head["bucket"]["S"],
        {day: of_day["S"] for day, of_day in head["through"]["M"].items()},
        {Series(*names): Measures._make(packs.numbers(sums)) for names, sums in entries},
    )
