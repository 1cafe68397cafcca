"""Day totals: what every series of a scope used on a UTC day, in one pack, as of the end of a day of ingestion.

Answers that take whole days read these alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson

from ledger import keys, packs
from ledger.dynamodb import Item
from ledger.measures import Measures
from ledger.views import Series


@dataclass(frozen=True)
class DayTotals:
    """The series of a scope that were used on a day, or those of one part of it. Every other series is zero.

    `through` is the last day of ingestion that they hold.
    """

    scope: str
    part: int
    day: str
    through: str
    measures: Mapping[Series, Measures]

    def to_pack(self) -> packs.Pack:
        partition = keys.aggregate_partition(self.scope, self.part)
        return packs.pack(
            {"scope": {"S": partition}, "bucket": {"S": keys.totals_bucket(self.day)}},
            {"view": {"S": self.scope}, "part": {"N": str(self.part)}, "through": {"S": self.through}},
            (
                orjson.dumps((tuple(series), packs.whole(self.measures[series])))
                for series in sorted(self.measures)
                if self.measures[series]
            ),
        )


def from_items(items: Iterable[Item]) -> Iterator[DayTotals]:
    """The days of a partition, from its items in the order of their keys. Raises TornAnswer."""
    for head, entries in packs.unpacked(items):
        yield DayTotals(
            head["view"]["S"],
            int(head["part"]["N"]),
            keys.day_of(head["bucket"]["S"]),
            head["through"]["S"],
            {Series(*names): Measures._make(packs.numbers(sums)) for names, sums in entries},
        )
