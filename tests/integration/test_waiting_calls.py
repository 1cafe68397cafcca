"""Calls that can't be written when they come wait: none is lost, none counts twice, none undoes a later one."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.aws import sqs
from ledger.core.moments import iso
from tests.integration.harness import Api, call, token
from tests.integration.support import count, error, items, messages, record, shown, write_waiting, writes_answered

GATEWAY = token("gateway", "recorder", lifetime=10 * 86_400)
ADMIN = token("root", "admin", lifetime=10 * 86_400)
THROTTLED = (400, error("ProvisionedThroughputExceededException"))

pytestmark = pytest.mark.usefixtures("instantly")


def send(api: Api, calls: Sequence[Mapping[str, Any]], *, throttled: bool) -> list[dict[str, Any]]:
    """Record calls. Answers the messages that wait then."""
    if not throttled:
        assert record(api, GATEWAY, calls).status == 200
        return []
    with writes_answered(lambda _: THROTTLED):
        assert record(api, GATEWAY, calls).body == {"recorded": 0, "accepted": len(calls), "rejected": []}
    return messages("WAITING_CALLS_QUEUE")


def test_a_call_that_waited_is_the_call_that_was_sent(api: Api) -> None:
    """With every field, to the last decimal, its user's name, the time it came at, and the moment it was written."""
    sent = call(
        id="a",
        callTime=None,
        credits=Decimal("0.0123456789"),
        usageMetrics={"inputTokens": 3, "seconds": Decimal("1.50")},
        errorReason="\ufffe \uffff \u0001 🦜",
        metadata={"deep": [1, Decimal("2.50"), None, "\uffff"]},
        userInfo={"fullName": "Alice"},
    )
    with time_machine.travel(time.time(), tick=False) as clock:
        came = time.time()
        came_at = int(came)
        waiting = send(api, [sent], throttled=True)
        clock.shift(3_000)
        assert write_waiting(api, waiting) == []
        written = shown(api, "a")
        record(api, GATEWAY, [{**sent, "id": "b", "callTime": came_at}])
        assert written["createdAt"] == iso(came)
        assert {**written, "id": "b", "createdAt": written["updatedAt"]} == shown(api, "b")
        assert written["userInfo"]["fullName"] == "Alice"


def test_a_call_without_an_id_keeps_the_one_it_was_given(api: Api) -> None:
    waiting = send(api, [call(), call()], throttled=True)
    for _ in range(2):
        assert write_waiting(api, waiting) == []
    assert len(items("CallsTable")) == 2


def test_a_final_version_stays_although_an_older_one_that_waited_is_written_later(api: Api) -> None:
    with time_machine.travel(time.time(), tick=False) as clock:
        waiting = send(api, [call(id="a", status="processing", credits=None)], throttled=True)
        clock.shift(2)
        send(api, [call(id="a", credits=5)], throttled=False)
        clock.shift(600)
        assert write_waiting(api, waiting) == []
        assert (shown(api, "a")["status"], shown(api, "a")["credits"]) == ("success", 5)


def test_of_two_versions_that_waited_the_later_one_stays_in_whatever_order_they_are_written(api: Api) -> None:
    with time_machine.travel(time.time(), tick=False) as clock:
        first = send(api, [call(id="a", credits=1)], throttled=True)
        clock.shift(1)
        second = send(api, [call(id="a", credits=2)], throttled=True)
        clock.shift(600)
        for waiting in (second, first, second):
            assert write_waiting(api, waiting) == []
            assert shown(api, "a")["credits"] == 2


def test_a_call_that_waited_and_is_written_twice_counts_once(api: Api) -> None:
    waiting = send(api, [call(id="a", credits=2), call(id="b", credits=3)], throttled=True)
    for _ in range(2):
        assert write_waiting(api, waiting) == []
    count(api)
    now = int(time.time())
    stats = api.get("/api/user/usage-stats", token(), startTime=now - 86_400, endTime=now).body["summary"]
    assert (stats["totalCalls"], stats["totalCredits"]) == (2, 5)


def test_while_dynamodb_has_no_capacity_messages_stay_in_the_queue(api: Api) -> None:
    one, other = send(api, [call(id="a")], throttled=True), send(api, [call(id="b")], throttled=True)

    def never_b(request: Mapping[str, Any]) -> tuple[int, object] | None:
        return THROTTLED if request["Item"]["id"]["S"] == "b" else None

    with writes_answered(never_b):
        assert write_waiting(api, [*one, *other]) == other
    assert shown(api, "a")
    assert write_waiting(api, other) == []
    assert shown(api, "b")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException"])
def test_calls_wait_while_a_table_is_restored(api: Api, code: str) -> None:
    """A policy of the damaged table denies writes, or the table is gone: docs/procedures.md#restore."""
    with writes_answered(lambda _: (400, error(code))):
        assert record(api, GATEWAY, [call(id="a")]).body == {"recorded": 0, "accepted": 1, "rejected": []}
        waiting = messages("WAITING_CALLS_QUEUE")
        assert write_waiting(api, waiting) == waiting
    assert write_waiting(api, waiting) == []
    assert shown(api, "a")


def test_a_message_that_holds_no_good_call_stays_for_somebody_to_look_at_it(api: Api) -> None:
    good, bad = send(api, [call(id="a")], throttled=True), send(api, [call(id="b")], throttled=True)
    bad[0]["body"] = bad[0]["body"].replace("chatCompletion", "telepathy")
    assert write_waiting(api, [*bad, *good]) == bad
    assert shown(api, "a")


def test_calls_are_packed_into_messages_that_sqs_takes(api: Api) -> None:
    calls = [call(id=f"{n}-{'☃' * 100}", metadata=["x" * 6_000]) for n in range(100)]
    waiting = send(api, calls, throttled=True)
    assert len(waiting) > 1
    assert all(len(message["body"].encode()) < 256 * 1024 for message in waiting)
    assert sum(len(json.loads(message["body"])["calls"]) for message in waiting) == 100
    assert all(len(message["body"]) > sqs.LARGEST_MESSAGE / 2 for message in waiting[:-1])
    assert write_waiting(api, waiting) == []
    assert len(items("CallsTable")) == 100


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    versions=st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.booleans()), min_size=1, max_size=8),
    randomness=st.randoms(use_true_random=False),
)
def test_whatever_waits_and_comes_again_the_last_version_of_each_call_stays(
    shared_api: Api, versions: list[tuple[int, bool, bool]], randomness: Any
) -> None:
    """Some versions wait; of those some are written soon and again later, all in any order."""
    did, waiting, last = str(uuid.uuid4()), list[dict[str, Any]](), dict[int, int]()
    with time_machine.travel(time.time(), tick=False) as clock:
        for version, (number, throttled, soon) in enumerate(versions):
            clock.shift(1)
            sent = call(id=f"{did}-{number}", userDid=did, credits=version, status="success")
            waiting += send(shared_api, [sent], throttled=throttled)
            last[number] = version
            if soon and waiting:
                clock.shift(1)
                assert write_waiting(shared_api, [randomness.choice(waiting)]) == []
        clock.shift(1)
        randomness.shuffle(waiting)
        if waiting:
            assert write_waiting(shared_api, waiting) == []
        for number, version in last.items():
            assert shown(shared_api, f"{did}-{number}")["credits"] == version
        page = shared_api.get("/api/user/model-calls", token(did)).body
        assert sorted(row["credits"] for row in page["list"]) == sorted(last.values())
