"""Writing the aggregates of a day: totals, day cuts and slots, in an order that leaves no wrong figure behind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.aggregates import day_cuts, day_slots, period_totals
from ledger.aggregates.comparison import Part
from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.day_slots import DaySlots, Slots
from ledger.aggregates.packs import Pack
from ledger.aggregates.period_totals import PeriodTotals
from ledger.aws import dynamodb_writes
from ledger.aws.retries import CapacityExceeded
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Series


@dataclass(frozen=True)
class AggregateWriter:
    """The table."""

    counters: CounterTable

    def replace(self, day: str, through: str, parts: Mapping[Part, Mapping[Series, Slots]]) -> None:
        """Replace the aggregates of some parts of scopes by those of what was ingested through a day.

        The slots are written last: by them a run that begins again sees that all totals of a part are written.
        Raises CapacityExceeded.
        """
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
            if dynamodb_writes.put_many(self.counters.table, [*week.chunks, week.head]):
                raise CapacityExceeded(self.counters.table)
            self.counters.sweep(week)
            days, before = self.counters.days_of_week(scope, part, day), days
            if days == before:
                return

    def _put(self, aggregates: Iterable[Pack], swept: Sequence[Pack]) -> None:
        """Write packs. Of those in `swept`, remove the chunks that they no longer name."""
        self.counters.put_newer(list(aggregates))
        for pack in swept:
            self.counters.sweep(pack)
