"""The aggregation of a section of a call day: sums of its calls, compared with its counters, become its aggregates.

What was ingested through a day that has ended does not change any more. So neither does what the calls added up to at
that moment, which the archive tells, nor the sum of the old aggregate and the live counters of the days until then,
once a barrier has come through. The two are compared, slot by slot, and the new aggregate is what both say.

Where they differ, either something was lost on its way to the counters or to the archive, or the archive began later.
Then calls and counters are compared as they are now: the counters are read, and the calls of the same second. A series
is settled when the two are equal: the new aggregate is the sum of its calls less the live counters that were ingested
since. Where they differ by the same behind another barrier, nothing was under way: the counters are wrong
(CounterDrift), and the calls are right.

By hand everything is compared as it is now, so that a change of today that was not counted is found, too.

A day that has not ended, or whose calls have begun to expire, is not compared: its aggregate is the sum of its
counters.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain

from aws_lambda_powertools import Logger

from ledger.aggregates.aggregate_writes import AggregateWriter
from ledger.aggregates.call_sums import CallSums
from ledger.aggregates.comparison import Compared, beside
from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.day_slots import DaySlots, Slots
from ledger.aggregates.sections import Section
from ledger.archive import freshness, reader
from ledger.archive.manifest import Manifest
from ledger.aws.concurrency import ParallelQueries
from ledger.calls.calls_table import Calls
from ledger.core import exact_json
from ledger.core.moments import DAY, TimeLeft, day_start, iso
from ledger.core.scopes import Scope
from ledger.counting import watermark
from ledger.counting.barrier import Barrier, TooFarBehind
from ledger.counting.live_counters import LiveCounter
from ledger.counting.measures import Measures
from ledger.counting.series import ScopedSeries, Series

NEEDED = 60.0
"""Seconds that must be left for another reading to begin."""
PAUSE = 5.0

logger = Logger()


@dataclass(frozen=True)
class Aggregated:
    """A section that was aggregated: how many series it has, how many were replaced, and how many had drifted."""

    series: int
    replaced: int
    drifted: int


@dataclass(frozen=True)
class Aggregation:
    """Aggregates sections. Each may be aggregated again at any time, and by two at once."""

    calls: Calls
    counters: CounterTable
    manifest: Manifest
    sums: CallSums
    barrier: Barrier

    def aggregate(self, section: Section, through: str, time_left: TimeLeft, *, now: bool = False) -> Aggregated:
        """Aggregate what was ingested through a day that has ended. A barrier behind that has been counted.

        Everything is compared as it is `now`, where that is asked. Raises TooFarBehind.
        """
        now = now and self._is_compared(section.day, through)
        compared = self._compared_now(section, through, time_left) if now else self._compared(section, through)
        aggregates = {one.scoped_series: one.aggregate for one in compared if not one.drift}
        differing = {one.scoped_series: one for one in compared if one.drift}
        drifted = 0
        if differing:
            settled, drifted = self._settle(section, through, differing, differing if now else {}, time_left)
            aggregates |= settled
        replaced = [one for one in compared if not one.is_held(aggregates[one.scoped_series])]
        scopes: dict[Scope, dict[Series, Slots]] = {one.scope: {} for one in replaced}
        for one in compared:
            if one.scope in scopes:
                scopes[one.scope][one.series] = aggregates[one.scoped_series]
        AggregateWriter(self.counters).replace(section.day, through, scopes)
        return Aggregated(len(compared), len(replaced), drifted)

    def _compared(self, section: Section, through: str) -> list[Compared]:
        """The calls and the counters of a section, of what was ingested through a day. They do not change any more."""
        pending = watermark.read(self.counters.table).pending
        live = self._live(section, [day for day in pending if day <= through])
        sums = None
        if self._is_compared(section.day, through):
            end = day_start(through) + DAY
            snapshot = reader.snapshot(self.manifest, section.day, section.day, since=end)
            sums = self.sums.ingested_before(section, snapshot, end)
        return beside(sums, self._existing(section), live, through)

    def _is_compared(self, day: str, through: str) -> bool:
        return day <= through and day_start(day) > self.calls.expired(int(time.time()))

    def _settle(
        self,
        section: Section,
        through: str,
        differing: Collection[ScopedSeries],
        before: Mapping[ScopedSeries, Compared],
        time_left: TimeLeft,
    ) -> tuple[dict[ScopedSeries, Slots], int]:
        """The new aggregates of series whose calls and counters differ, and how many of these had drifted.

        `before` are the series as they were when they were last compared as they are now.
        """
        settled: dict[ScopedSeries, Slots] = {}
        drifted = 0
        while len(settled) < len(differing):
            self.barrier.pass_through(lambda: time_left() - NEEDED)
            compared = {one.scoped_series: one for one in self._compared_now(section, through, time_left)}
            for scoped in differing:
                if scoped in settled:
                    continue
                one = compared.get(scoped)
                if one is None:
                    settled[scoped] = {}
                elif not one.drift:
                    settled[scoped] = one.aggregate
                elif (seen := before.get(scoped)) and (seen.calls, seen.counters) == (one.calls, one.counters):
                    settled[scoped] = one.aggregate
                    drifted += 1
                    _report(section.day, one)
            before = compared
        return settled, drifted

    def _compared_now(self, section: Section, through: str, time_left: TimeLeft) -> list[Compared]:
        """The counters of a section, and its calls at the second at which they were read."""
        while True:
            second = int(time.time())
            live = list(self._live(section, watermark.read(self.counters.table).pending))
            existing = list(self._existing(section))
            while freshness.read(self.manifest.table).as_of < second:
                if time_left() < NEEDED:
                    raise TooFarBehind(f"the archive has not reached {iso(second)} yet")
                time.sleep(PAUSE)
            snapshot = reader.snapshot(self.manifest, section.day, section.day)
            if all(day.read_until <= second for day in snapshot.days):
                sums = self.sums.as_of(section, replace(snapshot, as_of=second))
                return beside(sums, existing, live, through)

    def _live(self, section: Section, days: Iterable[str]) -> Iterable[LiveCounter]:
        return ParallelQueries(chain.from_iterable(self.counters.live_of_section(section, day) for day in days))

    def _existing(self, section: Section) -> Iterable[DaySlots]:
        return ParallelQueries(self.counters.slots_of_section(section))


def _report(day: str, one: Compared) -> None:
    sums = Measures.sum(one.drift.values()).to_dict()
    drift = {name: exact_json.plain(value) for name, value in sums.items() if value}
    logger.error("CounterDrift", day=day, scope=str(one.scope), series=one.series, drift=drift)
