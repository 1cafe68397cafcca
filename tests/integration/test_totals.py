"""Totals equal the sum of the calls, whatever happens to them. tests/engine says the same of a real engine."""

import itertools
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine

from ledger.aggregates.day_slots import DaySlots
from ledger.aggregates.reconciliation import reconcile
from ledger.aws import dynamodb
from ledger.core.moments import DAY, HOUR, QUARTER_HOUR, utc_day
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Usage
from ledger.usage.reader import UsageReader
from tests.integration.history import SCOPES, START, tell_histories
from tests.integration.requests import at_request
from tests.integration.small_world import call, small_world
from tests.integration.world import RETENTION, World, scan, told

TODAY = utc_day(START)
YESTERDAY = utc_day(START - DAY)
EVER = (START - 60 * DAY, START + 60 * DAY)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock: time_machine.Traveller) -> Iterator[World]:
    assert clock
    with small_world() as made:
        yield made


@pytest.mark.parametrize("_batch", range(4))  # so that test processes share them
def test_every_figure_is_what_the_calls_say_whatever_happens(_batch: int) -> None:
    tell_histories(small_world, number=2, steps=15)


@pytest.mark.parametrize("_batch", range(2))
def test_so_is_it_where_calls_leave_the_table_after_days(_batch: int) -> None:
    """Late calls come to cold days, ranges split quarter hours of them, and users are erased."""
    tell_histories(lambda: small_world(hot=4 * DAY), number=2, steps=15)


# --- Edges


@pytest.mark.parametrize("boundary", ["slot", "hour", "day"])
def test_a_call_on_an_edge_counts_for_what_begins_there(world: World, boundary: str) -> None:
    edge = START - START % {"slot": QUARTER_HOUR, "hour": HOUR, "day": DAY}[boundary]
    world.record(call("before", edge - 1), call("on", edge), call("after", edge + 1))
    world.catch_up()
    for scope in (EVERYBODY, Scope.of_user("a"), Scope.of_app("x")):
        [before, after] = world.read({scope: (edge - 1, edge, edge + 1)})[scope].intervals
        assert [calls(before), calls(after)] == [1, 1]


# --- The run


def test_a_run_changes_no_figure_at_any_moment_of_it(world: World, clock: time_machine.Traveller) -> None:
    """Each write of the run is followed by a look at every scope; so are the writes of its repetition."""
    world.record(*(call(f"call-{number}", START - number * 3_600, user_did="abc"[number % 3]) for number in range(30)))
    world.catch_up()
    clock.shift(DAY)
    world.record(call("call-3", START - 100, credits=Decimal("9.00001")), call("today", int(time.time())))
    world.catch_up()
    looks = itertools.count()

    def look(**_: object) -> None:
        next(looks)
        world.check(
            EVERYBODY,
            Scope.of_user("a"),
            Scope.of_app("x"),
            boundaries=(START - 40 * HOUR, START - 1_000, START + 2 * DAY),
        )

    look()
    events = dynamodb.client().meta.events
    events.register("after-call.dynamodb.BatchWriteItem", look)
    world.aggregate()
    world.aggregate([YESTERDAY, TODAY])
    events.unregister("after-call.dynamodb.BatchWriteItem", look)
    world.check(*SCOPES, boundaries=EVER)
    assert next(looks) > 5


def test_a_run_that_has_nothing_to_change_replaces_nothing(world: World, clock: time_machine.Traveller) -> None:
    world.record(call("one", START), call("two", START - DAY))
    world.catch_up()
    clock.shift(DAY)
    first = world.aggregate()
    assert [(day.day, day.replaced > 0) for day in first] == [(YESTERDAY, True), (TODAY, True)]
    assert world.aggregate() == []
    assert [(day.day, day.replaced) for day in world.aggregate([YESTERDAY, TODAY])] == [(YESTERDAY, 0), (TODAY, 0)]


def test_a_day_of_very_many_series_overflows_and_shrinks_again(world: World, clock: time_machine.Traveller) -> None:
    """Models with names as long as names can be; the next day most of their calls are taken back."""
    models = [f"{number:03d}" + "\U0001f4b0" * 253 for number in range(130)]
    world.record(*(call(name[:3], START, model=name, provider_id=name, app_did=name) for name in models))
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    world.check(EVERYBODY, Scope.of_user("a"), boundaries=EVER)
    assert chunks(world)
    for name in models[:120]:
        world.delete(name[:3])
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    world.check(EVERYBODY, Scope.of_user("a"), boundaries=EVER)
    assert not chunks(world)


@pytest.mark.parametrize("write", range(4))
def test_runs_that_meet_leave_nothing_behind(world: World, clock: time_machine.Traveller, write: int) -> None:
    """One computes a day anew by hand; before one of its writes, the nightly run does the same day and the next."""
    world.record(call("one", START - DAY), call("two", START, user_did="b"))
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    world.record(call("one", START - DAY, credits=Decimal(2)), call("two", START, user_did="b", credits=Decimal(3)))
    world.catch_up()
    clock.shift(DAY)

    def run() -> None:
        world.aggregate()

    with at_request(write, run, of={"BatchWriteItem"}):
        world.aggregate([YESTERDAY])
    world.reader = UsageReader(world.calls, world.counters, world.archived)
    world.check(*SCOPES, boundaries=EVER)


def test_what_is_still_under_way_is_never_taken_for_drift(world: World, clock: time_machine.Traveller) -> None:
    """Calls of the day are corrected at each reading of it, after all patience is over: none is counted wrongly."""
    world.record(call("one", START), call("two", START, user_did="b"))
    world.catch_up()
    clock.shift(DAY)
    prices = itertools.count(1)

    def correct(**_: object) -> None:
        if (price := next(prices)) < 40:
            world.record(call("one", START, credits=Decimal(price)))

    events = dynamodb.client().meta.events
    events.register("after-call.dynamodb.Query", correct)
    rebuilt = world.aggregate()
    events.unregister("after-call.dynamodb.Query", correct)
    assert [day.drifted for day in rebuilt] == [0]
    world.catch_up()
    world.check(*SCOPES, boundaries=EVER)
    clock.shift(DAY)
    assert [day.drifted for day in world.aggregate()] == [0]
    world.check(*SCOPES, boundaries=EVER)


def test_a_day_that_is_under_way_is_compared_the_night_after(world: World, clock: time_machine.Traveller) -> None:
    """A recorder's clock is ahead at midnight: its calls of the new day are ingested on the old one."""
    midnight = START - START % DAY + DAY
    clock.move_to(midnight - 10)
    world.record(call("early", midnight + 5), call("also early", midnight + 7, user_did="b"))
    world.catch_up()
    clock.move_to(midnight + 900)
    arriving = itertools.count()

    def arrive(**_: object) -> None:
        if (number := next(arriving)) < 100:
            world.record(call(f"call-{number}", midnight + 600))

    events = dynamodb.client().meta.events
    events.register("after-call.dynamodb.Query", arrive)
    rebuilt = world.aggregate()
    events.unregister("after-call.dynamodb.Query", arrive)
    assert [(day.day, day.drifted) for day in rebuilt] == [(utc_day(midnight), 0)]
    world.catch_up()
    world.check(*SCOPES, boundaries=EVER)
    clock.shift(DAY)
    assert [day.drifted for day in world.aggregate()] == [0]
    world.check(*SCOPES, boundaries=EVER)


def test_series_whose_calls_are_gone_become_zero(world: World, clock: time_machine.Traveller) -> None:
    world.record(call("one", START), call("two", START, user_did="b"))
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    world.delete("one")
    world.record(call("two", START - 3 * DAY, user_did="c", app_did="y"))
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    world.check(*SCOPES, boundaries=EVER)
    assert told(world.read({Scope.of_user("a"): EVER})[Scope.of_user("a")].intervals) == [{}]


def test_changes_that_cancel_out_are_held_by_the_aggregate_too(world: World, clock: time_machine.Traveller) -> None:
    """Corrected on one day and back on the next, with no run between: a new reader takes neither or both."""
    world.record(call("one", START, credits=Decimal(1)))
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    for price in (2, 1):
        world.record(call("one", START, credits=Decimal(price)))
        world.catch_up()
        clock.shift(DAY)
    world.aggregate()
    world.reader = UsageReader(world.calls, world.counters, world.archived)
    world.check(*SCOPES, boundaries=EVER)


@pytest.mark.parametrize("aggregated", [False, True], ids=["live counter", "daily aggregate"])
def test_a_drifted_counter_is_reported_and_repaired(
    world: World, clock: time_machine.Traveller, aggregated: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody changed a figure by hand: reconciling shows which, and the run says so and makes it right."""
    world.record(call("one", START), call("two", START - 1, user_did="b"), call("other day", START - DAY, user_did="c"))
    world.catch_up()
    clock.shift(DAY)
    if aggregated:
        world.aggregate()
    assert reconcile(world.calls, world.counters, TODAY)["drifted"] == 0
    if aggregated:
        corrupt_aggregates(world, TODAY, Scope.of_user("a"))
    else:
        corrupt_counters(world, TODAY, Scope.of_user("a"))
    shown = reconcile(world.calls, world.counters, TODAY)
    assert shown["comparable"]
    assert [(one["scope"], one["counters"]["calls"]) for one in shown["differences"]] == [("user#a", 8)]
    assert shown["differences"][0]["calls"]["calls"] == 1
    with caplog.at_level("ERROR"):
        rebuilt = world.aggregate([TODAY])
    assert [(day.day, day.drifted) for day in rebuilt] == [(TODAY, 1)]
    reports = [vars(record) for record in caplog.records if record.message == "CounterDrift"]
    assert [(report["scope"], report["day"], report["drift"]) for report in reports] == [
        ("user#a", TODAY, {"calls": "-7"})
    ]
    assert reconcile(world.calls, world.counters, TODAY)["drifted"] == 0
    world.check(*SCOPES, boundaries=EVER)
    assert [day.drifted for day in world.aggregate()] in ([], [0, 0])


# --- Expiry


def test_what_ttl_removes_stays_counted_and_what_people_remove_does_not(
    world: World, clock: time_machine.Traveller
) -> None:
    world.record(*(call(call_id, START) for call_id in ("kept", "removed", "corrected too late", "removed too late")))
    world.catch_up()
    world.delete("removed")
    clock.shift(RETENTION)
    world.delete("removed too late")
    world.record(call("corrected too late", START + DAY))
    world.expire()
    world.catch_up()
    assert not world.truth.keys() & {"kept", "removed"}
    [day, later] = world.read({EVERYBODY: (START - 1_000, START + 1_000, *EVER[1:])})[EVERYBODY].intervals
    assert (calls(day), calls(later)) == (3, 1)
    world.check(*SCOPES, boundaries=EVER)


def test_a_day_that_begins_to_expire_is_not_computed_from_its_calls(
    world: World, clock: time_machine.Traveller
) -> None:
    """Half of its calls are gone. Its counters are all there is, also those that no aggregate has yet."""
    morning = START - START % DAY
    world.record(call("early", morning + 60), call("late", morning + 80_000))
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    clock.move_to(morning + RETENTION - 100)
    world.record(call("late", morning + 80_001, credits=Decimal("5.00005")))
    world.catch_up()
    clock.move_to(morning + RETENTION + DAY // 2)
    world.expire()
    assert "early" not in world.truth
    [rebuilt] = [day for day in world.aggregate() if day.day == TODAY]
    assert rebuilt.drifted == 0
    assert rebuilt.replaced > 0
    assert not reconcile(world.calls, world.counters, TODAY)["comparable"]
    world.check(*SCOPES, boundaries=EVER)
    world.check(*SCOPES, boundaries=(morning, morning + 70_000, morning + DAY))


def test_a_slot_whose_calls_expired_counts_where_it_begins(world: World, clock: time_machine.Traveller) -> None:
    """Its calls can't be asked any more on which side of a boundary they lie; none is lost, none counted twice."""
    slot = START - START % QUARTER_HOUR
    world.record(call("early", slot + 100), call("late", slot + 800))
    world.catch_up()
    clock.shift(RETENTION + DAY)
    world.expire()
    world.catch_up()
    [before, after] = world.read({EVERYBODY: (slot - 900, slot + 400, slot + 9_000)})[EVERYBODY].intervals
    assert (calls(before), calls(after)) == (2, 0)
    world.check(*SCOPES, boundaries=(slot - 900, slot + 400, slot + 9_000))


def calls(usage: Usage) -> int:
    return sum(measures.calls for measures in usage.values())


def chunks(world: World) -> list[dynamodb.Item]:
    return [item for item in scan(world.counters.table) if "pack" in item and "through" not in item]


def corrupt_counters(world: World, day: str, scope: Scope) -> None:
    """Seven calls too many in one slot."""
    [item, *_] = (
        item
        for item in scan(world.counters.table)
        if item["scope"]["S"].startswith(f"live#{day}") and item["view"]["S"] == str(scope)
    )
    [slot, *_] = sorted(name for name in item if len(name) == 2 and name[0] == "a")
    dynamodb.client().update_item(
        TableName=world.counters.table,
        Key={"scope": item["scope"], "bucket": item["bucket"]},
        UpdateExpression=f"ADD {slot} :seven",
        ExpressionAttributeValues={":seven": {"N": "7"}},
    )


def corrupt_aggregates(world: World, day: str, scope: Scope) -> None:
    """Seven calls too many in one slot."""
    [aggregate] = world.counters.slots(scope, day, day)
    [(series, slots)] = aggregate.slots().items()
    start = min(slots)
    corrupted = {series: {**slots, start: slots[start] + Measures(calls=7)}}
    wrong = DaySlots.of(scope, day, aggregate.through, corrupted)
    dynamodb.client().put_item(TableName=world.counters.table, Item=wrong.to_pack().head)
