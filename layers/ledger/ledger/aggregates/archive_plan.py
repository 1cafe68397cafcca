"""The plan of a night in the archive: which days are to be written, in which parts, and when the night is done."""

import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.day_slots import DaySlots
from ledger.archive import freshness, parts
from ledger.archive.manifest import Manifest
from ledger.archive.parts import Part
from ledger.aws.concurrency import ParallelQueries
from ledger.core import keys
from ledger.core.moments import DAY, day_start, utc_day
from ledger.core.scopes import EVERYBODY
from ledger.counting import watermark

MOST_PARTS = 1_000
"""Parts of one plan: what Step Functions passes from a step to the next has at most 256 KB."""


@dataclass(frozen=True)
class Planned:
    """What is to be done before the next plan is made. Nothing where everything is done."""

    generation: str
    parts: Sequence[Part]

    @property
    def days(self) -> list[str]:
        return list(dict.fromkeys(part.day for part in self.parts))


@dataclass(frozen=True)
class ArchivePlan:
    """The counters, which say what was ingested, and the archive, which has the calls of so many days."""

    counters: CounterTable
    manifest: Manifest
    retention_days: int

    def of_days(self, days: Collection[str], since: int) -> Planned:
        """What is to be done so that the files of some call days have everything ingested before a Unix second."""
        generation = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}"
        written = {day.day: day.read_at for day in self.manifest.days(min(days), max(days))} if days else {}
        planned: list[Part] = []
        for day in sorted(day for day in days if written.get(day, 0) < since):
            of_day = parts.divided(day, self._calls(day))
            if planned and len(planned) + len(of_day) > MOST_PARTS:
                break
            planned += of_day
        return Planned(generation, planned)

    def of_night(self, through: str) -> Planned:
        """What is to be done for everything ingested through a day that has ended, and is counted.

        Where nothing is left to do, the night is noted as done.
        """
        before = freshness.through(self.manifest.table)
        ended = {day for day in watermark.read(self.counters.table).days if before < day <= through}
        planned = self.of_days(self.counters.touched(ended), day_start(through) + DAY)
        if not planned.parts and before < through:
            self._finish(before, through)
        return planned

    def _finish(self, before: str, through: str) -> None:
        """Remove what is no longer needed, and note that the night is done.

        Readers need the change files of the last day that is done, for what was read early on the next.
        """
        oldest = day_start(before or through) - 2 * DAY
        for start in range(oldest, day_start(through) - DAY, DAY):
            self.manifest.forget_changes(self.manifest.changes(utc_day(start)))
        self.manifest.forget_days(utc_day(time.time() - self.retention_days * DAY))
        freshness.finish(self.manifest.table, through)

    def _calls(self, day: str) -> dict[int, int]:
        """The calls of each quarter hour of a day, as far as it is aggregated."""
        calls: defaultdict[int, int] = defaultdict(int)
        for aggregate in ParallelQueries(
            self.counters.named([(keys.aggregate_partition(EVERYBODY), keys.slots_bucket(day))])
        ):
            assert isinstance(aggregate, DaySlots)  # noqa: S101 - by its name
            for slots in aggregate.slots().values():
                for start, measures in slots.items():
                    calls[start] += measures.calls
        return calls
