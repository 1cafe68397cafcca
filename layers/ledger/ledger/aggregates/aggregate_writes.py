"""Writing the aggregates of a day: totals, day cuts and slots, in an order that leaves no wrong figure behind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger.aggregates import day_cuts, day_slots, day_totals
from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.day_slots import DaySlots, Slots
from ledger.aggregates.day_totals import DayTotals
from ledger.aggregates.packs import Pack
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Series


@dataclass(frozen=True)
class AggregateWriter:
    """The table."""

    counters: CounterTable

    def replace(self, day: str, through: str, scopes: Mapping[Scope, Mapping[Series, Slots]]) -> None:
        """Replace the aggregates of some scopes by those of what was ingested through a day.

        The slots are written last: by them a run that begins again sees that all totals of a scope are written.
        Raises CapacityExceeded.
        """
        totals = {
            scope: DayTotals(
                scope, day, through, {series: Measures.sum(of.values()) for series, of in slots.items()}
            ).to_pack()
            for scope, slots in scopes.items()
        }
        self._put(totals.values(), [totals[scope] for scope in scopes if len(scopes[scope]) > day_totals.SURELY_FIT])
        if EVERYBODY in scopes:
            everybody = scopes[EVERYBODY]
            cuts = [cut.to_pack() for cut in day_cuts.cuts(EVERYBODY, day, through, everybody)]
            self._put(cuts, cuts if len(everybody) > day_cuts.SURELY_FIT else ())
        slots = {scope: DaySlots.of(scope, day, through, of).to_pack() for scope, of in scopes.items()}
        self._put(slots.values(), [slots[scope] for scope in scopes if len(scopes[scope]) > day_slots.SURELY_FIT])

    def _put(self, aggregates: Iterable[Pack], swept: Sequence[Pack]) -> None:
        """Write packs. Of those in `swept`, remove the chunks that they no longer name."""
        self.counters.put_newer(list(aggregates))
        for pack in swept:
            self.counters.sweep(pack)
