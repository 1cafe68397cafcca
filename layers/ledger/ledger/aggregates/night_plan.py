"""The plan of a night: which days are to be archived and aggregated next, in which parts, and when it is done."""

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from ledger.aggregates import sections
from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.day_slots import DaySlots
from ledger.aggregates.sections import Section
from ledger.archive import freshness, parts
from ledger.archive.hot_days import HotDays
from ledger.archive.manifest import Manifest
from ledger.archive.parts import Part
from ledger.aws.concurrency import ParallelQueries
from ledger.core import keys
from ledger.core.moments import DAY, day_start, utc_day
from ledger.core.scopes import EVERYBODY
from ledger.counting import watermark

MOST = 1_000
"""Parts or sections of one plan: what Step Functions passes from a step to the next has at most 256 KB."""

type CallsOf = Callable[[str], Mapping[int, int]]
"""Returns the calls of each quarter hour of a day."""
type Gained = Mapping[str, Mapping[int, int]]
"""How many calls the slots of each call day gained, for every day of which something was ingested."""


@dataclass(frozen=True)
class Night:
    """What a run of the state machine is about: everything ingested through a day that has ended.

    `days` are the call days that it does by hand, None for those of which something was ingested since the last night.
    `began` is the Unix second at which it began.
    """

    through: str
    days: Sequence[str] | None
    began: int

    @property
    def is_by_hand(self) -> bool:
        return self.days is not None

    @property
    def name(self) -> str:
        """The name under which it notes what it has done. A night that is begun again goes on where it stopped."""
        return f"{self.through}#{self.began}" if self.is_by_hand else self.through


@dataclass(frozen=True)
class Planned:
    """What is to be done before the next plan is made: days to archive, or else sections to aggregate, or nothing."""

    generation: str = ""
    parts: Sequence[Part] = field(default_factory=list[Part])
    sections: Sequence[Section] = field(default_factory=list[Section])

    @property
    def days(self) -> list[str]:
        return list(dict.fromkeys(part.day for part in self.parts))

    @property
    def is_done(self) -> bool:
        return not self.parts and not self.sections


@dataclass(frozen=True)
class NightPlan:
    """The counters, which say what was ingested, and the archive, which has the calls of a time.

    `settling` is the pause in seconds between the last aggregate and the watermark, so that no eventually consistent
    reader sees the watermark before the aggregate.
    """

    counters: CounterTable
    manifest: Manifest
    hot_days: HotDays
    settling: float

    def next(self, night: Night) -> Planned:
        """What is to be done next. Where nothing is left, a night that was not begun by hand is noted as done.

        Everything that was ingested through its day has to be counted.
        """
        progress = watermark.read(self.counters.table)
        pending = [day for day in progress.pending if day <= night.through]
        gained = self.counters.ingested(pending)
        calls = partial(self._calls, gained=gained, aggregated=progress.through)
        ingested = sum(number for slots in gained.values() for number in slots.values())
        if night.days is not None:
            planned = self._to_archive(night.days, night.began, calls)
            return planned or self._to_aggregate(night, night.days, calls, ingested)
        archived = freshness.through(self.manifest.table)
        if archived < night.through:
            unarchived = [day for day in progress.days if archived < day <= night.through]
            days = gained if sorted(unarchived) == sorted(pending) else self.counters.ingested(unarchived)
            days = {*days, *self._unarchived(night.through)}
            if planned := self._to_archive(days, day_start(night.through) + DAY, calls):
                return planned
            self._finish_archive(archived, night.through)
        planned = self._to_aggregate(night, gained, calls, ingested)
        if planned.is_done:
            time.sleep(self.settling)
            watermark.finish(self.counters.table, night.through)
        return planned

    def _to_archive(self, days: Collection[str], since: int, calls: CallsOf) -> Planned | None:
        """The parts of some call days whose files have not everything ingested before a Unix second."""
        written = {day.day: day.read_at for day in self.manifest.days(min(days), max(days))} if days else {}
        planned: list[Part] = []
        for day in sorted(day for day in days if written.get(day, 0) < since):
            of_day = parts.divided(day, calls(day))
            if planned and len(planned) + len(of_day) > MOST:
                break
            planned += of_day
        if not planned:
            return None
        generation = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}"
        return Planned(generation, planned)

    def _unarchived(self, through: str) -> set[str]:
        """The days until this one that have calls, by everybody's aggregates, and are not archived.

        Their calls were all recorded before there was an archive.
        """
        first = utc_day(max(self.hot_days.calls.expired(int(time.time())) + DAY, 0))
        totals = self.counters.totals(EVERYBODY, first, through)
        counted = {of_day.day for of_day in totals if any(of_day.measures.values())}
        return counted - {day.day for day in self.manifest.days(first, through)}

    def _to_aggregate(self, night: Night, days: Collection[str], calls: CallsOf, ingested: int) -> Planned:
        """The sections of some call days that the night has not aggregated yet."""
        done = watermark.rebuilt(self.counters.table, night.name)
        left = (
            section
            for day in sorted(days)
            for section in sections.divided(day, sum(calls(day).values()), ingested)
            if section.name not in done
        )
        return Planned(sections=list(islice(left, MOST)))

    def _finish_archive(self, before: str, through: str) -> None:
        """Remove what is no longer needed, and note what is archived: everything ingested through a day, and cold days.

        Readers need the change files of the last day that is done, for what was read early on the next.
        """
        oldest = day_start(before or through) - 2 * DAY
        for start in range(oldest, day_start(through) - DAY, DAY):
            self.manifest.forget_changes(self.manifest.changes(utc_day(start)))
        now = int(time.time())
        self.manifest.forget_days(utc_day(now - self.hot_days.calls.retention))
        self.hot_days.note_cold(now)
        freshness.finish(self.manifest.table, through)

    def _calls(self, day: str, *, gained: Gained, aggregated: str) -> dict[int, int]:
        """The calls of each quarter hour of a day: those of its aggregate, and what it gained since."""
        calls: defaultdict[int, int] = defaultdict(int)
        has_gained = False
        for aggregate in ParallelQueries(
            self.counters.named([(keys.aggregate_partition(EVERYBODY), keys.slots_bucket(day))])
        ):
            assert isinstance(aggregate, DaySlots)  # noqa: S101 - by its name
            has_gained = aggregate.through > aggregated
            for slots in aggregate.slots().values():
                for start, measures in slots.items():
                    calls[start] += measures.calls
        if not has_gained:
            for start, number in gained.get(day, {}).items():
                calls[start] += number
        return calls
