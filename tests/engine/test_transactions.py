"""What only a real engine does to concurrent and repeated transactions."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from botocore.exceptions import ReadTimeoutError

from ledger.aggregates.counters_table import CounterTable
from ledger.aws import dynamodb
from ledger.calls.calls_table import Calls
from ledger.core.moments import DAY
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.stream import Counting, Outcome
from tests.engine.stream import EngineStream
from tests.integration.requests import at_request, failing
from tests.integration.small_world import call
from tests.integration.world import RETENTION, Change, World, plenty, scan

SCOPES = (EVERYBODY, Scope.of_user("a"), Scope.of_app("x"))


@pytest.fixture
def world(tables: None) -> Iterator[World]:
    assert tables is None
    yield World(
        Calls("CallsTable", time_shards=2, retention=RETENTION),
        CounterTable("CountersTable", fragments=1),
        EngineStream("CallsTable"),
    )


@pytest.fixture
def now() -> int:
    return int(time.time())


def test_workers_that_count_into_the_same_counters_all_get_through(world: World, now: int) -> None:
    """Four threads, each with changes of its own and some of the next one's, that begin together, in one fragment."""
    world.record(*(call(f"call-{number}", now - 60, credits=Decimal(number).scaleb(-10)) for number in range(80)))
    shares = [world.pending[start : start + 30] for start in range(0, 80, 20)]
    together = threading.Barrier(len(shares))

    def work(share: list[Change]) -> list[str]:
        together.wait()
        failed: list[str] = []
        for change in share:  # one by one, so that they meet often
            failed += Counting(world.counters.table, 1).count([change], plenty).failed
        return failed

    with ThreadPoolExecutor(len(shares)) as workers:
        assert list(workers.map(work, shares)) == [[]] * len(shares)
    world.check(*SCOPES, boundaries=(now - DAY, now + 60))


def test_two_workers_with_the_same_batch_count_it_once(world: World, now: int) -> None:
    world.record(*(call(f"call-{number}", now - 60 * number) for number in range(25)))
    together = threading.Barrier(2)

    def work(_: int) -> list[str]:
        together.wait()
        return Counting(world.counters.table, 1).count(world.pending, plenty).failed

    with ThreadPoolExecutor(2) as workers:
        assert list(workers.map(work, (0, 0))) == [[], []]
    world.check(*SCOPES, boundaries=(now - DAY, now + 60))


def test_a_conflict_is_tried_again(world: World, now: int) -> None:
    """Another transaction holds the counter at the moment that this one begins, and at the next."""
    world.record(call("one", now - 60), call("two", now - 60))
    conflict = dynamodb.client().exceptions.TransactionConflictException(
        {
            "Error": {"Code": "TransactionConflictException", "Message": "Transaction is ongoing for the item"},
            "ResponseMetadata": {"HTTPStatusCode": 400},  # pyright: ignore[reportArgumentType]
        },
        "TransactWriteItems",
    )
    of = {"TransactWriteItems"}
    with at_request(0, failing(conflict), of=of), at_request(0, failing(conflict), of=of):
        assert Counting(world.counters.table, 1).count(world.pending, plenty) == Outcome([], [])
    world.check(*SCOPES, boundaries=(now - DAY, now + 60))


def test_a_transaction_whose_answer_got_lost_is_not_counted_again(world: World, now: int) -> None:
    world.record(call("one", now - 60), call("two", now - 60))
    lost = failing(ReadTimeoutError(endpoint_url="http://dynamodb"))
    with at_request(0, lost, of={"TransactWriteItems"}, answered=True):
        assert Counting(world.counters.table, 1).count(world.pending, plenty) == Outcome([], [])
    world.check(*SCOPES, boundaries=(now - DAY, now + 60))


def test_the_same_call_written_again_is_no_change(world: World, now: int) -> None:
    """So a retry costs no counting; only updatedAt would be one."""
    world.calls.put([call("one", now - 60)], now)
    world.calls.put([call("one", now - 60)], now)
    assert len(world.stream.read()) == 1


def test_what_ttl_removes_is_marked_so_in_the_stream_and_stays_counted(world: World, now: int) -> None:
    """Within ten seconds or so here; within days on AWS."""
    client = dynamodb.client()
    client.update_time_to_live(
        TableName=world.calls.table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"}
    )
    world.record(call("going", now - RETENTION - 2), call("staying", now - 60))
    world.deliver()
    give_up = time.monotonic() + 60
    while not (removals := world.stream.read()) and time.monotonic() < give_up:
        time.sleep(0.5)
    [removal] = removals
    assert removal["eventName"] == "REMOVE"
    assert removal["userIdentity"]["principalId"] == "dynamodb.amazonaws.com"
    assert "going" not in {item["id"]["S"] for item in scan(world.calls.table)}
    world.deliver(removals)
    world.check(*SCOPES, boundaries=(now - RETENTION - DAY, now - DAY, now + 60))
