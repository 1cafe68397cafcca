"""Repricing through the API: calls get the price that is found for them now, and the report says so."""

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.harness import Api, call, token
from tests.integration.support import count, dynamodb_answers, error, record, refusal, sent, shown

NOW = int(time.time())
GATEWAY, ADMIN = token("gateway", "recorder"), token("root", "admin")
REPRICE, RATES = "/api/admin/reprice", "/api/admin/rates"
REFUSED = 400, error("AccessDeniedException")
SPAN = {"startTime": NOW - 86_400, "endTime": NOW}


def reprice(api: Api, **fields: Any) -> Any:
    return api.request("POST", REPRICE, token=ADMIN, body=sent(SPAN | fields))


def set_rate(api: Api, model: str, **prices: object) -> None:
    body = sent({"model": model, "prices": prices})
    assert api.request("PUT", RATES, token=ADMIN, body=body).status == 200


@pytest.fixture
def recorded(api: Api) -> Api:
    """Calls of every cost source, and then a rate for the model that had none."""
    calls = [
        call(id="unpriced", credits=None, model="own"),
        call(id="of-bob", credits=None, model="own", userDid="bob", appDid="desk"),
        call(id="reported", model="own"),
        call(id="converted", credits=None, costUsd=1, model="own"),
        call(id="catalogue", credits=None),
        call(id="unknown", credits=None, model="nobody-knows"),
        call(id="old", credits=None, model="own", callTime=NOW - 90_000),
    ]
    assert record(api, GATEWAY, calls).status == 200
    count(api)
    set_rate(api, "own", inputTokens=10, outputTokens=100)
    return api


def test_a_dry_run_tells_what_would_change_and_changes_nothing(recorded: Api) -> None:
    before = [shown(recorded, call_id) for call_id in ("unpriced", "of-bob", "catalogue")]
    answer = reprice(recorded)
    assert answer.status == 200
    body = answer.body
    assert {**body, "id": "", "startedAt": "", "updatedAt": ""} == {
        "id": "",
        "status": "done",
        "request": {**SPAN, "dryRun": True},
        "repricedFrom": SPAN["startTime"],
        "callsRead": 4,
        "unpriced": 1,
        "changed": {"calls": 2, "creditsBefore": 0, "creditsAfter": Decimal("0.006")},
        "models": [
            {"providerId": "openai", "model": "own", "calls": 2, "creditsBefore": 0, "creditsAfter": Decimal("0.006")}
        ],
        "startedAt": "",
        "startedBy": "root",
        "updatedAt": "",
    }
    assert [shown(recorded, call_id) for call_id in ("unpriced", "of-bob", "catalogue")] == before


@pytest.mark.parametrize(
    ("filters", "changed"),
    [
        ({"userDid": "bob"}, 1),
        ({"appDid": "desk"}, 1),
        ({"model": "own"}, 2),
        ({"model": "gpt-5"}, 0),
        ({"providerId": "azure"}, 0),
        ({"costSource": "unpriced"}, 2),
        ({"costSource": "catalogue"}, 0),
        ({"startTime": NOW - 100_000}, 3),
        ({"startTime": NOW - 60}, 0),
    ],
)
def test_filters_leave_other_calls_alone(recorded: Api, filters: dict[str, Any], changed: int) -> None:
    assert reprice(recorded, **filters).body["changed"]["calls"] == changed


def test_a_reported_cost_gives_way_to_the_ledgers_price_only_when_told(recorded: Api) -> None:
    assert record(recorded, GATEWAY, [call(id="known-to-its-gateway", model="nobody-knows")]).status == 200
    foreseen = reprice(recorded, costSource="reported").body
    assert (foreseen["callsRead"], foreseen["changed"]) == (
        3,
        {"calls": 2, "creditsBefore": Decimal("1.0125"), "creditsAfter": Decimal("0.006")},
    )
    assert shown(recorded, "reported")["costSource"] == "reported"
    answer = reprice(recorded, costSource="reported", dryRun=False)
    recorded.run_jobs()
    assert recorded.get(answer.headers["Location"], ADMIN).body["changed"] == foreseen["changed"]
    for call_id, before in (("reported", Decimal("0.0125")), ("converted", 1)):
        corrected = shown(recorded, call_id)
        assert (corrected["credits"], corrected["costSource"]) == (Decimal("0.003"), "rate")
        assert (corrected["creditsBefore"], corrected["repricedBy"]) == (before, answer.body["id"])
    stays = shown(recorded, "known-to-its-gateway")
    assert (stays["credits"], stays["costSource"]) == (Decimal("0.0125"), "reported")  # the ledger knows no better


def test_of_one_user_only_that_users_calls_are_read(recorded: Api) -> None:
    with dynamodb_answers("Query", lambda query: REFUSED if query["IndexName"] == "byTime" else None):
        assert reprice(recorded, userDid="bob").body["changed"]["calls"] == 1


def test_for_real_it_corrects_the_calls_and_the_counters_follow(recorded: Api) -> None:
    untouched = [shown(recorded, call_id) for call_id in ("reported", "converted", "catalogue", "unknown", "old")]
    foreseen = reprice(recorded).body
    answer = reprice(recorded, dryRun=False)
    assert (answer.status, answer.body["status"]) == (202, "running")
    assert answer.headers["Location"] == f"{REPRICE}/{answer.body['id']}"
    assert shown(recorded, "unpriced")["costSource"] == "unpriced"
    recorded.run_jobs()
    told = recorded.get(answer.headers["Location"], ADMIN).body
    assert told["status"] == "done"
    assert [told[name] for name in ("callsRead", "unpriced", "changed", "models")] == [
        foreseen[name] for name in ("callsRead", "unpriced", "changed", "models")
    ]
    corrected = shown(recorded, "unpriced")
    assert (corrected["credits"], corrected["costUsd"], corrected["costSource"]) == (
        Decimal("0.003"),
        Decimal("0.003"),
        "rate",
    )
    assert corrected["pricedBy"].startswith("rate ")
    assert (corrected["repricedBy"], corrected["creditsBefore"]) == (told["id"], 0)
    assert [shown(recorded, each["id"]) for each in untouched] == untouched
    count(recorded)
    summary = recorded.get("/api/user/usage-stats", token("bob"), **SPAN).body["summary"]
    assert (summary["totalCredits"], summary["totalCalls"], summary["unpricedCalls"]) == (Decimal("0.003"), 1, 0)
    again = reprice(recorded).body
    assert again["changed"] == {"calls": 0, "creditsBefore": 0, "creditsAfter": 0}


def test_a_run_that_is_out_of_time_goes_on_in_another_worker(recorded: Api) -> None:
    app = recorded.module("reprice_calls")
    app.worker = replace(app.worker, batch_size=2)
    job_id = reprice(recorded, dryRun=False).body["id"]
    workers = 0
    while recorded.jobs:
        recorded.handle(*recorded.jobs.pop(0), seconds=lambda: 0)
        workers += 1
    assert workers >= 3
    told = recorded.get(f"{REPRICE}/{job_id}", ADMIN).body
    assert (told["status"], told["callsRead"], told["changed"]["calls"]) == ("done", 4, 2)


def test_a_dry_run_of_many_calls_goes_on_behind_the_answer(recorded: Api) -> None:
    foreseen = {"calls": 2, "creditsBefore": 0, "creditsAfter": Decimal("0.006")}
    app = recorded.module("manage_repricing")
    app.starter = replace(app.starter, patience=0, worker=replace(app.starter.worker, batch_size=1))
    answer = reprice(recorded)
    assert (answer.status, answer.body["status"]) == (202, "running")
    recorded.run_jobs()
    told = recorded.get(f"{REPRICE}/{answer.body['id']}", ADMIN).body
    assert (told["status"], told["changed"]) == ("done", foreseen)
    assert shown(recorded, "unpriced")["costSource"] == "unpriced"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"startTime": None}, "startTime"),
        ({"endTime": NOW - 100_000}, "endTime"),
        ({"costSource": "guessed"}, "costSource"),
        ({"dryRun": "no"}, "dryRun"),
        ({"user": "bob"}, "user"),
    ],
)
def test_a_request_that_is_not_understood_is_refused(api: Api, fields: dict[str, Any], named: str) -> None:
    refusal(reprice(api, **fields), 400, "invalid_request", named)
