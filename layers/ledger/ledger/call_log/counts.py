"""The number of calls that a selection has, by the counters: in all, and in each of the stretches of its time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from ledger.call_log.selection import LogSelection
from ledger.call_log.stretches import Stretch
from ledger.core.moments import DAY, QUARTER_HOUR
from ledger.usage.reader import UsageReader


@dataclass(frozen=True)
class CallCounts:
    """Counts of selections that counters tell apart (`CallFilter.is_counted`).

    They know a call some seconds after it is recorded, when the stream has brought it.
    """

    reader: UsageReader

    def days(self, selection: LogSelection) -> list[Stretch]:
        """The stretches of a selection in UTC days, newest first."""
        return self._read(selection, _cut([(selection.start, selection.end)], DAY))

    def quarter_hours(self, selection: LogSelection, days: Iterable[Stretch]) -> list[Stretch]:
        """The stretches of these days in quarter hours, newest first; what lies between two is one without rows."""
        stretches = self._read(selection, _cut([(day.start, day.end) for day in days], QUARTER_HOUR))
        return [one if one.end - one.start <= QUARTER_HOUR else one._replace(rows=0) for one in stretches]

    def total(self, selection: LogSelection) -> int:
        """How many calls are asked for."""
        return sum(stretch.rows for stretch in self._read(selection, [selection.start, selection.end]))

    def _read(self, selection: LogSelection, boundaries: Sequence[int]) -> list[Stretch]:
        if boundaries[0] == boundaries[-1]:
            return []
        usage = self.reader.read(dict.fromkeys((selection.scope, selection.index_scope), boundaries))
        of_index, of_scope = usage[selection.index_scope].intervals, usage[selection.scope].intervals
        stretches = [
            Stretch(
                start,
                end,
                sum(measures.calls for measures in every.values()),
                sum(selection.count(series, measures) for series, measures in told_apart.items()),
            )
            for (start, end), every, told_apart in zip(pairwise(boundaries), of_index, of_scope, strict=True)
        ]
        return stretches[::-1]


def _cut(spans: Sequence[tuple[int, int]], length: int) -> list[int]:
    """The edges of some spans, and between them the multiples of a length."""
    within = (range(start // length * length + length, end, length) for start, end in spans)
    return sorted({*chain.from_iterable(spans), *chain.from_iterable(within)})
