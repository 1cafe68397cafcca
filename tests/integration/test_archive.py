"""The archive has the calls as they were at a moment that it names, whatever happens to them and to what writes it."""

import time
from collections.abc import Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ledger.calls.model_call import ModelCall
from ledger.core.moments import DAY, utc_day
from tests.integration.archive_tables import read_view
from tests.integration.archive_world import ArchiveWorld, archive_world
from tests.integration.history import ERRORS, SCOPES, START, model_calls
from tests.integration.requests import at_request, failing
from tests.integration.small_world import small_world
from tests.integration.world import FAILURES

HOT = 4 * DAY
REQUESTS = {"PutItem", "UpdateItem", "BatchWriteItem", "Query", "GetItem", "DeleteItem"}


@contextmanager
def world_with_archive() -> Generator[ArchiveWorld]:
    with small_world(hot=HOT) as world:
        yield archive_world(world)


class ArchiveHistory(RuleBasedStateMachine):
    """Whatever can happen to calls and to what archives them, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._context = ExitStack()
        self.clock = self._context.enter_context(time_machine.travel(START, tick=False))
        self.archive = self._context.enter_context(world_with_archive())
        self.world = self.archive.world

    @property
    def now(self) -> int:
        return int(time.time())

    def trouble(self, data: st.DataObject) -> AbstractContextManager[None]:
        """Perhaps one request fails: it doesn't reach the table, or its answer gets lost."""
        number = data.draw(st.none() | st.integers(0, 12))
        if number is None:
            return nullcontext()
        act = failing(data.draw(st.sampled_from(ERRORS)))
        return at_request(number, act, of=REQUESTS, answered=data.draw(st.booleans()))

    @initialize(data=st.data())
    def the_archive_begins(self, data: st.DataObject) -> None:
        """A first night says which days are cold."""
        self.archive.advance()
        self.finish_night()
        self.archive.record(*data.draw(st.lists(model_calls(self.now), min_size=4, max_size=8)))

    @rule(data=st.data())
    def calls_are_recorded(self, data: st.DataObject) -> None:
        self.archive.record(*self.hot(data.draw(st.lists(model_calls(self.now), min_size=1, max_size=8))))

    @rule(data=st.data())
    def calls_of_any_age_are_recorded(self, data: st.DataObject) -> None:
        """Some were sent before, perhaps so long ago that the table has forgotten them."""
        self.clock.shift(60)
        self.archive.catch_up()
        known = st.sampled_from(self.world.all_calls) if self.world.all_calls else st.nothing()
        self.archive.record(*data.draw(st.lists(model_calls(self.now) | known, min_size=1, max_size=8)))

    def hot(self, calls: list[ModelCall]) -> list[ModelCall]:
        since = self.archive.hot_days.since(self.now)
        return [call for call in calls if call.call_time >= since]

    @precondition(lambda self: self.world.truth)
    @rule(data=st.data())
    def a_call_is_deleted(self, data: st.DataObject) -> None:
        self.world.delete(data.draw(st.sampled_from(sorted(self.world.truth))))

    @rule(did=st.sampled_from("abc"))
    def a_user_is_erased(self, did: str) -> None:
        """From the table, and from the days that it has forgotten."""
        self.world.erase(did)

    @rule(seconds=st.sampled_from((1, 10, 60, 900, 3_600, 40_000)))
    def time_passes(self, seconds: int) -> None:
        self.clock.shift(seconds)

    @precondition(lambda self: self.world.unarchived)
    @rule(data=st.data())
    def changes_are_archived(self, data: st.DataObject) -> None:
        """In their order, in batches of any size, with some that were archived before; perhaps not at the first try."""
        again = data.draw(st.lists(st.sampled_from(self.archive.archived), max_size=3)) if self.archive.archived else []
        number = data.draw(st.integers(1, len(self.world.unarchived)))
        with self.trouble(data), suppress(*FAILURES):
            self.archive.deliver(number, again)

    @rule(data=st.data())
    def the_archive_advances(self, data: st.DataObject) -> None:
        with self.trouble(data):
            try:
                self.archive.advance()
            except FAILURES:
                self.world.read_stream()

    @rule(data=st.data())
    def an_hour_is_folded(self, data: st.DataObject) -> None:
        with self.trouble(data), suppress(*FAILURES):
            self.archive.fold()

    @rule()
    def unnamed_objects_are_removed(self) -> None:
        self.archive.upkeep.remove_unnamed(self.now)

    @rule(data=st.data(), nights=st.sampled_from((1, 1, 2, 4)))
    def a_night_comes(self, data: st.DataObject, nights: int) -> None:
        """It may be cut off after any request, written twice, or be joined by another one."""
        self.clock.shift(nights * DAY - self.now % DAY + 900)
        self.night(data)

    @rule(data=st.data())
    def a_night_is_caught_up(self, data: st.DataObject) -> None:
        self.night(data)

    @rule(data=st.data(), days_ago=st.sets(st.integers(0, 25), min_size=1, max_size=3))
    def days_are_archived_by_hand(self, data: st.DataObject, days_ago: set[int]) -> None:
        self.night(data, [utc_day(self.now - ago * DAY) for ago in days_ago])

    @rule(days=st.sampled_from((3, 15)))
    def calls_expire(self, days: int) -> None:
        """What the stream has, and the days that have ended, are archived by then."""
        self.clock.shift(DAY - self.now % DAY + 900)
        self.finish_night()
        self.clock.shift(days * DAY)
        self.archive.expire()

    @rule(data=st.data())
    def some_days_are_read(self, data: st.DataObject) -> None:
        first, length = data.draw(st.integers(-1, 25)), data.draw(st.sampled_from((0, 1, 5, 26)))
        self.archive.check(utc_day(self.now - (first + length) * DAY), utc_day(self.now - first * DAY))

    @rule(data=st.data())
    def calls_are_read_as_they_are_now(self, data: st.DataObject) -> None:
        """Of days that have not begun to expire."""
        ago, length = data.draw(st.sampled_from((-60, 0, 30, 400, DAY))), data.draw(st.sampled_from((0, 500, 3 * DAY)))
        last = self.now - ago
        first = max(last - length, self.world.calls.expired(self.now) + DAY)
        if first <= last:
            self.archive.check_present(first, last)

    @rule()
    def everything_comes_through_and_is_asked_in_sql(self) -> None:
        """Of days that have not begun to expire."""
        self.clock.shift(60)
        self.archive.catch_up()
        self.check_tables()

    def check_tables(self) -> None:
        first, last = utc_day(self.world.calls.expired(self.now) + DAY), utc_day(self.now + DAY)
        found = [call for call in read_view(self.archive.bucket) if utc_day(call.call_time) >= first]
        assert found == self.archive.reference(self.now, first, last)

    def stored(self, call_id: str) -> ModelCall | None:
        return self.world.calls.get(call_id, self.now)

    @rule(data=st.data())
    def sections_are_added_up(self, data: st.DataObject) -> None:
        """As they were at the last midnight, whenever that is asked."""
        self.archive.check_sums(
            utc_day(self.now - data.draw(st.integers(-1, 12)) * DAY),
            utc_day(self.now - DAY),
            data.draw(st.integers(1, 3)),
        )

    def night(self, data: st.DataObject, days: list[str] | None = None) -> None:
        self.world.catch_up()
        with self.trouble(data):
            try:
                step = self.archive.write_days(days, repeat=data.draw(st.booleans()))
                if data.draw(st.booleans()):
                    self.archive.record(*self.hot(data.draw(st.lists(model_calls(self.now), max_size=3))))
                if data.draw(st.booleans()):
                    self.clock.shift(60)
                    self.archive.catch_up()
                self.archive.publish(*step)
                self.archive.check(utc_day(self.now - 25 * DAY), utc_day(self.now))
            except FAILURES:
                self.world.read_stream()

    def finish_night(self) -> None:
        self.world.catch_up()
        self.world.aggregate()
        while True:
            self.clock.shift(60)
            self.archive.catch_up()
            generation, days = self.archive.write_days()
            if not days:
                return
            self.clock.shift(60)
            self.archive.catch_up()
            self.archive.publish(generation, days)

    def teardown(self) -> None:
        """In the end the archive has every call of the table, and every figure is the sum of all calls."""
        with self._context:
            self.clock.shift(DAY - self.now % DAY + 900)
            self.finish_night()
            self.clock.shift(60)
            self.archive.catch_up()
            self.archive.check(utc_day(self.now - 60 * DAY), utc_day(self.now))
            _, found = self.archive.read(utc_day(self.now - 60 * DAY), utc_day(self.now))
            stored = map(self.stored, self.world.truth)
            assert not [call for call in stored if call and call not in found]
            self.check_tables()
            self.world.check(*SCOPES, boundaries=(START // DAY * DAY - 30 * DAY, self.now // DAY * DAY + 2 * DAY))


@pytest.mark.parametrize("_batch", range(4))  # so that test processes share them
def test_the_archive_has_what_was_there_at_its_moment_whatever_happens(_batch: int) -> None:
    slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
    run_state_machine_as_test(
        ArchiveHistory,
        settings=settings(max_examples=3, stateful_step_count=18, suppress_health_check=slow),
    )
