"""The rows of a page. Near an end of the log they are read; elsewhere counters tell on which days they are.

The counters are some seconds behind the calls. They decide only where to look: every row that is shown was read from
the log, and where days have fewer rows than expected, the next ones are read. A page by its number may therefore begin
as many rows too early or late as were recorded in these seconds. A page after a position is exact.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ledger.call_log.counted_periods import CountedPeriod, estimated_calls, total_rows
from ledger.call_log.day_rows import DayRows
from ledger.call_log.found import Found
from ledger.call_log.range_reads import RangeRead, start_read
from ledger.call_log.selection import LogSelection
from ledger.calls.model_call import ModelCall
from ledger.core import keys


@dataclass(frozen=True)
class CallPages:
    """Finds rows of selections that counters distinguish (`CallFilter.is_counted`)."""

    day_rows: DayRows
    near: int = 300
    """Rows up to which the calls are read without asking the counters, which would cost as much."""

    def after(self, selection: LogSelection, position: str, wanted: int) -> Found:
        """The rows after a position, newest first, at most so many."""
        days, found = self._newest(selection, min(position, selection.last), position, wanted)
        return replace(found, rows=found.rows[:wanted], count=max(total_rows(days), len(found.rows)))

    def page(self, selection: LogSelection, skipped: int, wanted: int) -> Found:
        """The rows after the first `skipped`, newest first, at most `wanted`."""
        needed = skipped + wanted
        if needed <= self.near:
            days, found = self._newest(selection, selection.last, None, needed)
            number = len(found.rows)
            count = number if number < needed else max(total_rows(days), needed)
            return replace(found, rows=found.rows[skipped:needed], count=count)
        days = self.day_rows.counts.days(selection)
        count = total_rows(days)
        left = count - skipped
        if left <= 0:
            return Found([], count)
        if left <= self.near and selection.filter.is_empty and selection.start >= self._hot_since():
            found = Found(self._oldest(selection, left)[:wanted], count)
        else:
            found = self.day_rows.find(selection, days, skipped, wanted)
        number = len(found.rows)
        return replace(found, count=skipped + number if number < wanted else max(count, needed))

    def _newest(
        self, selection: LogSelection, last: str, position: str | None, needed: int
    ) -> tuple[list[CountedPeriod], Found]:
        """The days of a selection, and its rows after a position: all of them, or at least as many as are needed.

        The newest calls of hot days and the counters are read at the same time. If rows are missing then, they are read
        as well where they are among the next few hundred calls, and found by the counters where they are not.
        """
        hot_since = self._hot_since()
        first = keys.from_second(max(selection.start, hot_since))
        rows: list[ModelCall] = []
        if first > last:
            days = self.day_rows.counts.days(selection)
            return days, self._with(rows, selection, _until(days, last), needed, position)
        most = needed if selection.filter.is_empty else 2 * needed
        result = self._start(selection, first, last, most)
        days = self.day_rows.counts.days(selection)
        while True:
            read = result()
            rows += (call for call in read.calls if call.call_time_id != position and selection.holds(call))
            missing = needed - len(rows)
            if missing <= 0:
                return days, Found(rows, len(rows))
            if read.read_to is None:
                cold = [day for day in days if day.start < hot_since]
                return days, self._with(rows, selection, cold if total_rows(cold) else [], missing)
            position = read.read_to
            older = _until(days, position)
            most = estimated_calls(older, missing)
            if most > self.near:
                return days, self._with(rows, selection, older, missing, position)
            result = self._start(selection, first, position, most)

    def _with(
        self,
        rows: list[ModelCall],
        selection: LogSelection,
        older: Sequence[CountedPeriod],
        missing: int,
        position: str | None = None,
    ) -> Found:
        """Some rows, and those that are missing, of older days."""
        found = self.day_rows.find(selection, older, 0, missing, position)
        return Found(rows + found.rows, len(rows) + len(found.rows), found.as_of)

    def _oldest(self, selection: LogSelection, number: int) -> list[ModelCall]:
        """So many of the oldest calls, newest first."""
        found: list[ModelCall] = []
        position = selection.first
        while True:
            most = number - len(found) + 1
            read = self._start(selection, position, selection.last, most, oldest_first=True)()
            found += (call for call in read.calls if call.call_time_id != position)
            if read.read_to is None or len(found) >= number:
                return found[:number][::-1]
            position = read.read_to

    def _start(
        self, selection: LogSelection, first: str, last: str, most: int, *, oldest_first: bool = False
    ) -> Callable[[], RangeRead]:
        return start_read(self.day_rows.calls, selection.user_did, first, last, most=most, oldest_first=oldest_first)

    def _hot_since(self) -> int:
        return self.day_rows.hot_since(int(time.time()))


def _until(days: Sequence[CountedPeriod], position: str) -> list[CountedPeriod]:
    """The days that begin before a position."""
    return [day for day in days if keys.from_second(day.start) <= position]
