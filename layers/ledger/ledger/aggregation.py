"""The daily run: the aggregates of the call days that a day of ingestion touched, computed anew from the calls.

A barrier in the stream makes sure that the counters have everything that was ingested through the ended day. But calls
change while they are read. So a series is settled when, at one reading, its counters agree with its calls: what was
ingested after the ended day is known then, and left out. While some disagree the day is read again. Where they disagree
alike before and after another barrier, nothing was under way: it is a defect of the counters (CounterDrift), and the
calls are right.

A call day that is still under way changes too much for that, and few of its calls are ingested on the day before. Its
counters are added up, and compared the night after. So are those of a day whose calls have begun to expire.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from ledger import dynamodb, keys, progress, writes
from ledger.barrier import await_barrier, raise_barrier
from ledger.calls import Calls
from ledger.comparison import Compared, Place, Slots, compare
from ledger.counter_table import CounterTable
from ledger.day_slots import DaySlots
from ledger.day_totals import SURELY_FIT, DayTotals
from ledger.dynamodb import Wave
from ledger.measures import Measures
from ledger.views import Series

NEEDED = 60.0
"""Seconds that must be left to begin a reading."""
_LONGEST_PAUSE = 20.0

logger = Logger()


class Unfinished(Exception):
    """Time ran out; the same run goes on where it stopped."""


@dataclass(frozen=True)
class Rebuilt:
    """A call day whose aggregates are as the calls say: how many series it has, were replaced, and had drifted."""

    day: str
    series: int
    replaced: int
    drifted: int


@dataclass(frozen=True)
class Aggregation:
    """Times in seconds.

    While its counters disagree with its calls, a day is read again for as long as `patience`, then behind a barrier
    each time. `settling` lies between the last aggregate and the watermark, so that no eventually consistent reader
    finds the second before the first.
    """

    calls: Calls
    counters: CounterTable
    patience: float
    settling: float
    time_left: Callable[[], float]

    def run(self, through: str) -> list[Rebuilt]:
        """Aggregate everything ingested through a day that has ended, then say so. Raises Unfinished."""
        self._await_stream()
        table = self.counters.table
        ended = [day for day in progress.read(table).pending if day <= through]
        rebuilt: list[Rebuilt] = []
        for day in sorted(self._touched(ended) - progress.rebuilt(table, through)):
            rebuilt.append(self._rebuild(day, through))
            progress.note_rebuilt(table, through, day, int(time.time()))
        time.sleep(self.settling)
        progress.finish(table, through)
        return rebuilt

    def rebuild(self, days: Sequence[str], through: str) -> list[Rebuilt]:
        """Replace the aggregates of some call days by what was ingested of them through a day that has ended.

        Raises Unfinished.
        """
        self._await_stream()
        return [self._rebuild(day, through) for day in days]

    def _await_stream(self) -> None:
        """Until everything that was ingested before this moment has been counted."""
        name = raise_barrier(self.calls.table)
        if not await_barrier(self.counters.table, name, lambda: self.time_left() - NEEDED):
            raise Unfinished("the stream is too far behind")

    def _rebuild(self, day: str, through: str) -> Rebuilt:
        give_up = time.monotonic() + self.patience
        pause = 0.5
        settled: dict[Place, DaySlots] = {}
        before: dict[Place, tuple[Slots | None, Slots]] = {}
        drifted = 0
        while True:
            compared = self._compare(day, through)
            disagreeing = [one for one in compared if one.place not in settled and one.drift]
            lasting = [one for one in disagreeing if before.get(one.place) == (one.calls, one.counters)]
            for one in lasting:
                drift = Measures.sum(one.drift.values())
                logger.error("CounterDrift", day=day, scope=one.scope, series=one.series, drift=drift)
            drifted += len(lasting)
            unsettled = {one.place for one in disagreeing} - {one.place for one in lasting}
            for one in compared:
                if one.place not in settled and one.place not in unsettled:
                    settled[one.place] = one.aggregate(day, through)
            if not unsettled:
                break
            if time.monotonic() + pause <= give_up:
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                before = {one.place: (one.calls, one.counters) for one in disagreeing}
                self._await_stream()
        replaced = [settled[one.place] for one in compared if not one.is_held(settled[one.place])]
        self._replace(day, through, settled, replaced)
        return Rebuilt(day, len(compared), len(replaced), drifted)

    def _touched(self, ingestion_days: Collection[str]) -> set[str]:
        """The call days that were ingested on these days: everybody's counters are there even where nothing changed."""
        last = keys.day_start("2100-01-01")
        queries = (query for day in ingestion_days for query in self.counters.live(keys.ALL, day, 0, last))
        return {counter.call_day for counter in Wave(queries)}

    def _compare(self, day: str, through: str) -> Sequence[Compared]:
        if self.time_left() < NEEDED:
            raise Unfinished(f"{day}, through {through}")
        days = progress.read(self.counters.table).pending
        is_under_way = day > through
        return compare(None if is_under_way else self.calls, self.counters, day, through, days)

    def _replace(self, day: str, through: str, settled: Mapping[Place, DaySlots], replaced: Sequence[DaySlots]) -> None:
        """Each thing after what it presupposes. The slots come last: they tell a run that begins anew that the totals
        of their scope are written too.
        """
        parts = {_part(slots) for slots in replaced}
        measures: defaultdict[tuple[str, int], dict[Series, Measures]] = defaultdict(dict)
        for slots in settled.values():
            if _part(slots) in parts:
                measures[_part(slots)][slots.series] = slots.total
        totals = [DayTotals(scope, part, day, through, of_part) for (scope, part), of_part in measures.items()]
        items = [of_part.to_items() for of_part in totals]
        self._put(chunk for _, chunks in items for chunk in chunks)
        self._put(head for head, _ in items)
        for of_part, (_, chunks) in zip(totals, items, strict=True):
            if len(of_part.measures) > SURELY_FIT:
                self.counters.sweep(of_part, chunks)
        self._put(slots.to_item() for slots in replaced)

    def _put(self, items: Iterable[dynamodb.Item]) -> None:
        if writes.put_many(self.counters.table, list(items)):
            raise dynamodb.CapacityExceeded(self.counters.table)


def _part(slots: DaySlots) -> tuple[str, int]:
    return slots.scope, keys.aggregate_part(slots.scope, slots.series.user_did)
