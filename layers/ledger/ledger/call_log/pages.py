"""The rows of a page. Near an end of the log they are read; elsewhere counters tell in which quarter hours they are.

The counters are some seconds behind the calls. They decide only where to look: every row that is shown was read from
the log, and where quarter hours have fewer rows than expected, the next ones are read. A page by its number may
therefore begin as many rows too early or late as were recorded in these seconds. A page after a position is exact.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ledger.call_log.counted_periods import CountedPeriod, estimated_calls, skip_rows, split, take_rows, total_rows
from ledger.call_log.counts import CallCounts
from ledger.call_log.range_reads import RangeRead, start_read
from ledger.call_log.selection import LogSelection
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import ModelCall
from ledger.core import keys


@dataclass(frozen=True)
class Found:
    """The rows, and how many the log has in all."""

    rows: list[ModelCall]
    count: int


@dataclass(frozen=True)
class CallPages:
    """Finds rows of selections that counters distinguish (`CallFilter.is_counted`).

    The sizes decide what is read how. They change what a page costs, never what it shows.
    """

    calls: Calls
    counts: CallCounts
    near: int = 300
    """Rows up to which the calls are read without asking the counters, which would cost as much."""
    fresh: int = 120
    """Seconds for which calls are read even where the counters have none, as they may not be counted yet."""
    joined: int = 50
    """Calls of a partition that are read together although they are in several quarter hours."""
    query_cost: int = 7
    """The number of calls that cost as many units as a Query that finds nothing."""
    split_from: int = 400
    """Calls of a partition from which on a quarter hour is read in several parts at once."""
    read_ahead: int = 20_000
    """Calls that are read before they are needed. Memory limits them."""

    def after(self, selection: LogSelection, position: str, wanted: int) -> Found:
        """The rows after a position, newest first, at most so many."""
        days, rows = self._days_and_rows(selection, min(position, selection.last), position, wanted)
        return Found(rows[:wanted], max(total_rows(days), len(rows)))

    def page(self, selection: LogSelection, skipped: int, wanted: int) -> Found:
        """The rows after the first `skipped`, newest first, at most `wanted`."""
        needed = skipped + wanted
        if needed <= self.near:
            days, rows = self._days_and_rows(selection, selection.last, None, needed)
            return Found(rows[skipped:needed], len(rows) if len(rows) < needed else max(total_rows(days), needed))
        days = self.counts.days(selection)
        count = total_rows(days)
        left = count - skipped
        if left <= 0:
            return Found([], count)
        if left <= self.near and selection.filter.is_empty:
            rows = self._oldest(selection, left)[:wanted]
        else:
            rows = list(islice(self._rows_of_days(selection, days, skipped, wanted), wanted))
        return Found(rows, skipped + len(rows) if len(rows) < wanted else max(count, needed))

    def _days_and_rows(
        self, selection: LogSelection, last: str, position: str | None, needed: int
    ) -> tuple[list[CountedPeriod], list[ModelCall]]:
        """The days of a selection, and its rows after a position: all of them, or at least as many as are needed.

        The newest calls and the counters are read at the same time. If rows are missing then, they are read as well
        where they are among the next few hundred calls, and found by the counters where they are not.
        """
        rows: list[ModelCall] = []
        if selection.first > last:
            return self.counts.days(selection), rows
        most = needed if selection.filter.is_empty else 2 * needed
        result = start_read(self.calls, selection.user_did, selection.first, last, most=most)
        days = self.counts.days(selection)
        while True:
            read = result()
            rows += (call for call in read.calls if call.call_time_id != position and selection.holds(call))
            if read.read_to is None or len(rows) >= needed:
                return days, rows
            position, missing = read.read_to, needed - len(rows)
            older = [day for day in days if keys.from_second(day.start) <= position]
            most = estimated_calls(older, missing)
            if most > self.near:
                return days, rows + list(islice(self._rows_of_days(selection, older, 0, missing, position), missing))
            result = start_read(self.calls, selection.user_did, selection.first, position, most=most)

    def _oldest(self, selection: LogSelection, number: int) -> list[ModelCall]:
        """So many of the oldest calls, newest first."""
        found: list[ModelCall] = []
        position = selection.first
        while True:
            most = number - len(found) + 1
            read = start_read(self.calls, selection.user_did, position, selection.last, most=most, oldest_first=True)()
            found += (call for call in read.calls if call.call_time_id != position)
            if read.read_to is None or len(found) >= number:
                return found[:number][::-1]
            position = read.read_to

    def _rows_of_days(
        self,
        selection: LogSelection,
        days: Sequence[CountedPeriod],
        skipped: int,
        wanted: int,
        position: str | None = None,
    ) -> Iterator[ModelCall]:
        """The rows of some days, newest first: all but the first `skipped`, or those after a position.

        As many as are wanted are read at once. More are read only when they are asked for.
        """
        fresh = int(time.time()) - self.fresh
        while days:
            days, skipped = skip_rows(days, skipped)
            # It is not known how many rows of the period in which the position is come after it.
            chosen, days = take_rows(days, skipped + wanted + (days[0].rows if position and days else 0), fresh)
            if not chosen:
                return
            quarters = [
                quarter
                for quarter in self.counts.quarter_hours(selection, chosen)
                if position is None or keys.from_second(quarter.start) <= position
            ]
            quarters, skipped = skip_rows(quarters, skipped)
            needed = skipped + wanted + (quarters[0].rows if position and quarters else 0)
            for call in self._read(selection, self._parts(selection, quarters, fresh), needed, position):
                if skipped:
                    skipped -= 1
                else:
                    yield call
            position = None

    def _parts(self, selection: LogSelection, quarters: Iterable[CountedPeriod], fresh: int) -> Iterator[CountedPeriod]:
        """The parts of some quarter hours that may have rows, newest first, each as long as is worth a Query."""
        partitions = self.calls.time_shards if selection.user_did is None else 1
        joined: CountedPeriod | None = None
        between = 0
        for quarter in quarters:
            if not quarter.may_have_rows(fresh):
                between += quarter.calls
                continue
            piece = quarter if quarter.rows else quarter._replace(start=max(quarter.start, fresh))
            if (
                joined
                and between <= self.query_cost * partitions
                and joined.calls + between + piece.calls <= self.joined * partitions
            ):
                calls, rows = joined.calls + between + piece.calls, joined.rows + piece.rows
                joined = CountedPeriod(piece.start, joined.end, calls, rows)
            else:
                if joined:
                    yield from split(joined, self.split_from * partitions)
                joined = piece
            between = 0
        if joined:
            yield from split(joined, self.split_from * partitions)

    def _read(
        self, selection: LogSelection, parts: Iterator[CountedPeriod], needed: int, position: str | None
    ) -> Iterator[ModelCall]:
        """The rows of some parts. The parts that should have the needed rows are read at the same time."""
        started: deque[tuple[CountedPeriod, Callable[[], RangeRead]]] = deque()
        while True:
            while not started or (needed > 0 and sum(part.calls for part, _ in started) < self.read_ahead):
                part = next(parts, None)
                if part is None:
                    break
                first, last = keys.from_second(part.start), keys.through_second(part.end - 1)
                if position:
                    last = min(last, position)
                if first > last:
                    continue
                started.append((part, start_read(self.calls, selection.user_did, first, last)))
                needed -= part.rows
            if not started:
                return
            part, result = started.popleft()
            rows = [call for call in result().calls if call.call_time_id != position and selection.holds(call)]
            needed += part.rows - len(rows)
            yield from rows
