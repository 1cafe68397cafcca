"""The nightly run: the aggregates of the call days that a day of ingestion changed are computed anew from the calls.

A barrier in the stream makes sure that everything ingested through the ended day is counted. But calls change while
they are read. So a series is settled when, at one reading, its counters equal its calls: the live counters then say
what was ingested after the ended day, and that is left out of the aggregate. While some series differ, the day is read
again. Where they differ by the same before and after another barrier, nothing was under way: the counters are wrong
(CounterDrift), and the calls are right.

A call day that has not ended changes too much for that, and few of its calls were ingested the day before. Its
aggregate is the sum of its counters, and is compared the next night. The same holds for a day whose calls have begun to
expire.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from aws_lambda_powertools import Logger

from ledger.aggregates import day_cuts, day_slots, period_totals
from ledger.aggregates.comparison import Compared, Part, compare
from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.day_slots import DaySlots, Slots
from ledger.aggregates.packs import Pack
from ledger.aggregates.period_totals import PeriodTotals
from ledger.aws import dynamodb_writes, retries
from ledger.calls.calls_table import Calls
from ledger.core import exact_json
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting import watermark
from ledger.counting.barrier import Barrier
from ledger.counting.measures import Measures
from ledger.counting.series import ScopedSeries, Series

NEEDED = 60.0
"""Seconds that must be left for another reading of a day to begin."""
_LONGEST_PAUSE = 20.0

logger = Logger()


class Unfinished(Exception):
    """Time ran out. The same run, started again, resumes where it stopped."""


@dataclass(frozen=True)
class Rebuilt:
    """A call day that was aggregated: how many series it has, how many were replaced, and how many had drifted."""

    day: str
    series: int
    replaced: int
    drifted: int


@dataclass(frozen=True)
class Aggregation:
    """One nightly run. Times are in seconds.

    While its counters differ from its calls, a day is read again for `patience`, and from then on behind a barrier
    each time. `settling` is the pause between the last aggregate and the watermark, so that no eventually consistent
    reader sees the watermark before the aggregate.
    """

    calls: Calls
    counters: CounterTable
    barrier: Barrier
    patience: float
    settling: float
    time_left: Callable[[], float]

    def run(self, through: str) -> list[Rebuilt]:
        """Aggregate everything ingested through a day that has ended, then move the watermark. Raises Unfinished."""
        self._await_stream()
        table = self.counters.table
        ended = [day for day in watermark.read(table).pending if day <= through]
        rebuilt: list[Rebuilt] = []
        for day in sorted(self.counters.touched(ended) - watermark.rebuilt(table, through)):
            rebuilt.append(self._rebuild(day, through))
            watermark.note_rebuilt(table, through, day, int(time.time()))
        time.sleep(self.settling)
        watermark.finish(table, through)
        return rebuilt

    def rebuild(self, days: Sequence[str], through: str) -> list[Rebuilt]:
        """Compute the aggregates of some call days anew, of everything ingested through a day that has ended.

        Raises Unfinished.
        """
        self._await_stream()
        return [self._rebuild(day, through) for day in days]

    def _await_stream(self) -> None:
        """Wait until everything that was ingested before this moment is counted. Raises Unfinished."""
        if not self.barrier.pass_through(lambda: self.time_left() - NEEDED):
            raise Unfinished("the stream is too far behind")

    def _rebuild(self, day: str, through: str) -> Rebuilt:
        give_up = time.monotonic() + self.patience
        pause = 0.5
        settled: dict[ScopedSeries, Slots] = {}
        before: dict[ScopedSeries, tuple[Slots | None, Slots]] = {}
        drifted = 0
        while True:
            compared = self._compare(day, through)
            disagreeing = [one for one in compared if one.scoped_series not in settled and one.drift]
            lasting = [one for one in disagreeing if before.get(one.scoped_series) == (one.calls, one.counters)]
            for one in lasting:
                sums = Measures.sum(one.drift.values()).to_dict()
                drift = {name: exact_json.plain(value) for name, value in sums.items() if value}
                logger.error("CounterDrift", day=day, scope=str(one.scope), series=one.series, drift=drift)
            drifted += len(lasting)
            unsettled = {one.scoped_series for one in disagreeing} - {one.scoped_series for one in lasting}
            for one in compared:
                if one.scoped_series not in settled and one.scoped_series not in unsettled:
                    settled[one.scoped_series] = one.aggregate
            if not unsettled:
                break
            if time.monotonic() + pause <= give_up:
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                before = {one.scoped_series: (one.calls, one.counters) for one in disagreeing}
                self._await_stream()
        replaced = [one for one in compared if not one.is_held(settled[one.scoped_series])]
        parts = {one.part for one in replaced}
        of_parts: defaultdict[Part, dict[Series, Slots]] = defaultdict(dict)
        for one in compared:
            if one.part in parts:
                of_parts[one.part][one.series] = settled[one.scoped_series]
        self._replace(day, through, of_parts)
        return Rebuilt(day, len(compared), len(replaced), drifted)

    def _compare(self, day: str, through: str) -> Sequence[Compared]:
        if self.time_left() < NEEDED:
            raise Unfinished(f"{day}, through {through}")
        days = watermark.read(self.counters.table).pending
        is_under_way = day > through
        return compare(None if is_under_way else self.calls, self.counters, day, through, days)

    def _replace(self, day: str, through: str, parts: Mapping[Part, Mapping[Series, Slots]]) -> None:
        """The slots are written last: by them a run that begins again sees that all totals of a part are written."""
        totals = {
            part: PeriodTotals.of_day(
                *part, day, through, {series: Measures.sum(of.values()) for series, of in of_part.items()}
            ).to_pack()
            for part, of_part in parts.items()
        }
        self._put(totals.values(), [totals[part] for part in parts if len(parts[part]) > period_totals.SURELY_FIT])
        for (scope, part), of_part in parts.items():
            if scope.is_board:
                self._replace_week(scope, part, day)
            if scope == EVERYBODY:
                cuts = [cut.to_pack() for cut in day_cuts.cuts(scope, part, day, through, of_part)]
                self._put(cuts, cuts if len(of_part) > day_cuts.SURELY_FIT else ())
        slots = {part: DaySlots.of(*part, day, through, of_part).to_pack() for part, of_part in parts.items()}
        self._put(slots.values(), [slots[part] for part in parts if len(parts[part]) > day_slots.SURELY_FIT])

    def _replace_week(self, scope: Scope, part: int, day: str) -> None:
        """Add up the days of a week, and once more where another run has replaced one of them in the meantime."""
        days = self.counters.days_of_week(scope, part, day)
        while True:
            week = PeriodTotals.of_week(days).to_pack()
            self._put([week], [week])
            days, before = self.counters.days_of_week(scope, part, day), days
            if days == before:
                return

    def _put(self, packs: Collection[Pack], swept: Iterable[Pack]) -> None:
        """Write packs. Of those in `swept`, remove the chunks that they no longer name."""
        for items in ([chunk for pack in packs for chunk in pack.chunks], [pack.head for pack in packs]):
            if dynamodb_writes.put_many(self.counters.table, items):
                raise retries.CapacityExceeded(self.counters.table)
        for pack in swept:
            self.counters.sweep(pack)
