"""What it costs, in the engine's own units and round trips."""

import json
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

import msgspec
import pytest
import time_machine

from ledger.aggregates.counters_table import CounterTable
from ledger.archive.archived_calls import ArchivedCalls
from ledger.archive.hot_days import HotDays
from ledger.aws import concurrency, dynamodb
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core.identity import Role, Writer
from ledger.core.moments import DAY, utc_day
from ledger.core.scopes import EVERYBODY
from ledger.counting import watermark
from ledger.counting.stream import Counting
from ledger.gateways import otlp, span_reading
from ledger.gateways.reading import Reading
from ledger.gateways.received import Became, Client, Received, ReceivedStore
from ledger.gateways.traces import Traces
from ledger.pricing.pricing import Pricing
from ledger.recording.cold_calls import ColdCalls
from ledger.recording.recorder import Recorder
from ledger.statistics.stats_query import AdminStatsQuery, StatsQuery
from ledger.statistics.usage_stats import admin_stats, user_stats
from ledger.usage.reader import UsageReader
from tests.e2e.clients.spans import recording
from tests.engine.stream import EngineStream
from tests.engine.tables import archive_bucket
from tests.integration.world import World
from tools.local.sample.calls import sample_calls
from tools.local.sample.outcomes import Fields
from tools.operate import cost

NOW = 1_795_000_000
LATENCY = 0.2
"""Seconds that every request takes where round trips are counted: those in sequence take as long as they are many."""
DIRECTORY = Directory("RegistryTable")
PRICING = Pricing("RegistryTable")
WRITER = Writer("key:0123456789abcdef", Role.RECORDER)


@dataclass
class Meter:
    """What the requests of a context cost."""

    requests: Counter[str] = field(default_factory=Counter[str])
    units: float = 0
    transactions: list[list[dict[str, Any]]] = field(default_factory=list[list[dict[str, Any]]])
    intervals: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    @property
    def in_sequence(self) -> int:
        """The most requests of which each began after the one before had ended."""
        longest = [0] * len(self.intervals)
        self.intervals.sort()
        for place, (start, _) in enumerate(self.intervals):
            before = (longest[other] for other in range(place) if self.intervals[other][1] <= start)
            longest[place] = 1 + max(before, default=0)
        return max(longest, default=0)

    def write_units(self) -> float:
        """Transactions cost two units for each kilobyte of each item. The engine counts four for any: so each item is
        put once more as it is, which tells what it would have cost alone."""
        return self.units + sum(2 * _units_of(item) for items in self.transactions for item in items)


def _units_of(item: dict[str, Any]) -> float:
    [(_, write)] = item.items()
    key = write.get("Key") or {name: write["Item"][name] for name in ("scope", "bucket")}
    table = write["TableName"]
    stored: Any = dynamodb.client().get_item(TableName=table, Key=key, ConsistentRead=True)
    put: Any = dynamodb.client().put_item(TableName=table, Item=stored["Item"], ReturnConsumedCapacity="TOTAL")
    return put["ConsumedCapacity"]["CapacityUnits"]


@contextmanager
def metered(latency: float = 0) -> Generator[Meter]:
    meter, lock, begun = Meter(), threading.Lock(), threading.local()

    def ask(params: dict[str, Any], **_: object) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def send(**_: object) -> None:
        begun.at = time.perf_counter()
        threading.Event().wait(latency)

    def answer(parsed: dict[str, Any], model: Any, **_: object) -> None:
        consumed: Any = parsed.get("ConsumedCapacity", [])
        with lock:
            meter.requests[model.name] += 1
            meter.intervals.append((begun.at, time.perf_counter()))
            if model.name != "TransactWriteItems":
                each = cast("list[Any]", consumed if isinstance(consumed, list) else [consumed])
                meter.units += sum(one["CapacityUnits"] for one in each)

    def keep(params: dict[str, Any], **_: object) -> None:
        meter.transactions.append(params["TransactItems"])

    handlers = {
        "provide-client-params.dynamodb": ask,
        "provide-client-params.dynamodb.TransactWriteItems": keep,
        "before-call.dynamodb": send,
        "after-call.dynamodb": answer,
    }
    events = cast("Any", dynamodb.client().meta.events)
    for name, handler in handlers.items():
        events.register(name, handler)
    try:
        yield meter
    finally:
        for name, handler in handlers.items():
            events.unregister(name, handler)


@pytest.fixture
def world(tables: None) -> Iterator[World]:
    assert tables is None
    with time_machine.travel(NOW, tick=False):
        yield World(
            Calls("CallsTable", time_shards=8, retention=400 * DAY),
            CounterTable("CountersTable", fragments=4),
            EngineStream("CallsTable"),
        )


@pytest.fixture(scope="module")
def sample() -> Sequence[Fields]:
    """Consecutive calls of 200 users who make a million in 90 days."""
    calls = sample_calls(1_000_000, now=NOW, days=90, users=200)
    return list(islice(calls, 50_000, 50_600))


def recorder(world: World) -> Recorder:
    hot_days = HotDays(world.calls, world.counters.table)
    return Recorder(world.calls, ColdCalls(hot_days, ArchivedCalls(hot_days.table, "")), DIRECTORY, PRICING, "")


def record_and_count(world: World, calls: Sequence[Fields]) -> float:
    """Write units a call: one request, delivered as one batch."""
    with metered() as recording:
        assert recorder(world).record(list(calls), WRITER)["recorded"] == len(calls)
    changes = world.stream.read()
    assert len(changes) == len(calls)
    with metered() as counting:
        assert not Counting(world.counters.table, 1).count(changes, lambda: 900).failed
    return (recording.write_units() + counting.write_units()) / len(calls)


def test_a_call_that_comes_alone_costs_at_most_18_units_to_write(world: World, sample: Sequence[Fields]) -> None:
    costs = [record_and_count(world, [call]) for call in sample[:5]]
    print(f"write units of calls that come alone: {costs}")  # noqa: T201 - pytest -s shows the figures
    assert max(costs) <= 18


def test_calls_that_come_in_hundreds_cost_at_most_8_units_each_to_write(world: World, sample: Sequence[Fields]) -> None:
    """Three for the call, two for its marker, the rest for the counters that it shares with others of its hour.

    So a hundred in which an hour ends has half as many counters again, and costs a little more than others.
    """
    costs = [record_and_count(world, sample[start : start + 100]) for start in range(0, 600, 100)]
    print(f"write units a call in hundreds: {costs}")  # noqa: T201
    assert sum(costs) / len(costs) <= 8
    assert max(costs) <= 8.5


def readings_of(client: str) -> list[Reading]:
    """What a client's recorded spans say of calls: those that name their response."""
    event = {"headers": {"content-type": "application/json"}, "isBase64Encoded": False}
    bodies = (json.dumps(request) for request in recording(client).exported)
    spans = (span for body in bodies for span in otlp.spans(event | {"body": body}))
    found = (span_reading.read(span, WRITER.credential, "2026-11-28T00:00:00.000Z") for span in spans)
    return [each for each in found if isinstance(each, Reading) and each.response_id and not each.parent_id]


@pytest.mark.usefixtures("tables")
def test_a_span_costs_what_the_calculator_says_to_find_others_of_its_call() -> None:
    """In a trace of its own. In one that comes in ten requests, 2.9 units, as each write is as large as its item."""
    readings = readings_of("openllmetry-openai")
    assert readings
    traces = Traces("IngestionTable")
    for reading in readings:
        with metered() as alone:
            traces.add([reading], WRITER.credential)
        assert alone.write_units() == cost.SPAN_UNITS
    with metered() as together:
        for number in range(10):
            child = {"trace_id": "f" * 32, "span_id": f"{number:016x}", "parent_id": "e" * 16}
            traces.add([msgspec.structs.replace(readings[0], **child)], WRITER.credential)
    print(f"write units of ten spans of a trace: {together.write_units()}")  # noqa: T201
    assert together.write_units() / 10 <= 3


@pytest.mark.usefixtures("tables")
def test_a_request_costs_what_the_calculator_says_to_be_counted() -> None:
    received = Received()
    for became in (Became.RECORDED, Became.SET_ASIDE):
        received.add(Client("my-gateway", "1.2"), became, 250)
    for _ in range(3):
        with metered() as meter:
            ReceivedStore("IngestionTable").add(received)
        assert meter.write_units() == cost.RECEIVED_UNITS


def test_statistics_take_few_round_trips(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thirty days with trend, most of them aggregated, by a reader that has read before.

    With a thread for each request, so that only those that need another's answer come after it.
    """
    threads = ThreadPoolExecutor(128)
    monkeypatch.setattr(concurrency, "threads", lambda: threads)
    monkeypatch.setattr(time, "sleep", world.catch_up)
    sent = list(sample_calls(600, now=NOW - DAY, days=61, users=10))
    for start in range(0, len(sent), 500):
        recorder(world).record(sent[start : start + 500], WRITER)
    world.catch_up()
    with time_machine.travel(NOW + DAY, tick=False) as clock, archive_bucket():
        world.aggregate()
        clock.move_to(NOW + DAY)
        assert watermark.read(world.counters.table).through == utc_day(NOW)
        now = NOW + DAY
        heaviest = Counter(call["userDid"] for call in sent).most_common(1)[0][0]
        spans = {"startTime": now - 30 * DAY + 100, "endTime": now, "timezone": "Asia/Kathmandu"}
        reader = UsageReader(world.calls, world.counters, world.archived)
        reader.read({EVERYBODY: (now - 900, now)})
        with metered(LATENCY) as user:
            stats = user_stats(reader, heaviest, StatsQuery.model_validate(spans))
        assert stats["summary"]["totalCalls"] > 10
        with metered(LATENCY) as everybody:
            admin_stats(reader, AdminStatsQuery.model_validate(spans))
    for name, meter in (("a user's", user), ("everybody's", everybody)):
        print(f"{name}: {meter.requests.total()} requests, {meter.in_sequence} in sequence, {meter.units} read units")  # noqa: T201
    threads.shutdown()
    assert user.in_sequence <= 3
    assert everybody.in_sequence <= 4
