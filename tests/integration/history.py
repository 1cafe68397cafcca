"""Whatever can happen to calls and to what counts them, in any order: a hypothesis state machine."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from decimal import Decimal
from typing import cast

import time_machine
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ledger.aggregates.reconciliation import reconcile
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core.moments import DAY, FOREVER, QUARTER_HOUR, utc_day
from ledger.core.scopes import EVERYBODY, Scope
from tests.integration.requests import Killed, at_request, failing
from tests.integration.world import World

type MakeWorld = Callable[[], AbstractContextManager[World]]

START = 1_795_000_000
"""The middle of a day in November 2026."""
SCOPES = (
    EVERYBODY,
    Scope.of_user("a"),
    Scope.of_user("b"),
    Scope.of_user("c"),
    Scope.of_app("x"),
    Scope.of_app("y"),
)
REDELIVERED = DAY
"""Seconds for which the stream keeps a change."""
ERRORS = (
    Killed(),
    EndpointConnectionError(endpoint_url="http://dynamodb"),
    ReadTimeoutError(endpoint_url="http://dynamodb"),
)
LATENESS = (0, 1, 899, 900, 3_599, 3_600, 86_399, 86_400, 2 * 86_400 + 17, 5 * 86_400 + 3_601, 9 * 86_400)


def amounts(most: int, places: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most * 10**places).map(lambda digits: Decimal(digits).scaleb(-places))


@st.composite
def model_calls(draw: st.DrawFn, now: int) -> ModelCall:
    """A call of the last days; often at the edge of a quarter hour or a day, often with the id of another."""
    grid = draw(st.sampled_from((1, 1, QUARTER_HOUR, DAY)))
    late = draw(st.sampled_from(LATENESS) | st.integers(0, 9 * DAY))
    return ModelCall(
        id=f"call-{draw(st.integers(0, 11))}",
        user_did=draw(st.sampled_from("abc")),
        call_time=(now - late) // grid * grid,
        provider_id=draw(st.sampled_from(("openai", "azure"))),
        model=draw(st.sampled_from(("gpt-5", "gpt-5-mini"))),
        type=draw(st.sampled_from((CallType.CHAT_COMPLETION, CallType.IMAGE_GENERATION))),
        status=draw(st.sampled_from(CallStatus)),
        credits=draw(amounts(100, 10)),
        cost_source=draw(st.sampled_from(CostSource)),
        total_usage=draw(amounts(1_000_000, 2)),
        input_tokens=draw(st.integers(0, 10**9)),
        output_tokens=draw(st.integers(0, 10**6)),
        cache_read_input_tokens=draw(st.integers(0, 3)),
        cache_creation_input_tokens=draw(st.integers(0, 3)),
        duration=draw(st.none() | amounts(600, 1)),
        ttfb=draw(st.none() | amounts(60_000, 3)),
        app_did=draw(st.sampled_from((None, "x", "y"))),
    )


class History(RuleBasedStateMachine):
    """`make_world` makes the tables."""

    def __init__(self, make_world: MakeWorld) -> None:
        super().__init__()
        self._context = ExitStack()
        self.clock = self._context.enter_context(time_machine.travel(START, tick=False))
        self.world = self._context.enter_context(make_world())

    @property
    def now(self) -> int:
        return int(time.time())

    def batch(self, data: st.DataObject, least: int = 1) -> list[ModelCall]:
        return data.draw(st.lists(model_calls(self.now), min_size=least, max_size=8))

    def trouble(self, data: st.DataObject) -> AbstractContextManager[None]:
        """Perhaps one write fails: it doesn't reach the table, or its answer gets lost."""
        number = data.draw(st.none() | st.integers(0, 4))
        if number is None:
            return nullcontext()
        return at_request(number, failing(data.draw(st.sampled_from(ERRORS))), answered=data.draw(st.booleans()))

    @initialize(data=st.data())
    def calls_were_recorded_yesterday(self, data: st.DataObject) -> None:
        """So that every history has something to go wrong with."""
        self.world.record(*self.batch(data, least=6))
        self.a_quarter_past_midnight_comes(1)

    @rule(data=st.data())
    def calls_are_recorded(self, data: st.DataObject) -> None:
        with self.trouble(data):
            self.world.record(*self.batch(data))

    @precondition(lambda self: self.world.truth)
    @rule(data=st.data())
    def a_call_is_deleted(self, data: st.DataObject) -> None:
        self.world.delete(data.draw(st.sampled_from(sorted(self.world.truth))))

    @precondition(lambda self: self.world.pending)
    @rule(data=st.data(), worker=st.integers(0, 1))
    def changes_are_delivered(self, data: st.DataObject, worker: int) -> None:
        """Some that are pending, in any order, and some that were delivered before."""
        pending, world = self.world.pending, self.world
        recent = [
            one for one in world.delivered if one["dynamodb"]["ApproximateCreationDateTime"] > self.now - REDELIVERED
        ]
        batch = data.draw(st.lists(st.sampled_from(pending), max_size=len(pending), unique_by=id))
        again = data.draw(st.lists(st.sampled_from(recent), max_size=3, unique_by=id)) if recent else []
        with self.trouble(data):
            world.deliver(again + batch, worker=worker)

    @precondition(lambda self: self.world.pending)
    @rule(first=st.integers(0, 3), answered=st.booleans())
    def two_workers_get_the_same_changes(self, first: int, answered: bool) -> None:
        """One counts while a write of the other is on its way, or on its way back."""
        everything = list(self.world.pending)
        with at_request(first, lambda: self.world.deliver(everything, worker=1), answered=answered):
            self.world.deliver(everything, worker=0)

    @rule(seconds=st.sampled_from((60, 899, 3_600, 40_000)))
    def time_passes(self, seconds: int) -> None:
        self.clock.shift(seconds)

    @rule(nights=st.sampled_from((1, 1, 2)))
    def a_quarter_past_midnight_comes(self, nights: int) -> None:
        self.clock.shift(nights * DAY - self.now % DAY + 900)

    @rule(data=st.data())
    def days_are_aggregated(self, data: st.DataObject) -> None:
        """With one failure perhaps, and perhaps cut off after some steps."""
        with self.trouble(data):
            self.world.aggregate(steps=data.draw(st.lists(st.integers(0, 8), max_size=2)))

    @rule(data=st.data())
    def calls_arrive_while_days_are_aggregated(self, data: st.DataObject) -> None:
        calls, counted = self.batch(data), data.draw(st.booleans())

        def arrive() -> None:
            self.world.record(*calls)
            if counted:
                self.world.catch_up()

        with at_request(data.draw(st.integers(0, 60)), arrive, of={"Query"}, answered=True):
            self.world.aggregate()

    @rule(days_ago=st.lists(st.integers(0, 12), min_size=1, max_size=2, unique=True))
    def days_are_computed_anew_by_hand(self, days_ago: list[int]) -> None:
        self.world.aggregate([utc_day(self.now - ago * DAY) for ago in days_ago])

    @precondition(lambda self: self.world.calls.hot < FOREVER)
    @rule(did=st.sampled_from("abc"))
    def a_user_is_erased(self, did: str) -> None:
        self.world.erase(did)

    @rule(days=st.sampled_from((3, 15)))
    def calls_expire(self, days: int) -> None:
        """What the stream has, and the days that have ended, are counted by then."""
        self.world.catch_up()
        self.world.aggregate()
        self.clock.shift(days * DAY)
        self.world.expire()

    @rule(data=st.data())
    def usage_is_read(self, data: st.DataObject) -> None:
        """Any range, split at will: each part is what its calls say, so the parts are together what the range is."""
        grid = data.draw(st.sampled_from((1, QUARTER_HOUR, DAY)))
        seconds = st.integers(self.now - 30 * DAY, self.now + 10).map(lambda second: second // grid * grid)
        boundaries = sorted(data.draw(st.lists(seconds, min_size=2, max_size=4, unique=True)))
        self.world.settle()
        self.world.check(*data.draw(st.sets(st.sampled_from(SCOPES), min_size=1, max_size=3)), boundaries=boundaries)

    def teardown(self) -> None:
        """In the end every figure is right, an aggregation changes none, and no counter has drifted."""
        with self._context:
            everything = self.now - 60 * DAY, self.now + DAY
            self.world.settle()
            self.world.check(*SCOPES, boundaries=everything)
            self.a_quarter_past_midnight_comes(1)
            for rebuilt in self.world.aggregate():
                assert rebuilt.drifted == 0
                assert reconcile(self.world.calls, self.world.counters, rebuilt.day)["drifted"] == 0
            self.world.check(*SCOPES, boundaries=everything)


def tell_histories(make_world: MakeWorld, *, number: int, steps: int) -> None:
    """Let that many histories happen, each in a world of its own."""
    slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
    run_state_machine_as_test(
        cast("type[History]", lambda: History(make_world)),
        settings=settings(max_examples=number, stateful_step_count=steps, suppress_health_check=slow),
    )
