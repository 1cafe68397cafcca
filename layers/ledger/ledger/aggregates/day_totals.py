"""Day totals: the measures of every series of a scope on a UTC day, in one pack.

For whole days nothing else is read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.aggregates import packs
from ledger.aws.dynamodb_parsing import JsonItem
from ledger.core import keys
from ledger.core.scopes import Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Series

SURELY_FIT = 50
"""Series that fit into one item, however long their names are."""


@dataclass(frozen=True)
class DayTotals:
    """The series of a scope that were used on a day. Every other series is zero.

    `through` is the last day of ingestion that they hold.
    """

    scope: Scope
    day: str
    through: str
    measures: Mapping[Series, Measures]

    def to_pack(self) -> packs.Pack:
        """Its `through` is by day, as version 0.1 also had totals of weeks."""
        return packs.pack(
            keys.aggregate_partition(self.scope),
            keys.totals_bucket(self.day),
            {"M": {self.day: {"S": self.through}}},
            (
                orjson.dumps((tuple(series), packs.whole(self.measures[series])))
                for series in sorted(self.measures)
                if self.measures[series]
            ),
            ingested=self.through,
        )


def from_items(items: Iterable[JsonItem]) -> Iterator[DayTotals]:
    """The totals of some days of a scope, from their items in the order of their keys. Raises TornRead."""
    return (from_pack(head, entries) for head, entries in packs.unpacked(items))


def from_pack(head: JsonItem, entries: Iterable[Any]) -> DayTotals:
    day = keys.day_of(head["bucket"]["S"])
    return DayTotals(
        keys.aggregated_in(head["scope"]["S"]),
        day,
        head["through"]["M"][day]["S"],
        {Series(*names): Measures._make(packs.numbers(sums)) for names, sums in entries},
    )
