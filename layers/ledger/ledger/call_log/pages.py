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

from ledger.call_log.counts import CallCounts
from ledger.call_log.selection import LogSelection
from ledger.call_log.stretches import Stretch, after_skipped, calls_for, enough, may_hold, rows_of, split
from ledger.calls.calls_table import Calls, Part
from ledger.calls.model_call import ModelCall
from ledger.core import keys

NEAR = 300
"""Rows up to which the calls are read without asking the counters, which would cost as much."""
FRESH = 120
"""Seconds for which calls are read even where the counters have none, as they may not be counted yet."""
_JOINED = 50
"""Calls of a partition that are read together although they lie in several quarter hours."""
_A_QUERY = 7
"""Calls whose units are those of a Query that finds nothing."""
_APART = 400
"""Calls of a partition from which on a quarter hour is read in several parts at once."""
_AT_ONCE = 20_000
"""Calls of which the reading is begun before they are needed: what there is memory for."""


@dataclass(frozen=True)
class Found:
    """The rows, and how many the log has in all."""

    rows: list[ModelCall]
    count: int


@dataclass(frozen=True)
class CallPages:
    """Finds rows of selections that counters tell apart (`CallFilter.is_counted`)."""

    calls: Calls
    counts: CallCounts

    def after(self, selection: LogSelection, position: str, wanted: int) -> Found:
        """The rows after a position, newest first, at most so many."""
        days, rows = self._walk(selection, min(position, selection.last), position, wanted)
        return Found(rows[:wanted], max(rows_of(days), len(rows)))

    def page(self, selection: LogSelection, skipped: int, wanted: int) -> Found:
        """The rows after the first `skipped`, newest first, at most `wanted`."""
        needed = skipped + wanted
        if needed <= NEAR:
            days, rows = self._walk(selection, selection.last, None, needed)
            return Found(rows[skipped:needed], len(rows) if len(rows) < needed else max(rows_of(days), needed))
        days = self.counts.days(selection)
        count = rows_of(days)
        left = count - skipped
        if left <= 0:
            return Found([], count)
        if left <= NEAR and selection.filter.is_empty:
            rows = self._oldest(selection, left)[:wanted]
        else:
            rows = list(islice(self._sought(selection, days, skipped, wanted), wanted))
        return Found(rows, skipped + len(rows) if len(rows) < wanted else max(count, needed))

    def _walk(
        self, selection: LogSelection, last: str, position: str | None, needed: int
    ) -> tuple[list[Stretch], list[ModelCall]]:
        """The days of a selection, and its rows after a position: all, or at least as many as are needed.

        Both are read at once. What is found no further than the next few hundred calls is read, the rest is sought.
        """
        rows: list[ModelCall] = []
        if selection.first > last:
            return self.counts.days(selection), rows
        begun = self.calls.begin(
            selection.user_did, selection.first, last, most=2 * needed if not selection.filter.is_empty else needed
        )
        days = self.counts.days(selection)
        while True:
            part = begun()
            rows += (call for call in part.calls if call.call_time_id != position and selection.holds(call))
            if part.rest is None or len(rows) >= needed:
                return days, rows
            position, missing = part.rest, needed - len(rows)
            older = [day for day in days if keys.from_second(day.start) <= position]
            most = calls_for(older, missing)
            if most > NEAR:
                return days, rows + list(islice(self._sought(selection, older, 0, missing, position), missing))
            begun = self.calls.begin(selection.user_did, selection.first, position, most=most)

    def _oldest(self, selection: LogSelection, number: int) -> list[ModelCall]:
        """So many of the oldest calls, newest first."""
        found: list[ModelCall] = []
        position = selection.first
        while True:
            part = self.calls.begin(
                selection.user_did, position, selection.last, most=number - len(found) + 1, oldest_first=True
            )()
            found += (call for call in part.calls if call.call_time_id != position)
            if part.rest is None or len(found) >= number:
                return found[:number][::-1]
            position = part.rest

    def _sought(
        self, selection: LogSelection, days: Sequence[Stretch], skipped: int, wanted: int, position: str | None = None
    ) -> Iterator[ModelCall]:
        """The rows of some days, newest first: all but the first `skipped`, or those after a position.

        As many are read at once as are wanted, and more only when they are asked for.
        """
        fresh = int(time.time()) - FRESH
        while days:
            days, skipped = after_skipped(days, skipped)
            # Nobody knows how many rows of the stretch in which the position lies are after it.
            chosen, days = enough(days, skipped + wanted + (days[0].rows if position and days else 0), fresh)
            if not chosen:
                return
            quarters = [
                quarter
                for quarter in self.counts.quarter_hours(selection, chosen)
                if position is None or keys.from_second(quarter.start) <= position
            ]
            quarters, skipped = after_skipped(quarters, skipped)
            needed = skipped + wanted + (quarters[0].rows if position and quarters else 0)
            for call in self._read(selection, self._parts(selection, quarters, fresh), needed, position):
                if skipped:
                    skipped -= 1
                else:
                    yield call
            position = None

    def _parts(self, selection: LogSelection, quarters: Iterable[Stretch], fresh: int) -> Iterator[Stretch]:
        """What to read of some quarter hours, newest first: what may hold rows, in pieces that are worth a Query."""
        partitions = self.calls.time_shards if selection.user_did is None else 1
        joined: Stretch | None = None
        between = 0
        for quarter in quarters:
            if not may_hold(quarter, fresh):
                between += quarter.calls
                continue
            piece = quarter if quarter.rows else quarter._replace(start=max(quarter.start, fresh))
            if (
                joined
                and between <= _A_QUERY * partitions
                and joined.calls + between + piece.calls <= _JOINED * partitions
            ):
                calls, rows = joined.calls + between + piece.calls, joined.rows + piece.rows
                joined = Stretch(piece.start, joined.end, calls, rows)
            else:
                if joined:
                    yield from split(joined, _APART * partitions)
                joined = piece
            between = 0
        if joined:
            yield from split(joined, _APART * partitions)

    def _read(
        self, selection: LogSelection, parts: Iterator[Stretch], needed: int, position: str | None
    ) -> Iterator[ModelCall]:
        """The rows of some parts; of as many as should hold what is needed, the reading is begun together."""
        begun: deque[tuple[Stretch, Callable[[], Part]]] = deque()
        while True:
            while not begun or (needed > 0 and sum(part.calls for part, _ in begun) < _AT_ONCE):
                part = next(parts, None)
                if part is None:
                    break
                first, last = keys.from_second(part.start), keys.through_second(part.end - 1)
                if position:
                    last = min(last, position)
                if first > last:
                    continue
                begun.append((part, self.calls.begin(selection.user_did, first, last)))
                needed -= part.rows
            if not begun:
                return
            part, reading = begun.popleft()
            rows = [call for call in reading().calls if call.call_time_id != position and selection.holds(call)]
            needed += part.rows - len(rows)
            yield from rows
