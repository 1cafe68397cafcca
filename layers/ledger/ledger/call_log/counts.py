"""The number of calls that a selection has, by the counters: in all, and in each period of its time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from ledger.call_log.counted_periods import CountedPeriod, total_rows
from ledger.call_log.selection import LogSelection
from ledger.core.moments import DAY, QUARTER_HOUR
from ledger.usage.reader import UsageReader


@dataclass(frozen=True)
class CallCounts:
    """Counts the calls of selections that counters distinguish (`CallFilter.is_counted`).

    A call is counted some seconds after it is recorded, once the stream has delivered it.
    """

    reader: UsageReader

    def days(self, selection: LogSelection) -> list[CountedPeriod]:
        """The UTC days of a selection, newest first."""
        return self._read(selection, _cut([(selection.start, selection.end)], DAY))

    def quarter_hours(self, selection: LogSelection, days: Iterable[CountedPeriod]) -> list[CountedPeriod]:
        """The quarter hours of these days, newest first. What is between two of the days is one period without rows."""
        periods = self._read(selection, _cut([(day.start, day.end) for day in days], QUARTER_HOUR))
        return [period if period.end - period.start <= QUARTER_HOUR else period._replace(rows=0) for period in periods]

    def total(self, selection: LogSelection) -> int:
        """How many calls are selected."""
        return total_rows(self._read(selection, [selection.start, selection.end]))

    def _read(self, selection: LogSelection, boundaries: Sequence[int]) -> list[CountedPeriod]:
        if boundaries[0] == boundaries[-1]:
            return []
        usage = self.reader.read(dict.fromkeys((selection.scope, selection.index_scope), boundaries))
        of_index, of_scope = usage[selection.index_scope].intervals, usage[selection.scope].intervals
        periods = [
            CountedPeriod(
                start,
                end,
                sum(measures.calls for measures in every.values()),
                sum(selection.count(series, measures) for series, measures in of_series.items()),
            )
            for (start, end), every, of_series in zip(pairwise(boundaries), of_index, of_scope, strict=True)
        ]
        return periods[::-1]


def _cut(spans: Sequence[tuple[int, int]], length: int) -> list[int]:
    """The edges of some spans, and the multiples of a length between them."""
    multiples = (range(start // length * length + length, end, length) for start, end in spans)
    return sorted({*chain.from_iterable(spans), *chain.from_iterable(multiples)})
