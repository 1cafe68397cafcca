"""What the calls of a day say, beside what the counters say of it, for every scope and series."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain

from ledger import keys
from ledger.calls import Calls
from ledger.counter_table import CounterTable
from ledger.counters import LiveCounter
from ledger.day_slots import Slots
from ledger.days import QUARTER_HOUR
from ledger.dynamodb import Wave, threads
from ledger.measures import Measures
from ledger.model_call import ModelCall
from ledger.views import Series, board, finest, views

type Place = tuple[str, Series]
"""A scope, and a series in it."""
type Part = tuple[str, int]
"""A scope, and a part of its aggregates."""


@dataclass(frozen=True)
class Compared:
    """A series of a scope on one day.

    The counters say what the `existing` aggregate holds and what was ingested since. `later` is the part of it that was
    ingested after the day of ingestion through which the day is to be aggregated. Without calls (None) the day is not
    compared.
    """

    scope: str
    series: Series
    calls: Slots | None
    counters: Slots
    later: Slots
    existing: Slots
    ingested: bool
    """Whether there are live counters that `existing` does not hold, and its successor does."""

    @property
    def place(self) -> Place:
        return self.scope, self.series

    @property
    def drift(self) -> dict[int, Measures]:
        """What the calls say beyond the counters, in the slots where they disagree."""
        return {} if self.calls is None else _difference(self.calls, self.counters)

    @property
    def part(self) -> Part:
        """Where the series is aggregated."""
        return self.scope, keys.aggregate_part(self.scope, self.series.user_did)

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
    start = keys.day_start(day)
    end = start + keys.DAY - 1
    live_scopes = (keys.ALL, keys.APPS, keys.USERS)
    live = chain.from_iterable(counters.live(scope, of, start, end) for scope in live_scopes for of in days)
    counted = threads().map(partial(_counted, day), live)
    aggregates = list(Wave(counters.slots_of_day(day)))
    said = _said(calls, start, end) if calls and start > calls.expired(int(time.time())) else None
    held_through = {(of.scope, of.part): of.through for of in aggregates}
    existing: dict[Place, Slots] = {
        (of.scope, series): slots for of in aggregates for series, slots in of.slots().items()
    }
    held: defaultdict[Place, dict[int, Measures]] = defaultdict(dict)
    later: defaultdict[Place, dict[int, Measures]] = defaultdict(dict)
    for place, slots in existing.items():
        held[place] = dict(slots)
    ingested: set[Place] = set()
    for (place, ingestion_day), slots in chain.from_iterable(sums.items() for sums in counted):
        scope, series = place
        if ingestion_day > held_through.get((scope, keys.aggregate_part(scope, series.user_did)), ""):
            _add(held[place], slots)
            if ingestion_day <= through:
                ingested.add(place)
        if ingestion_day > through:
            _add(later[place], slots)
    return [
        Compared(
            *place,
            calls=None if said is None else said.get(place, {}),
            counters=held.get(place, {}),
            later=later.get(place, {}),
            existing=existing.get(place, {}),
            ingested=place in ingested,
        )
        for place in held.keys() | (said or {}).keys()
    ]


def _counted(day: str, live: Iterable[LiveCounter]) -> Mapping[tuple[Place, str], Slots]:
    """What live counters say of a day, by place and day of ingestion. None is kept once it is added."""
    counted: defaultdict[tuple[Place, str], dict[int, Measures]] = defaultdict(dict)
    for counter in live:
        if counter.call_day == day:
            for place in _places(counter):
                _add(counted[place, counter.ingestion_day], counter.slots)
    return counted


def _said(calls: Calls, start: int, end: int) -> dict[Place, dict[int, Measures]]:
    """What the calls between two seconds say of each view. Each shard is summed up as it is read: no call is kept."""
    shards = calls.of_shards(keys.from_second(start), keys.through_second(end))
    said: defaultdict[Place, dict[int, Measures]] = defaultdict(dict)
    for sums in threads().map(_sums, shards):
        for series, slots in sums.items():
            for place in views(series):
                _add(said[place], slots)
    return said


def _sums(calls: Iterable[ModelCall]) -> Mapping[Series, Slots]:
    sums: defaultdict[Series, defaultdict[int, Measures]] = defaultdict(lambda: defaultdict(Measures))
    for call in calls:
        sums[finest(call)][call.call_time // QUARTER_HOUR * QUARTER_HOUR] += Measures.of(call)
    return sums


def _places(counter: LiveCounter) -> list[Place]:
    on_board = board(counter.scope)
    own = (counter.scope, counter.series)
    return [own, on_board] if on_board else [own]


def _add(total: dict[int, Measures], slots: Slots) -> None:
    for start, measures in slots.items():
        total[start] = total[start] + measures if start in total else measures


def _difference(these: Slots, those: Slots) -> dict[int, Measures]:
    """Slot by slot; a slot without a difference is left out."""
    if these == those:
        return {}
    found: dict[int, Measures] = dict(these)
    _add(found, {start: -measures for start, measures in those.items()})
    return {start: measures for start, measures in found.items() if measures}
