"""What the calls of a day say, beside what the counters say of it, for every scope and series."""

import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from itertools import chain

from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.day_slots import Slots
from ledger.aws.dynamodb import Wave, as_they_come
from ledger.calls.calls_table import Calls
from ledger.core import keys
from ledger.core.moments import DAY, QUARTER_HOUR, day_start
from ledger.core.scopes import APPS, EVERYBODY, USERS, Scope
from ledger.counting.live_counters import LiveCounter
from ledger.counting.measures import Measures
from ledger.counting.series import ScopedSeries, Series, added_up, finest, on_board, views

PAGE = 500
"""Calls of each shard that are read at a time, so that few are in memory together."""

type Part = tuple[Scope, int]
"""A scope, and a part of its aggregates."""
type Addends = defaultdict[ScopedSeries, list[tuple[int, Measures]]]
"""What is to be added up for each place, with the slots that it is of."""


@dataclass(frozen=True)
class Compared:
    """A series of a scope on one day.

    The counters say what the `existing` aggregate holds and what was ingested since. `later` is the part of it that was
    ingested after the day of ingestion through which the day is to be aggregated. Without calls (None) the day is not
    compared.
    """

    scope: Scope
    series: Series
    calls: Slots | None
    counters: Slots
    later: Slots
    existing: Slots
    ingested: bool
    """Whether there are live counters that `existing` does not hold, and its successor does."""

    @property
    def place(self) -> ScopedSeries:
        return self.scope, self.series

    @property
    def drift(self) -> dict[int, Measures]:
        """What the calls say beyond the counters, in the slots where they disagree."""
        return {} if self.calls is None else _difference(self.calls, self.counters)

    @property
    def part(self) -> Part:
        """Where the series is aggregated."""
        return _part(self.scope, self.series)

    @property
    def aggregate(self) -> Slots:
        """What the aggregate has to say of the series."""
        return _difference(self.counters if self.calls is None else self.calls, self.later)

    def is_held(self, aggregate: Slots) -> bool:
        """Whether the existing aggregate says the same, and nothing was ingested that it would have to say it holds."""
        return not self.ingested and aggregate == self.existing


def compare(
    calls: Calls | None, counters: CounterTable, day: str, through: str, days: Collection[str]
) -> list[Compared]:
    """Every series that has calls or counters on a UTC day. `days` are those of ingestion with live counters.

    Where no calls are given, and where they have begun to expire, there is nothing that the counters could be held to.
    """
    start = day_start(day)
    end = start + DAY - 1
    scopes = (EVERYBODY, APPS, USERS)
    live = Wave(chain.from_iterable(counters.live(scope, of, start, end) for scope in scopes for of in days))
    aggregates = Wave(counters.slots_of_day(day))
    said = _said(calls, start, end) if calls and start > calls.expired(int(time.time())) else None
    held_through: dict[Part, str] = {}
    existing: dict[ScopedSeries, Slots] = {}
    for of_part in aggregates:
        held_through[of_part.scope, of_part.part] = of_part.through
        existing |= {(of_part.scope, series): slots for series, slots in of_part.slots().items()}
    held: Addends = defaultdict(list)
    later: Addends = defaultdict(list)
    ingested: set[ScopedSeries] = set()
    for place, slots in existing.items():
        held[place] += slots.items()
    for counter in live:
        if counter.call_day == day:
            for place in _places(counter):
                if counter.ingestion_day > held_through.get(_part(*place), ""):
                    held[place] += counter.slots.items()
                    if counter.ingestion_day <= through:
                        ingested.add(place)
                if counter.ingestion_day > through:
                    later[place] += counter.slots.items()
    places: set[ScopedSeries] = {*held, *(said or ())}
    return [
        Compared(
            *place,
            calls=None if said is None else said.get(place, {}),
            counters=added_up(held.get(place, ())),
            later=added_up(later.get(place, ())),
            existing=existing.get(place, {}),
            ingested=place in ingested,
        )
        for place in places
    ]


def _said(calls: Calls, start: int, end: int) -> dict[ScopedSeries, dict[int, Measures]]:
    """What the calls between two seconds say of each view. They are added up page by page: none is kept."""
    said: defaultdict[ScopedSeries, dict[int, Measures]] = defaultdict(dict)
    places = cache(views)
    for page in as_they_come(calls.of_shards(keys.from_second(start), keys.through_second(end), page=PAGE)):
        of_page: Addends = defaultdict(list)
        for call in page:
            counted = call.call_time // QUARTER_HOUR * QUARTER_HOUR, Measures.of(call)
            for place in places(finest(call)):
                of_page[place].append(counted)
        for place, addends in of_page.items():
            slots = said[place]
            for slot, measures in added_up(addends).items():
                slots[slot] = slots[slot] + measures if slot in slots else measures
    return said


def _part(scope: Scope, series: Series) -> Part:
    return scope, keys.aggregate_part(scope, series.user_did)


def _places(counter: LiveCounter) -> list[ScopedSeries]:
    board = on_board(counter.scope)
    own = (counter.scope, counter.series)
    return [own, board] if board else [own]


def _difference(these: Slots, those: Slots) -> dict[int, Measures]:
    """Slot by slot; a slot without a difference is left out."""
    if these == those:
        return {}
    found = added_up(chain(these.items(), ((start, -measures) for start, measures in those.items())))
    return {start: measures for start, measures in found.items() if measures}
