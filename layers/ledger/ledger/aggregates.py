"""Daily aggregates: what was used on a UTC day, for a scope and a series, as of the end of a day of ingestion.

Two items each: the totals of the day, small, for answers that take whole days; and its quarter-hour slots, for those
that begin or end within it. The slots are running sums, so that any part of a day is the difference of two.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger import exact_json, keys
from ledger.days import QUARTER_HOUR
from ledger.measures import NAMES, Measures, parsed
from ledger.views import Series, series_attributes, series_of


@dataclass(frozen=True)
class DailyTotals:
    """The totals of a day; `through` is the last day of ingestion that they hold."""

    scope: str
    day: str
    series: Series
    through: str
    measures: Measures

    @classmethod
    def of(cls, slots: "DailySlots") -> "DailyTotals":
        return cls(
            slots.scope, slots.day, slots.series, slots.through, slots.until(keys.day_start(slots.day) + keys.DAY)
        )

    def to_item(self) -> dict[str, Any]:
        item = _item(self.scope, self.series, self.through, keys.totals_bucket(self.day, keys.digest(*self.series)))
        for name, value in zip(NAMES, self.measures.values(), strict=True):
            if value:
                item[name] = {"N": exact_json.plain(value)}
        return item


@dataclass(frozen=True)
class DailySlots:
    """The slots of a day; each line holds its number, 00 to 95, and the sums of the day up to its end."""

    scope: str
    day: str
    series: Series
    through: str
    lines: list[str]

    @classmethod
    def of(cls, scope: str, day: str, series: Series, through: str, slots: Mapping[int, Measures]) -> "DailySlots":
        """`slots` by the Unix time at which each begins."""
        start, total, lines = keys.day_start(day), Measures(), list[str]()
        for slot in sorted(slots):
            if slots[slot]:
                total += slots[slot]
                values = " ".join(map(exact_json.plain, total.values()))
                lines.append(f"{(slot - start) // QUARTER_HOUR:02d} {values}")
        return cls(scope, day, series, through, lines)

    def until(self, second: int) -> Measures:
        """What was used from the start of the day up to a boundary of its slots, given in Unix time."""
        number = (second - keys.day_start(self.day)) // QUARTER_HOUR
        before = bisect_left(self.lines, f"{number:02d}")
        return parsed(self.lines[before - 1].split()[1:]) if before else Measures()

    def slots(self) -> dict[int, Measures]:
        """The slots by the Unix time at which each begins."""
        start, before, found = keys.day_start(self.day), Measures(), dict[int, Measures]()
        for line in self.lines:
            number, *values = line.split()
            total = parsed(values)
            found[start + int(number) * QUARTER_HOUR] = Measures.sum((total, -before))
            before = total
        return found

    def to_item(self) -> dict[str, Any]:
        """The aggregator finds every scope's slots of a day through the index byDay, which `day` is the key of."""
        series_digest = keys.digest(*self.series)
        item = _item(self.scope, self.series, self.through, keys.slots_bucket(self.day, series_digest))
        return item | {
            "day": {"S": keys.day_partition(self.day, keys.spread(series_digest))},
            "slots": {"S": "\n".join(self.lines)},
        }


def totals_from_item(item: Mapping[str, Any]) -> DailyTotals:
    measures = parsed([item[name]["N"] if name in item else "0" for name in NAMES])
    return DailyTotals(item["view"]["S"], _day(item), series_of(item), item["through"]["S"], measures)


def slots_from_item(item: Mapping[str, Any]) -> DailySlots:
    lines = item["slots"]["S"].splitlines()
    return DailySlots(item["view"]["S"], _day(item), series_of(item), item["through"]["S"], lines)


def _item(scope: str, series: Series, through: str, bucket: str) -> dict[str, Any]:
    item: dict[str, Any] = {name: {"S": text} for name, text in series_attributes(series).items()}
    return item | {
        "scope": {"S": keys.aggregate_partition(scope, keys.spread(series.user_did) if scope == keys.USERS else 0)},
        "bucket": {"S": bucket},
        "view": {"S": scope},
        "through": {"S": through},
    }


def _day(item: Mapping[str, Any]) -> str:
    return item["bucket"]["S"].split("#")[1]
