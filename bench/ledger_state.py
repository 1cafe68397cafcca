"""The state of the ledger after ninety days of calls and ninety nightly aggregations, written directly.

The items are built by the project's own code. What no answer of today reads is left out: live counters of days that
are aggregated (but for yesterday's, which a function that has just started asks for too), and all calls but those that
somebody names. Nothing is written of days before the two periods of thirty days that answers compare.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched, chain
from random import Random
from typing import Any

from bench.engine import CALLS, COUNTERS, DIRECTORY
from ledger.aggregates.day_cuts import cuts
from ledger.aggregates.day_slots import DaySlots
from ledger.aggregates.day_totals import DayTotals
from ledger.aggregates.packs import Pack
from ledger.aws import dynamodb, dynamodb_writes
from ledger.calls.call_input import CallInput
from ledger.calls.model_call import ModelCall
from ledger.core.field_types import AppDetails, UserDetails
from ledger.core.moments import DAY, QUARTER_HOUR, day_start, utc_day
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting import watermark
from ledger.counting.live_counters import CounterKey, Delta, deltas, update
from ledger.counting.measures import ZERO, Measures
from ledger.counting.series import Series, counted, finest
from tools.local.sample.calls import sample_calls

DAYS = 90
USERS = 200
READ = 61 * DAY
"""Seconds of the past that answers read."""
BATCH = 100
"""Calls that a worker of count_calls gets at a time: they go to one fragment."""
CHUNK = 2_000

type Sums = defaultdict[Series, defaultdict[int, Measures]]
"""Measures by finest series, and by the time at which their quarter hour begins."""


@dataclass
class Sample:
    """The calls that are measured, in order of time. They are added up while they are made."""

    number: int
    now: int
    by_day: dict[str, Sums] = field(default_factory=dict[str, Sums])
    recent: list[ModelCall] = field(default_factory=list[ModelCall])
    """The calls of today and yesterday, which have live counters."""
    kept: list[ModelCall] = field(default_factory=list[ModelCall])
    """The calls of the quarter hours in `keep`."""
    keep: frozenset[int] = frozenset()
    one_failed_in: int | None = None
    """If given, exactly one call in so many failed. Otherwise, calls fail as in the sample."""
    users: dict[str, UserDetails] = field(default_factory=dict[str, UserDetails])
    apps: dict[str, AppDetails] = field(default_factory=dict[str, AppDetails])
    calls_of: defaultdict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    @property
    def heaviest(self) -> str:
        return max(self.calls_of, key=lambda did: self.calls_of[did])

    def calls(self) -> Iterator[ModelCall]:
        """Yields every call as it would be recorded, and adds it up."""
        yesterday = day_start(utc_day(self.now)) - DAY
        for number, fields in enumerate(sample_calls(self.number, now=self.now, days=DAYS, users=USERS)):
            if self.one_failed_in:
                fields["status"] = "success" if number % self.one_failed_in else "failed"
            sent = CallInput.model_validate(fields)
            call = sent.to_call(self.now)
            self._note(call)
            if call.call_time >= yesterday:
                self.recent.append(call)
            if sent.user_info:
                self.users[call.user_did] = sent.user_info
            if sent.app_info and call.app_did:
                self.apps[call.app_did] = sent.app_info
            yield call

    def _note(self, call: ModelCall) -> None:
        slot = call.call_time // QUARTER_HOUR * QUARTER_HOUR
        sums = self.by_day.setdefault(utc_day(slot), defaultdict(lambda: defaultdict(Measures)))
        sums[finest(call)][slot] += Measures.of(call)
        self.calls_of[call.user_did] += 1
        if slot in self.keep:
            self.kept.append(call)


def load(sample: Sample) -> None:
    """Write the state of a sample after all of its calls have been made."""
    today = utc_day(sample.now)
    yesterday = utc_day(sample.now - DAY)
    first = utc_day(sample.now - READ)
    write(COUNTERS.table, aggregates({day: sums for day, sums in sample.by_day.items() if first <= day < today}))
    write(COUNTERS.table, live_counters(sample.recent, sample.now))
    for day in sorted(sample.by_day)[-31:]:
        watermark.note_day(COUNTERS.table, day, sample.now)
    watermark.finish(COUNTERS.table, yesterday)
    write_calls(sample.kept)
    DIRECTORY.learn(sample.users.items(), sample.apps.items())


def aggregates(days: Mapping[str, Sums], scopes: Collection[Scope] | None = None) -> Iterator[dynamodb.Item]:
    """Yields the aggregates that nightly runs write of these days: of all scopes, or of the given ones."""
    for day, sums in days.items():
        for scope, slots in _scopes(sums, scopes).items():
            measures = {series: Measures.sum(of.values()) for series, of in slots.items()}
            yield from _items(DayTotals(scope, day, day, measures).to_pack())
            if scope == EVERYBODY:
                for cut in cuts(scope, day, day, slots):
                    yield from _items(cut.to_pack())
            yield from _items(DaySlots.of(scope, day, day, slots).to_pack())


def _scopes(sums: Sums, wanted: Collection[Scope] | None) -> Mapping[Scope, Mapping[Series, Mapping[int, Measures]]]:
    scopes: defaultdict[Scope, Sums] = defaultdict(lambda: defaultdict(lambda: defaultdict(Measures)))
    for finest_series, slots in sums.items():
        for scope, series in counted(finest_series):
            if wanted is None or scope in wanted:
                found = scopes[scope][series]
                for slot, measures in slots.items():
                    found[slot] += measures
    return scopes


def _items(pack: Pack) -> Iterator[dynamodb.Item]:
    return chain(pack.chunks, [pack.head])


def live_counters(calls: Iterable[ModelCall], now: int) -> Iterator[dynamodb.Item]:
    """Yields the live counters of calls that were counted in batches, each in a random fragment."""
    random = Random(1)
    found: defaultdict[tuple[CounterKey, int], Delta] = defaultdict(dict)
    for batch in batched(calls, BATCH):
        fragment = random.randrange(COUNTERS.fragments)
        for call in batch:
            for key, delta in deltas(None, call, utc_day(call.call_time)).items():
                own = fragment if key.scope.kind != "user" else 0
                for slot, measures in delta.items():
                    slots = found[key, own]
                    slots[slot] = slots.get(slot, ZERO) + measures
    for (key, fragment), delta in found.items():
        counter = update(COUNTERS.table, key, delta, fragment, now)["Update"]
        added: dict[str, Any] = counter["ExpressionAttributeValues"]
        yield counter["Key"] | {name.removeprefix(":"): value for name, value in added.items()}


def write_calls(calls: Sequence[ModelCall]) -> None:
    """Write calls as if each had been recorded at its time."""
    for batch in batched(calls, CHUNK):
        left: Sequence[ModelCall] = batch
        while left:  # however slow the engine is
            left = CALLS.put(left, batch[-1].call_time)


def write(table: str, items: Iterable[dynamodb.Item]) -> None:
    for chunk in batched(items, CHUNK):
        left: Sequence[dynamodb.Item] = chunk
        while left:
            left = dynamodb_writes.put_many(table, left)
