"""Day slots: the measures of every series of a scope in each quarter hour of a UTC day, in one pack.

They are read where a range begins or ends within the day.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.aggregates import packs
from ledger.aws.dynamodb_parsing import JsonItem
from ledger.core import keys
from ledger.core.moments import QUARTER_HOUR, day_start
from ledger.core.scopes import Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Series

SURELY_FIT = 8
"""Series that fit into one item, however long their names and however many their slots are."""

type Slots = Mapping[int, Measures]
"""Measures by the Unix time at which their quarter hour begins."""


@dataclass(frozen=True)
class SlotColumns:
    """The slots of a day that a series was used in, 0 to 95, and beside them a column for each measure."""

    numbers: Sequence[int]
    columns: Sequence[Sequence[int]]

    def between(self, first: int, last: int) -> Measures | None:
        """The sum from one slot up to, not including, another; None where the series was not used there."""
        start, end = bisect_left(self.numbers, first), bisect_left(self.numbers, last)
        return Measures._make([sum(column[start:end]) for column in self.columns]) if start < end else None


@dataclass(frozen=True)
class DaySlots:
    """The series of a scope that were used on a day. Every other series is zero.

    `through` is the last day of ingestion that they hold.
    """

    scope: Scope
    day: str
    through: str
    columns: Mapping[Series, SlotColumns]

    @classmethod
    def of(cls, scope: Scope, day: str, through: str, slots: Mapping[Series, Slots]) -> "DaySlots":
        start = day_start(day)
        columns = {series: _columns(of_series, start) for series, of_series in slots.items() if any(of_series.values())}
        return cls(scope, day, through, columns)

    def between(self, start: int, end: int) -> Iterator[tuple[Series, Measures]]:
        """What each series used between two boundaries of slots of the day, in Unix time."""
        day = day_start(self.day)
        first, last = (start - day) // QUARTER_HOUR, (end - day) // QUARTER_HOUR
        for series, columns in self.columns.items():
            measures = columns.between(first, last)
            if measures is not None:
                yield series, measures

    def slots(self) -> dict[Series, dict[int, Measures]]:
        """The slots of each series by the Unix time at which they begin."""
        start = day_start(self.day)
        return {
            series: {
                start + number * QUARTER_HOUR: Measures._make(sums)
                for number, sums in zip(of.numbers, zip(*of.columns, strict=True), strict=True)
            }
            for series, of in self.columns.items()
        }

    def to_pack(self) -> packs.Pack:
        """The attribute `day` is the key of the index byDay, by which the nightly run finds all slots of a day."""
        return packs.pack(
            keys.aggregate_partition(self.scope),
            keys.slots_bucket(self.day),
            {"S": self.through},
            (
                orjson.dumps((tuple(series), of.numbers, [packs.whole(column) for column in of.columns]))
                for series, of in sorted(self.columns.items())
            ),
            ingested=self.through,
            day={"S": keys.day_partition(self.day, self.scope)},
        )


def from_items(items: Iterable[JsonItem]) -> Iterator[DaySlots]:
    """The days of some scopes, from their items in the order of their keys. Raises TornRead."""
    return (from_pack(head, entries) for head, entries in packs.unpacked(items))


def from_pack(head: JsonItem, entries: Iterable[Any]) -> DaySlots:
    return DaySlots(
        keys.aggregated_in(head["scope"]["S"]),
        keys.day_of(head["bucket"]["S"]),
        head["through"]["S"],
        {
            Series(*names): SlotColumns(slots, [packs.numbers(column) for column in columns])
            for names, slots, columns in entries
        },
    )


def _columns(slots: Slots, start: int) -> SlotColumns:
    used = sorted(slot for slot in slots if slots[slot])
    rows = [slots[slot] for slot in used]
    return SlotColumns([(slot - start) // QUARTER_HOUR for slot in used], list(zip(*rows, strict=True)))
