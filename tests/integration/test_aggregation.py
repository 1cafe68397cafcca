"""The steps of a night that aggregate: days in many sections, steps that come too late, and an archive with gaps."""

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine

from ledger.aggregates import packs, sections
from ledger.aws import dynamodb
from ledger.core import keys
from ledger.core.moments import DAY, utc_day
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting import watermark
from tests.integration.history import START
from tests.integration.night_run import begun
from tests.integration.small_world import call, small_world
from tests.integration.world import World, plenty, scan

TODAY = utc_day(START)
EVER = (START - 60 * DAY, START - 3_600, START + 60 * DAY)
USER_DIDS = [f"did:{number}" for number in range(6)]
SCOPES = (EVERYBODY, Scope.of_app("x"), Scope.of_app("y"), *map(Scope.of_user, USER_DIDS))

BOARD = {"scope": {"S": "daily#users#1"}}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock: time_machine.Traveller) -> Iterator[World]:
    assert clock
    with small_world() as made:
        made.record(
            *(
                call(f"{number}", START - number * 1_000, user_did=USER_DIDS[number % 6], app_did="xy"[number % 2])
                for number in range(18)
            )
        )
        made.catch_up()
        clock.shift(DAY)
        yield made


def test_a_day_in_many_sections_is_the_same_and_goes_on_where_it_stopped(
    world: World, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sections, "PER_SECTION", 4)
    done = world.aggregate(steps=[6, 4])
    assert [(day.day, day.drifted) for day in done] == [(TODAY, 0)]
    assert watermark.read(world.counters.table).through == TODAY
    noted = watermark.rebuilt(world.counters.table, TODAY)
    assert noted == {section.name for section in sections.divided(TODAY, 18)}
    assert len(noted) == 5
    world.check(*SCOPES, boundaries=EVER)
    world.record(call("0", START, user_did="did:0", credits=Decimal(7)), call("late", START - 5, user_did="did:5"))
    world.delete("1")
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    world.check(*SCOPES, boundaries=EVER)


def test_a_step_that_comes_a_night_too_late_takes_nothing_back(world: World, clock: time_machine.Traveller) -> None:
    world.aggregate()
    world.record(*(call(f"{number}", START, user_did="did:0", credits=Decimal(3)) for number in range(9)))
    world.catch_up()
    clock.shift(DAY)
    world.aggregate()
    for section in sections.divided(TODAY):
        world.night.aggregation.aggregate(section, TODAY, plenty)
    world.check(*SCOPES, boundaries=EVER)
    assert [day.replaced for day in world.aggregate([TODAY])] == [0]


def test_aggregates_of_version_0_1_are_replaced_and_its_boards_left_alone(
    world: World, clock: time_machine.Traveller
) -> None:
    """It had another key of the index, no day of ingestion beside the pack, and aggregates of all users."""
    world.aggregate()
    [board, *_] = [item for item in scan(world.counters.table) if "day" in item]
    for item in [*(item for item in scan(world.counters.table) if packs.INGESTED in item), {**board, **BOARD}]:
        old = {name: value for name, value in item.items() if name != packs.INGESTED}
        if "day" in item:
            old["day"] = {"S": keys.old_day_partition(TODAY, keys.spread(item["scope"]["S"]))}
        dynamodb.client().put_item(TableName=world.counters.table, Item=old)
    world.record(call("0", START, user_did="did:0", credits=Decimal(7)))
    world.catch_up()
    clock.shift(DAY)
    assert [day.drifted for day in world.aggregate()] == [0]
    world.check(*SCOPES, boundaries=EVER)


def test_two_nights_at_once_write_the_same(world: World) -> None:
    """The second one begins and ends between two steps of the first, whichever these are."""
    first = world.night.steps(begun(()), {})
    for _ in first:
        world.aggregate()
        world.check(EVERYBODY, Scope.of_user("did:1"), boundaries=EVER)
    world.check(*SCOPES, boundaries=EVER)


@pytest.mark.parametrize("lost", ["today", "yesterday"])
def test_what_the_archive_has_lost_is_no_drift_and_changes_no_figure(
    world: World, clock: time_machine.Traveller, lost: str
) -> None:
    """A change is not archived. The file of its day has it all the same, as that is written from the table."""
    world.minute_passes()
    if lost == "today":
        clock.shift(60)
    world.record(call("lost", START - 100, user_did="did:2"), call("0", START, user_did="did:3"))
    world.unarchived = [change for change in world.unarchived if "barrier" in change["dynamodb"].get("NewImage", {})]
    world.catch_up()
    if lost == "yesterday":
        clock.shift(DAY)
    assert [day.drifted for day in world.aggregate() if day.day == TODAY] == [0]
    world.check(*SCOPES, boundaries=EVER)
    clock.shift(DAY)
    assert all(day.drifted == 0 for day in world.aggregate())
    world.check(*SCOPES, boundaries=EVER)


def test_what_was_not_counted_today_is_found_by_hand(world: World, clock: time_machine.Traveller) -> None:
    world.aggregate()
    clock.shift(60)
    world.record(call("lost", START - 100, user_did="did:2"))
    world.pending = []
    [found] = world.aggregate([TODAY])
    assert found.drifted > 0
    world.check(*SCOPES, boundaries=EVER)


def test_live_counters_are_kept_and_nights_caught_up_after_weeks(world: World, clock: time_machine.Traveller) -> None:
    for day in range(1, 12, 3):
        world.record(call(f"day-{day}", int(time.time()) - 7, user_did="did:4"), call("2", START - 50))
        world.catch_up()
        clock.shift(3 * DAY)
    world.aggregate()
    assert watermark.read(world.counters.table).through == utc_day(time.time() - DAY)
    world.check(*SCOPES, boundaries=EVER)
