"""Day slots: what a series of a scope used in each quarter hour of a UTC day, as of the end of a day of ingestion.

Read where a range begins or ends within the day. They are running sums, so that any part of a day is the difference of
two of them.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger import exact_json, keys
from ledger.days import QUARTER_HOUR
from ledger.measures import Measures, parsed
from ledger.views import Series, series_attributes, series_of


@dataclass(frozen=True)
class DaySlots:
    """Each line holds a slot's number, 00 to 95, and the sums of the day up to its end.

    `through` is the last day of ingestion that they hold.
    """

    scope: str
    day: str
    series: Series
    through: str
    lines: list[str]

    @classmethod
    def of(cls, scope: str, day: str, series: Series, through: str, slots: Mapping[int, Measures]) -> "DaySlots":
        """`slots` by the Unix time at which each begins."""
        start, total, lines = keys.day_start(day), Measures(), list[str]()
        for slot in sorted(slots):
            if slots[slot]:
                total += slots[slot]
                values = " ".join(map(exact_json.plain, total.values()))
                lines.append(f"{(slot - start) // QUARTER_HOUR:02d} {values}")
        return cls(scope, day, series, through, lines)

    @property
    def total(self) -> Measures:
        """What was used on the whole day."""
        return _sums(self.lines[-1]) if self.lines else Measures()

    def between(self, start: int, end: int) -> Measures | None:
        """What was used between two boundaries of slots of the day, in Unix time. None of nothing."""
        before, until = self._slots_until(start), self._slots_until(end)
        if before == until:
            return None
        total = _sums(self.lines[until - 1])
        return total + -_sums(self.lines[before - 1]) if before else total

    def _slots_until(self, second: int) -> int:
        number = (second - keys.day_start(self.day)) // QUARTER_HOUR
        return bisect_left(self.lines, f"{number:02d}")

    def slots(self) -> dict[int, Measures]:
        """The slots by the Unix time at which each begins."""
        start, before, found = keys.day_start(self.day), Measures(), dict[int, Measures]()
        for line in self.lines:
            total = _sums(line)
            found[start + int(line[:2]) * QUARTER_HOUR] = Measures.sum((total, -before))
            before = total
        return found

    def to_item(self) -> dict[str, Any]:
        """The aggregator finds every scope's slots of a day through the index byDay, which `day` is the key of."""
        series_digest = keys.digest(*self.series)
        item: dict[str, Any] = {name: {"S": text} for name, text in series_attributes(self.series).items()}
        return item | {
            "scope": {"S": keys.aggregate_partition(self.scope, keys.aggregate_part(self.scope, self.series.user_did))},
            "bucket": {"S": keys.slots_bucket(self.day, series_digest)},
            "view": {"S": self.scope},
            "through": {"S": self.through},
            "day": {"S": keys.day_partition(self.day, keys.spread(series_digest))},
            "slots": {"S": "\n".join(self.lines)},
        }


def from_item(item: Mapping[str, Any]) -> DaySlots:
    lines = item["slots"]["S"].splitlines()
    return DaySlots(item["view"]["S"], keys.day_of(item["bucket"]["S"]), series_of(item), item["through"]["S"], lines)


def _sums(line: str) -> Measures:
    return parsed(line.split()[1:])
