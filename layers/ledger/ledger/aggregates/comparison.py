"""The calls of a day beside its counters, for every series of every scope."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain

from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.day_slots import DaySlots, Slots
from ledger.aggregates.sections import divided
from ledger.archive.hot_days import HotDays
from ledger.aws.concurrency import ParallelQueries, pages_as_completed
from ledger.calls.calls_table import Calls
from ledger.core import keys
from ledger.core.moments import DAY, QUARTER_HOUR, day_start
from ledger.core.scopes import Scope
from ledger.counting.live_counters import LiveCounter
from ledger.counting.measures import Measures
from ledger.counting.series import ScopedSeries, Series, added_up, counted, finest

PAGE = 500
"""Calls of each shard that are read at a time. It bounds how many are in memory together."""

type Addends = defaultdict[ScopedSeries, list[tuple[int, Measures]]]
"""What is to be added up for each series, with the slots that it belongs to."""


@dataclass(frozen=True)
class Compared:
    """A series of a scope on one day.

    `calls` is the sum of its calls, None where the day is not compared. `counters` is the sum of the `existing`
    aggregate and of the live counters ingested since. `later` is the part of it that was ingested after the day of
    ingestion through which the day is to be aggregated.
    """

    scope: Scope
    series: Series
    calls: Slots | None
    counters: Slots
    later: Slots
    existing: Slots
    ingested: bool
    """Whether there are live counters that are not in `existing` and will be in its successor."""

    @property
    def scoped_series(self) -> ScopedSeries:
        return self.scope, self.series

    @property
    def drift(self) -> dict[int, Measures]:
        """The calls less the counters, in the slots where the two differ."""
        return {} if self.calls is None else _difference(self.calls, self.counters)

    @property
    def aggregate(self) -> Slots:
        """What the new aggregate has to hold of the series."""
        return _difference(self.counters if self.calls is None else self.calls, self.later)

    def is_held(self, aggregate: Slots) -> bool:
        """Whether the existing aggregate is the same already, and complete through the same day of ingestion."""
        return not self.ingested and aggregate == self.existing


def compare(
    calls: Calls | None, counters: CounterTable, day: str, through: str, days: Collection[str]
) -> list[Compared]:
    """Every series that has calls or counters on a UTC day. `days` are the days of ingestion with live counters.

    The counters are not compared with calls where none are given, or where the day is cold.
    """
    start = day_start(day)
    sums = None
    if calls and start >= HotDays(calls, counters.table).since(int(time.time())):
        sums = _sums_of_calls(calls, start, start + DAY - 1)
    compared: list[Compared] = []
    for section in divided(day):
        aggregates = ParallelQueries(counters.slots_of_section(section))
        live = ParallelQueries(chain.from_iterable(counters.live_of_section(section, of) for of in days))
        ours = sums if sums is None else {one: sums[one] for one in sums if section.has(one[0])}
        compared += beside(ours, aggregates, live, through)
    return compared


def beside(
    sums: Mapping[ScopedSeries, Slots] | None,
    aggregates: Iterable[DaySlots],
    live: Iterable[LiveCounter],
    through: str,
) -> list[Compared]:
    """Every series of a section that is in the sums of its calls, in its aggregates, or in its live counters.

    Scopes are left out whose aggregate has more than what was ingested through a day: a later night was here.
    """
    held_through: dict[Scope, str] = {}
    existing: dict[ScopedSeries, Slots] = {}
    for of_scope in aggregates:
        held_through[of_scope.scope] = of_scope.through
        existing |= {(of_scope.scope, series): slots for series, slots in of_scope.slots().items()}
    held: Addends = defaultdict(list)
    later: Addends = defaultdict(list)
    ingested: set[ScopedSeries] = set()
    for scoped, slots in existing.items():
        held[scoped] += slots.items()
    for counter in live:
        scoped = counter.scope, counter.series
        if counter.ingestion_day > held_through.get(counter.scope, ""):
            held[scoped] += counter.slots.items()
            if counter.ingestion_day <= through:
                ingested.add(scoped)
        if counter.ingestion_day > through:
            later[scoped] += counter.slots.items()
    all_series: set[ScopedSeries] = {*held, *(sums or ())}
    return [
        Compared(
            *scoped,
            calls=None if sums is None else sums.get(scoped, {}),
            counters=added_up(held.get(scoped, ())),
            later=added_up(later.get(scoped, ())),
            existing=existing.get(scoped, {}),
            ingested=scoped in ingested,
        )
        for scoped in all_series
        if held_through.get(scoped[0], "") <= through
    ]


def _sums_of_calls(calls: Calls, start: int, end: int) -> dict[ScopedSeries, dict[int, Measures]]:
    """The sums of the calls between two seconds, for each series. They are added up page by page: no call is kept."""
    sums: defaultdict[ScopedSeries, dict[int, Measures]] = defaultdict(dict)
    counted_in = cache(counted)
    for page in pages_as_completed(calls.of_shards(keys.from_second(start), keys.through_second(end), page=PAGE)):
        of_page: Addends = defaultdict(list)
        for call in page:
            addend = call.call_time // QUARTER_HOUR * QUARTER_HOUR, Measures.of(call)
            for scoped in counted_in(finest(call)):
                of_page[scoped].append(addend)
        for scoped, addends in of_page.items():
            slots = sums[scoped]
            for slot, measures in added_up(addends).items():
                slots[slot] = slots[slot] + measures if slot in slots else measures
    return sums


def _difference(these: Slots, those: Slots) -> dict[int, Measures]:
    """Slot by slot; a slot without a difference is left out."""
    if these == those:
        return {}
    found = added_up(chain(these.items(), ((start, -measures) for start, measures in those.items())))
    return {start: measures for start, measures in found.items() if measures}
