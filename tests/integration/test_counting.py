"""Counting when things go wrong: what is tried again, what is set aside, and what a barrier then proves."""

import json
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ledger.aggregates.counters_table import CounterTable
from ledger.aws import dynamodb
from ledger.aws.settings import settings
from ledger.core.moments import utc_day
from ledger.core.scopes import EVERYBODY
from ledger.counting.barrier import Barrier, TooFarBehind
from ledger.counting.stream import RESERVE, Counting, Outcome
from ledger.counting.transactions import Transaction
from tests.integration.harness import Api
from tests.integration.requests import at_request, failing
from tests.integration.small_world import call, small_world
from tests.integration.world import Change, World, plenty, scan

FRAGMENTS = 4
STRANGE: Change = {
    "eventID": "strange",
    "dynamodb": {
        "Keys": {"id": {"S": "strange"}},
        "NewImage": {"id": {"S": "strange"}, "updatedAt": {"S": "2026-11-20T10:00:00.000Z"}},
        "SequenceNumber": "1",
    },
}


@pytest.fixture
def world() -> Iterator[World]:
    with small_world() as world:
        yield world


def test_a_change_that_cannot_be_read_is_set_aside_and_the_others_are_counted(world: World) -> None:
    world.record(call("one", int(time.time()) - 60))
    outcome = Counting(world.counters.table, 2).count([STRANGE, *world.pending], plenty)
    assert outcome == Outcome([], [STRANGE])
    assert calls_counted(world) == 1


def test_a_throttled_change_is_reported_as_failed_and_never_set_aside(world: World) -> None:
    world.record(call("one", int(time.time()) - 60))
    [change] = world.pending
    world.pending.clear()
    with refusing("ThrottlingException"):
        outcome = Counting(world.counters.table, 2).count([change], plenty)
    assert outcome == Outcome([change["dynamodb"]["SequenceNumber"]], [])


def test_near_its_deadline_a_worker_begins_no_transaction_and_reports_the_rest(world: World) -> None:
    world.record(*(call(f"call-{number}", int(time.time()) - 60, user_did=f"user-{number}") for number in range(150)))
    looks = iter([900.0, 900.0])
    outcome = Counting(world.counters.table, 2).count(world.pending, lambda: next(looks, RESERVE - 1))
    counted = calls_counted(world)
    assert 0 < counted < 150
    assert len(outcome.failed) == 150 - counted
    world.deliver()
    assert calls_counted(world) == 150


@pytest.mark.parametrize("fragment", range(FRAGMENTS))
def test_after_a_conflict_a_worker_draws_its_fragment_anew(world: World, fragment: int) -> None:
    """A worker that kept its fragment would collide with the same other worker for as long as both live."""
    world.record(call("one", int(time.time()) - 60))
    changes = world.pending.copy()
    world.pending.clear()
    conflict = error("TransactionConflictException")
    drawn = set[int]()
    for _ in range(60):
        counting = Counting(world.counters.table, FRAGMENTS)
        counting.fragment = fragment
        with at_request(0, failing(conflict), of={"TransactWriteItems"}):
            assert counting.count(changes, plenty) == Outcome([], [])
        drawn.add(counting.fragment)
    assert drawn == set(range(FRAGMENTS))
    assert calls_counted(world) == 1


def test_a_transaction_is_summed_once_however_often_it_is_attempted(world: World) -> None:
    world.record(*(call(f"call-{number}", int(time.time()) - 60) for number in range(7)))
    changes = world.pending.copy()
    world.pending.clear()
    added = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal added
        added += event == "call" and frame.f_code is Transaction.add.__code__

    with at_request(0, failing(error("TransactionConflictException")), of={"TransactWriteItems"}):
        sys.setprofile(profile)
        try:
            outcome = Counting(world.counters.table, FRAGMENTS).count(changes, plenty)
        finally:
            sys.setprofile(None)
    assert outcome == Outcome([], [])
    assert added == len(changes)
    assert calls_counted(world) == len(changes)


def test_what_ttl_removes_costs_no_write(world: World) -> None:
    world.record(call("one", int(time.time()) - 60))
    [change] = world.pending
    images = change["dynamodb"]
    removal = {
        **change,
        "eventID": "removal",
        "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"},
        "dynamodb": {
            "OldImage": images["NewImage"],
            "SequenceNumber": "2",
            "ApproximateCreationDateTime": time.time(),
        },
    }
    before = scan(world.counters.table)
    assert Counting(world.counters.table, 2).count([removal], plenty) == Outcome([], [])
    assert scan(world.counters.table) == before


def test_a_barrier_waits_for_the_changes_that_came_with_it(world: World) -> None:
    """Its items are noted once everything else in their batch is counted, whatever order they came in."""
    world.record(call("one", int(time.time()) - 60))
    barrier = Barrier(world.calls.table, world.counters.table, items=lambda: 3)
    with pytest.raises(TooFarBehind):
        barrier.pass_through(lambda: 0)
    changes = [*world.stream.read(), *world.pending]
    world.pending.clear()
    assert ["barrier" in change["dynamodb"]["NewImage"] for change in changes] == [True, True, True, False]
    counting = Counting(world.counters.table, 2)
    with refusing("ThrottlingException"):
        outcome = counting.count(changes, plenty)
    assert set(outcome.failed) == {change["dynamodb"]["SequenceNumber"] for change in changes}
    assert not noted(world)

    assert counting.count(changes, plenty) == Outcome([], [])
    assert noted(world) == {"0", "1", "2"}
    assert calls_counted(world) == 1


def test_a_barrier_is_whole_however_its_items_are_cut_into_batches(world: World) -> None:
    barrier = Barrier(world.calls.table, world.counters.table, items=lambda: 5)
    with pytest.raises(TooFarBehind):
        barrier.pass_through(lambda: 0)
    changes = world.stream.read()
    counting = Counting(world.counters.table, 2)
    for batch in (changes[:3], changes[2:4], changes[:1], changes[4:]):
        assert counting.count(batch, plenty) == Outcome([], [])
    assert noted(world) == {"0", "1", "2", "3", "4"}


def test_the_function_sends_what_it_cannot_read_to_the_queue(api: Api) -> None:
    assert api.handle("count_calls", {"Records": [STRANGE]}) == {"batchItemFailures": []}
    [message] = boto3.client("sqs").receive_message(QueueUrl=settings().uncounted_queue)["Messages"]
    assert json.loads(message.get("Body", "")) == {"changes": [STRANGE]}


def test_a_change_too_large_for_a_message_is_sent_without_its_images(api: Api) -> None:
    large: Any = {**STRANGE, "dynamodb": STRANGE["dynamodb"] | {"OldImage": {"x": {"S": "x" * 300_000}}}}
    assert api.handle("count_calls", {"Records": [large]}) == {"batchItemFailures": []}
    [message] = boto3.client("sqs").receive_message(QueueUrl=settings().uncounted_queue)["Messages"]
    [sent] = json.loads(message.get("Body", ""))["changes"]
    assert sent["dynamodb"] == {"Keys": {"id": {"S": "strange"}}, "SequenceNumber": "1"}


def test_a_replay_answers_what_it_cannot_read_instead_of_sending_it_to_the_queue_again(api: Api) -> None:
    answer = api.handle("count_calls", {"Records": [STRANGE], "isReplay": True})
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert "Messages" not in boto3.client("sqs").receive_message(QueueUrl=settings().uncounted_queue)


def error(code: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}},  # pyright: ignore[reportArgumentType]
        "TransactWriteItems",
    )


class refusing:  # noqa: N801 - a context manager
    """DynamoDB refuses every transaction."""

    def __init__(self, code: str) -> None:
        self.code = code

    def _refuse(self, **_: object) -> None:
        raise error(self.code)

    def __enter__(self) -> None:
        dynamodb.client().meta.events.register("before-call.dynamodb.TransactWriteItems", self._refuse)

    def __exit__(self, *_: object) -> None:
        dynamodb.client().meta.events.unregister("before-call.dynamodb.TransactWriteItems", self._refuse)


def calls_counted(world: World) -> int:
    now = int(time.time())
    queries = CounterTable(world.counters.table, FRAGMENTS).live(EVERYBODY, utc_day(now), 0, now + 60)
    counters = [counter for query in queries for counter in query]
    return sum(measures.calls for counter in counters for measures in counter.slots.values())


def noted(world: World) -> set[str]:
    items = [item for item in scan(world.counters.table) if "numbers" in item]
    return {number for item in items for number in item["numbers"]["NS"]}
