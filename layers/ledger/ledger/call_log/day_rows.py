"""The rows of some days. Counters tell in which quarter hours they are, and the table has their calls.

Rows of cold days, and rows so rare that nearly each would take a read of its own, are found in the archive.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from ledger.call_log.counted_periods import CountedPeriod, estimated_reads, skip_rows, split, take_rows
from ledger.call_log.counts import CallCounts
from ledger.call_log.found import FindArchived, Found
from ledger.call_log.range_reads import RangeRead, start_read
from ledger.call_log.selection import LogSelection
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.errors import InvalidRequest


@dataclass(frozen=True)
class DayRows:
    """Finds rows of selections that counters distinguish (`CallFilter.is_counted`).

    The sizes decide what is read how. They change what a page costs, never what it shows.
    """

    calls: Calls
    counts: CallCounts
    archived: FindArchived
    hot_since: Callable[[int], int]
    """Returns, for a Unix second, since which second the table has every call."""
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
    most_queries: int = 64
    """Queries beyond which the archive is asked instead: twice what is under way at once."""

    def find(
        self,
        selection: LogSelection,
        days: Sequence[CountedPeriod],
        skipped: int,
        wanted: int,
        position: str | None = None,
    ) -> Found:
        """The rows of some days, newest first: all but the first `skipped`, or those after a position.

        They are at most `wanted`, and counted. What should be enough is read at once.
        """
        fresh = int(time.time()) - self.fresh
        rows: list[ModelCall] = []
        as_of: int | None = None
        while len(rows) < wanted:
            days, skipped = skip_rows(days, skipped)
            missing = wanted - len(rows)
            # It is not known how many rows of the period in which the position is come after it.
            chosen, days = take_rows(days, skipped + missing + (days[0].rows if position and days else 0), fresh)
            if not chosen:
                break
            if archived := self._of_archive(selection, chosen, skipped, missing, position):
                found, as_of = archived.rows, archived.as_of
                skipped = max(skipped - archived.count, 0)
            else:
                found, skipped = self._of_quarter_hours(selection, chosen, skipped, missing, position, fresh)
            rows += found
            position = None
        return Found(rows, len(rows), as_of)

    def _of_archive(
        self, selection: LogSelection, days: Sequence[CountedPeriod], skipped: int, wanted: int, position: str | None
    ) -> Found | None:
        """The rows of some days where the archive is to be asked for them. None where the table is."""
        is_cold = days[-1].start < self.hot_since(int(time.time()))
        partitions = self._partitions(selection)
        reads = estimated_reads(days, wanted, self.query_cost * partitions)
        if not is_cold and reads * partitions <= self.most_queries:
            return None
        of_days = replace(selection, start=days[-1].start, end=days[0].end)
        try:
            return self.archived(of_days, position, skipped, wanted)
        except InvalidRequest:  # too much for the archive, but the table has the rows, if more slowly
            if is_cold:
                raise
            return None

    def _of_quarter_hours(
        self,
        selection: LogSelection,
        days: Sequence[CountedPeriod],
        skipped: int,
        wanted: int,
        position: str | None,
        fresh: int,
    ) -> tuple[list[ModelCall], int]:
        """The rows of some days, and how many of the skipped ones they did not have."""
        quarters = [
            quarter
            for quarter in self.counts.quarter_hours(selection, days)
            if position is None or keys.from_second(quarter.start) <= position
        ]
        quarters, skipped = skip_rows(quarters, skipped)
        needed = skipped + wanted + (quarters[0].rows if position and quarters else 0)
        calls = self._read(selection, self._parts(selection, quarters, fresh), needed, position)
        passed = sum(1 for _ in islice(calls, skipped))
        return list(islice(calls, wanted)), skipped - passed

    def _partitions(self, selection: LogSelection) -> int:
        return self.calls.time_shards if selection.user_did is None else 1

    def _parts(self, selection: LogSelection, quarters: Iterable[CountedPeriod], fresh: int) -> Iterator[CountedPeriod]:
        """The parts of some quarter hours that may have rows, newest first, each as long as is worth a Query."""
        partitions = self._partitions(selection)
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
