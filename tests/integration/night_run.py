"""The night as its state machine runs it, in one process."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledger.aggregates.aggregation import Aggregation
from ledger.aggregates.call_sums import CallSums
from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.night_plan import Night, NightPlan, Planned
from ledger.archive import publication
from ledger.archive.day_archiver import DayArchiver
from ledger.archive.hot_days import HotDays
from ledger.archive.manifest import Manifest
from ledger.aws.s3 import S3Bucket
from ledger.calls.calls_table import Calls
from ledger.core.moments import DAY, TimeLeft, utc_day
from ledger.counting import watermark
from ledger.counting.barrier import Barrier


@dataclass
class Aggregated:
    """A call day that a night aggregated: how many series were replaced, and how many had drifted."""

    day: str
    replaced: int = 0
    drifted: int = 0


class NightRun:
    """`wait` lets the archive come further."""

    def __init__(
        self,
        calls: Calls,
        counters: CounterTable,
        bucket: S3Bucket,
        barrier: Barrier,
        wait: Callable[[], None],
        time_left: TimeLeft,
    ) -> None:
        self.table, self.barrier, self.wait, self.time_left = counters.table, barrier, wait, time_left
        self.bucket = bucket
        self.manifest = Manifest(counters.table)
        self.plan = NightPlan(counters, self.manifest, HotDays(calls, counters.table), settling=0)
        self.day_archiver = DayArchiver(calls, bucket, self.manifest)
        self.aggregation = Aggregation(calls, counters, self.manifest, CallSums(bucket), barrier)

    def run(self, days: Sequence[str] = ()) -> list[Aggregated]:
        """Run the night through yesterday, or for these days, from its beginning to its end."""
        done: dict[str, Aggregated] = {}
        for _ in self.steps(begun(days), done):
            pass
        return list(done.values())

    def steps(self, night: Night, done: dict[str, Aggregated]) -> Iterator[None]:
        """Take one step after the other, until nothing is left to do. What was aggregated is added to `done`."""
        self.barrier.pass_through(self.time_left)
        yield
        while not (planned := self.plan.next(night)).is_done:
            yield
            yield from self._archive(planned)
            for section in planned.sections:
                found = self.aggregation.aggregate(section, night.through, self.time_left, now=night.is_by_hand)
                of_day = done.setdefault(section.day, Aggregated(section.day))
                of_day.replaced += found.replaced
                of_day.drifted += found.drifted
                yield
                watermark.note_rebuilt(self.table, night.name, section.name, int(time.time()))

    def _archive(self, planned: Planned) -> Iterator[None]:
        for part in planned.parts:
            self.day_archiver.write(part, planned.generation)
            yield
        for day in planned.days:
            while not publication.publish(self.manifest, self.bucket, day, planned.generation):
                self.wait()
            yield


def begun(days: Sequence[str]) -> Night:
    """A night that begins now."""
    now = time.time()
    return Night(utc_day(now - DAY), list(days) or None, int(now))


def taken(steps: Iterator[None], number: int | None) -> bool:
    """Take so many steps, or all (None). Returns whether there are no more."""
    return sum(1 for _ in itertools.islice(steps, number)) != number
