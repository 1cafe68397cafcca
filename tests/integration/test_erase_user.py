"""Erasing a user: nothing that was received of them stays where it can be removed, and nobody else's changes."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
import time_machine

from ledger.core.moments import DAY, iso
from tests.integration.harness import BUCKET, Api, call, token
from tests.integration.requests import Killed, at_request, failing
from tests.integration.support import count, items, refusal, sent

NOW = 1_795_000_000
ADMIN = "root"
RECORDED = 12


@pytest.fixture(autouse=True)
def small_pages(api: Api) -> None:
    """A page has few calls."""
    app = api.module("erase_calls")
    app.worker = replace(app.worker, page_size=5)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    """Who waits loses no time."""
    with time_machine.travel(NOW, tick=False) as clock:
        monkeypatch.setattr(time, "sleep", clock.shift)
        yield clock


@pytest.fixture
def api(api: Api) -> Api:
    """Alice has twelve calls, bob has two."""
    recorder = token("gateway", "recorder")
    alices = (
        call(id=f"alice-{number:02d}", callTime=NOW - 100 * number, userInfo={"fullName": "Alice Doe"})
        for number in range(RECORDED)
    )
    assert api.record(recorder, *alices).body["recorded"] == RECORDED
    bobs = (call(id=f"bob-{number}", userDid="bob", callTime=NOW - 50, userInfo={"fullName": "Bob"}) for number in "12")
    assert api.record(recorder, *bobs).body["recorded"] == 2
    return api


def admin() -> str:
    return token(ADMIN, "admin")


def erase(api: Api, did: str = "alice") -> dict[str, Any]:
    """Ask for the erasure of a user, a second after what was recorded."""
    time.sleep(1)
    answer = api.request("POST", "/api/admin/erasures", token=admin(), body=sent({"userDid": did}))
    assert answer.status == 202
    assert answer.headers["Location"] == f"/api/admin/erasures/{answer.body['erasureId']}"
    return answer.body


def status(api: Api, erasure: dict[str, Any]) -> dict[str, Any]:
    answer = api.get(f"/api/admin/erasures/{erasure['erasureId']}", admin())
    assert answer.status == 200
    return answer.body


def ids() -> set[str]:
    return {item["id"]["S"] for item in items("CallsTable")}


def stats(api: Api, did: str) -> dict[str, Any]:
    return api.get("/api/user/usage-stats", token(did), startTime=NOW - 7_200, endTime=NOW + 7_200).body["summary"]


def test_calls_details_and_keys_are_gone_and_the_rest_is_not(api: Api) -> None:
    keys_of = {
        did: api.request(
            "POST", "/api/admin/keys", token=admin(), body=sent({"name": "script", "role": "user", "did": did})
        ).body["key"]
        for did in ("alice", "bob")
    }
    erasure = erase(api)
    assert erasure["status"] == "running"
    api.run_jobs()
    done = status(api, erasure)
    assert done == {
        "erasureId": erasure["erasureId"],
        "status": "done",
        "requestedAt": erasure["requestedAt"],
        "finishedAt": done["finishedAt"],
        "callsRemoved": RECORDED,
        "keysRevoked": 1,
    }
    assert ids() == {"bob-1", "bob-2"}
    assert "alice" not in str(items("RegistryTable"))
    assert "Alice" not in str(items("RegistryTable"))
    refusal(api.get("/api/user/model-calls", keys_of["alice"]), 401, "unauthenticated")
    assert api.get("/api/user/model-calls", keys_of["bob"]).body["count"] == 2


def export(api: Api, asker: str, **query: str) -> dict[str, Any]:
    event = {"headers": {"host": "api", "accept": "application/json"}}
    return api.request("GET", "/api/user/model-calls/export", token=asker, query=query, **event).body


def objects() -> set[str]:
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return {each.get("Key", "") for page in pages for each in page.get("Contents", [])}


def key_of(body: dict[str, Any]) -> str:
    return body["url"].split("?")[0].rpartition("/")[2]


def test_exports_are_gone_whether_they_are_ready_or_not_and_others_are_not(api: Api) -> None:
    """Bob's stays, and so does the administrator's."""
    before, ready = objects(), export(api, token("alice"))
    assert key_of(ready) in objects()
    others = {key_of(export(api, token("bob"))), key_of(export(api, admin(), allUsers="true"))}
    assert export(api, token("alice"), search="claude")["status"] == "running"
    erasure, [(writing, order)] = erase(api), [job for job in api.jobs if job[0] == "write_export"]
    api.jobs.remove((writing, order))
    api.run_jobs()
    assert status(api, erasure)["status"] == "done"
    assert api.get("/api/user/exports", token("alice")).body == {"exports": []}
    assert api.get(f"/api/user/exports/{ready['exportId']}", admin()).status == 404
    assert api.handle(writing, order) == {"status": "nothing to do"}
    assert objects() - before == others
    assert "alice" not in str(items("RegistryTable"))


@pytest.mark.parametrize("request_number", range(5))
def test_a_worker_whose_export_is_erased_leaves_nothing(api: Api, request_number: int) -> None:
    """Wherever it is when that happens: what it wrote before and after is removed by one of the two."""
    before = objects()
    export(api, token("alice"), search="claude")
    [(writing, order)] = api.jobs
    api.jobs.clear()
    erase(api)
    with at_request(request_number, api.run_jobs, of={"Query", "GetItem", "UpdateItem"}):
        api.handle(writing, order)
    assert not api.jobs
    assert objects() == before
    assert "alice" not in str(items("RegistryTable"))


def test_statistics_count_the_calls_away(api: Api) -> None:
    count(api)
    assert stats(api, "alice")["totalCalls"] == RECORDED
    erase(api)
    api.run_jobs()
    count(api)
    assert stats(api, "alice")["totalCalls"] == 0
    assert stats(api, "alice")["totalCredits"] == 0
    assert stats(api, "bob")["totalCalls"] == 2
    everybody = api.get("/api/user/admin/user-stats", admin(), startTime=NOW - 7_200, endTime=NOW + 7_200).body
    assert everybody["summary"]["totalCalls"] == 2
    assert [user["userDid"] for user in everybody["topUsers"]] == ["bob"]


def test_it_goes_on_past_the_time_of_a_function_from_where_it_stopped(api: Api) -> None:
    """Each function has time to begin, and none after its first page of five."""
    erasure = erase(api)
    removed: list[int] = []
    while len(api.jobs) == 1 and len(removed) < 3:
        looks = iter((61.0,))
        removed.append(api.handle(*api.jobs.pop(), seconds=lambda looks=looks: next(looks, 0.0))["callsRemoved"])
    assert removed == [5, 10, 12]
    assert status(api, erasure)["status"] == "running"  # something may still be under way
    api.run_jobs()
    assert status(api, erasure)["status"] == "done"
    assert status(api, erasure)["callsRemoved"] == RECORDED


@pytest.mark.parametrize("request_number", (0, 3, 6, 9))
@pytest.mark.parametrize("answered", [False, True])
def test_a_worker_that_is_killed_anywhere_leaves_what_another_finishes(
    api: Api, request_number: int, answered: bool
) -> None:
    erasure = erase(api)
    [(function, payload)] = api.jobs
    of = {"DeleteItem", "UpdateItem", "Query"}
    try:
        with at_request(request_number, failing(Killed()), of=of, answered=answered):
            api.handle(function, payload)
    except Killed:
        pass
    api.run_jobs()  # Lambda tries again
    assert status(api, erasure)["status"] == "done"
    assert ids() == {"bob-1", "bob-2"}


def test_what_is_written_late_although_it_was_received_before_goes_too(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that was under way, whose call is older than those that are removed already."""
    late = call(id="late", callTime=NOW - 5_000)
    erasure = erase(api)
    received, wait = time.time() - 1, time.sleep

    def finish_a_request(seconds: float) -> None:
        with time_machine.travel(received, tick=False):
            api.record(token("gateway", "recorder"), late)
        assert "late" in ids()
        wait(seconds)

    monkeypatch.setattr(time, "sleep", finish_a_request)
    api.run_jobs()
    assert status(api, erasure)["callsRemoved"] == RECORDED + 1
    assert ids() == {"bob-1", "bob-2"}


def test_what_is_received_afterwards_is_a_new_users(api: Api) -> None:
    erasure = erase(api)
    time.sleep(1)
    api.record(
        token("gateway", "recorder"), call(id="new", callTime=NOW - 500), call(id="alice-03", callTime=NOW - 300)
    )
    api.run_jobs()
    assert status(api, erasure)["status"] == "done"
    assert ids() == {"bob-1", "bob-2", "new", "alice-03"}


def test_a_call_that_waited_in_a_queue_meanwhile_is_not_written(api: Api) -> None:
    def message(moment: float, call_id: str, **fields: Any) -> dict[str, Any]:
        received = iso(moment)
        waiting = call(id=call_id, callTime=NOW - 60, **fields)
        return {"messageId": call_id, "body": sent({"receivedAt": received, "calls": [waiting]})}

    before = time.time()
    erase(api)
    api.run_jobs()
    messages = [
        message(before, "before", userInfo={"fullName": "Alice Doe"}),
        message(before, "of-bob", userDid="bob"),
        message(time.time(), "after"),
    ]
    assert api.handle("write_waiting_calls", {"Records": messages}) == {"batchItemFailures": []}
    assert ids() == {"bob-1", "bob-2", "of-bob", "after"}
    assert "Alice Doe" not in str(items("RegistryTable"))


def test_asking_again_is_the_same_erasure_until_now(api: Api) -> None:
    first = erase(api)
    time.sleep(1)
    api.record(token("gateway", "recorder"), call(id="new", callTime=NOW - 500))
    second = erase(api)
    assert second["erasureId"] == first["erasureId"]
    assert second["requestedAt"] > first["requestedAt"]
    api.run_jobs()
    assert status(api, first)["callsRemoved"] == RECORDED + 1
    assert ids() == {"bob-1", "bob-2"}
    third = erase(api)
    assert third["status"] == "running"
    api.run_jobs()
    assert status(api, third)["status"] == "done"


def test_asked_again_while_a_worker_is_at_it_nothing_is_missed(api: Api) -> None:
    """The worker has passed the place where a call arrives that the second request is also about."""

    def ask_again() -> None:
        time.sleep(1)
        api.record(token("gateway", "recorder"), call(id="new", callTime=NOW - 5_000))
        erase(api)

    erasure = erase(api)
    job = api.jobs.pop()
    with at_request(2, ask_again, of={"Query"}):
        api.handle(*job)
    api.jobs.clear()  # the worker that was at it is enough
    assert status(api, erasure)["status"] == "done"
    assert ids() == {"bob-1", "bob-2"}


def test_calls_that_had_expired_stay_in_the_statistics(api: Api) -> None:
    """What TTL has not got round to is removed all the same, but was used and is not counted away."""
    count(api)
    time.sleep(401 * DAY)
    erase(api)
    api.run_jobs()
    count(api)
    assert ids() == {"bob-1", "bob-2"}
    assert stats(api, "alice")["totalCalls"] == RECORDED


@pytest.mark.parametrize("did", ["did:abt:z1 ä#?", "alice?x", "alice/x", "alice%3Fx", "/alice", "alice/../bob"])
def test_a_did_of_any_characters_is_erased_and_nobody_elses_data(api: Api, did: str) -> None:
    api.record(token("gateway", "recorder"), call(id="odd", userDid=did))
    erasure = erase(api, did)
    api.run_jobs()
    assert status(api, erasure)["callsRemoved"] == 1
    assert "odd" not in ids()
    assert sum(found.startswith("alice") for found in ids()) == RECORDED


def test_it_is_noted_who_asked_and_for_whom_and_no_more(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    erase(api)
    api.run_jobs()
    [noted] = [vars(record) for record in caplog.records if record.message == "A user is to be erased"]
    assert (noted["did"], noted["by"]) == ("alice", ADMIN)
    assert "Doe" not in str([vars(record) for record in caplog.records])
