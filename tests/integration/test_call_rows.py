"""What the call log and a single call show, and to whom."""

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ledger.aws.settings import settings
from ledger.calls.calls_table import Calls
from ledger.core.moments import DAY
from tests.integration.harness import Api, call, token
from tests.integration.support import record, refusal
from tests.moment import NOW

GATEWAY = token("gateway", "recorder")
ADMIN = token("root", "admin")
PATH = "/api/user/model-calls"


def ids(body: dict[str, Any]) -> list[str]:
    return [row["id"] for row in body["list"]]


class TestRows:
    def test_a_row_has_every_field_that_is_documented(self, api: Api) -> None:
        metrics = {"inputTokens": 100, "outputTokens": 20, "cacheReadInputTokens": 3, "cacheCreationInputTokens": 0}
        record(
            api,
            GATEWAY,
            call(id="a", appDid="app", usageMetrics=metrics, ttfb=210, traceId="t", userInfo={"fullName": "Alice"}),
        )
        body = api.get(PATH, token("alice")).body
        assert set(body) == {"count", "asOf", "list", "paging", "nextToken"}
        (row,) = body["list"]
        assert row.pop("updatedAt") >= row["createdAt"]
        assert row.pop("callTime") in range(NOW - 3_700, NOW)
        assert row.pop("createdAt").endswith("Z")
        assert row == {
            "id": "a",
            "providerId": "openai",
            "model": "gpt-5",
            "responseModel": None,
            "credentialId": None,
            "type": "chatCompletion",
            "totalUsage": 123,
            "usageMetrics": metrics,
            "credits": Decimal("0.0125"),
            "costUsd": None,
            "costSource": "reported",
            "pricedBy": None,
            "serviceTier": None,
            "listCostUsd": Decimal("0.000325375"),
            "listCosts": {
                "inputTokens": Decimal("0.000125"),
                "outputTokens": Decimal("0.0002"),
                "cacheReadInputTokens": Decimal("0.000000375"),
            },
            "cacheSavings": Decimal("0.000003375"),
            "repricedBy": None,
            "creditsBefore": None,
            "status": "success",
            "duration": Decimal("1.5"),
            "errorReason": None,
            "appDid": "app",
            "userDid": "alice",
            "requestId": None,
            "traceId": "t",
            "ttfb": 210,
            "providerTtfb": None,
            "metadata": None,
            "recordedBy": None,
            "provider": {
                "id": "openai",
                "name": "openai",
                "displayName": "OpenAI",
                "baseUrl": "https://api.openai.com/v1",
                "region": None,
                "enabled": True,
            },
            "appInfo": {"appDid": "app", "appName": "app", "appLogo": "", "appUrl": ""},
            "userInfo": {"did": "alice", "fullName": "Alice", "email": "", "avatar": ""},
        }
        own, everybodys = (api.get(f"{PATH}/a", asker).body for asker in (token("alice"), ADMIN))
        assert everybodys == own | {"recordedBy": "token:gateway"}

    def test_unknown_users_and_calls_without_an_app_say_so(self, api: Api) -> None:
        record(api, GATEWAY, call(id="a", providerId="acme"))
        (row,) = api.get(PATH, token("alice")).body["list"]
        assert row["userInfo"] == {"did": "alice", "fullName": "Unknown User", "email": ""}
        assert row["appInfo"] is None
        assert row["provider"]["displayName"] == "acme"

    def test_a_log_without_calls_is_an_empty_list(self, api: Api) -> None:
        body = api.get(PATH, token("nobody")).body
        assert body == {
            "count": 0,
            "asOf": None,
            "list": [],
            "paging": {"page": 1, "pageSize": 50},
            "nextToken": None,
        }


class TestNames:
    @pytest.mark.parametrize("text", ["ALICE DOE", "lice d", "doe"])
    def test_a_search_finds_names_in_any_case(self, api: Api, text: str) -> None:
        info = {"fullName": "Alice Doe"}
        record(api, GATEWAY, [call(id="a", userDid="did:1", userInfo=info), call(id="b", userDid="did:2")])
        record(api, GATEWAY, call(id="c", userDid="did:2", appDid="app", appInfo={"appName": "John Doe's desk"}))
        found = ids(api.get(PATH, ADMIN, allUsers="true", search=text).body)
        assert set(found) == {"a", "c"} if text == "doe" else {"a"}
        assert ids(api.get(PATH, ADMIN, allUsers="true", search=text, searchFields="model,userName").body) == ["a"]
        assert ids(api.get(PATH, ADMIN, allUsers="true", search=text, searchFields="id").body) == []

    def test_a_search_by_name_finds_nobody_else(self, api: Api) -> None:
        record(api, GATEWAY, [call(id="a", userInfo={"fullName": "Secret Name"}), call(id="b", userDid="bob")])
        assert api.get(PATH, token("bob"), search="secret").body["list"] == []


@pytest.mark.parametrize("call_id", ["a b", "a%20b", '"a"', "🦜", "#", "a+b", "ä", "\\", "a&b=c", "x" * 256])
def test_a_call_is_found_by_any_id_it_may_have(shared_api: Api, call_id: str) -> None:
    assert record(shared_api, GATEWAY, call(id=call_id, userDid="ida")).status == 200
    body = shared_api.get(PATH, token("ida"), id=call_id).body
    assert (ids(body), body["count"], body["nextToken"]) == ([call_id], 1, None)


@pytest.mark.parametrize(
    "others",
    [
        {"model": "another"},
        {"status": "failed"},
        {"search": "nowhere"},
        {"endTime": NOW - 50 * DAY},
        {"startTime": NOW},
        {"page": 2},
        {"minDurationSeconds": 100},
    ],
    ids=str,
)
def test_a_call_of_an_id_is_shown_if_the_other_filters_leave_it(shared_api: Api, others: dict[str, Any]) -> None:
    assert record(shared_api, GATEWAY, call(id="one of many", userDid="ida", callTime=NOW - 60)).status == 200
    assert ids(shared_api.get(PATH, token("ida"), id="one of many", search="one OF").body) == ["one of many"]
    assert ids(shared_api.get(PATH, token("ida"), id="one of many", **others).body) == []


def test_another_users_call_is_not_shown_by_its_id(shared_api: Api) -> None:
    assert record(shared_api, GATEWAY, call(id="idas own", userDid="ida")).status == 200
    assert ids(shared_api.get(PATH, token("bob"), id="idas own").body) == []
    assert ids(shared_api.get(PATH, ADMIN, id="idas own").body) == []
    assert ids(shared_api.get(PATH, ADMIN, id="idas own", allUsers="true").body) == ["idas own"]


@pytest.mark.parametrize("call_id", ["x" * 257, "a b", "a/b", "alice?x", "a%20b", "🦜", "a:b"])
def test_a_path_takes_ids_of_unreserved_characters_only(shared_api: Api, call_id: str) -> None:
    """API Gateway decodes or cuts other ids, so that they could name a different call."""
    answer = shared_api.request("GET", f"{PATH}/x", token=token("ida"), pathParameters={"id": call_id})
    refusal(answer, 400, "invalid_request", "id")


def test_an_id_that_no_call_can_have_is_refused(shared_api: Api) -> None:
    refusal(shared_api.get(PATH, token("ida"), id="x" * 257), 400, "invalid_request", "id")


def test_expired_calls_are_neither_shown_nor_counted(api: Api) -> None:
    """DynamoDB removes them some time after they expire."""
    record(api, GATEWAY, call(id="new"))
    calls = Calls.of(settings())
    kept = calls.get("new", NOW)
    assert kept
    oldest = int(time.time()) - settings().retention
    old = [replace(kept, id="expired", call_time=oldest - 900), replace(kept, id="kept", call_time=oldest + 900)]
    assert calls.put(old, time.time()) == []
    body = api.get(PATH, token("alice"), startTime=0).body
    assert (ids(body), body["count"]) == (["new", "kept"], 2)
    assert api.get(f"{PATH}/kept", token("alice")).status == 200
    refusal(api.get(f"{PATH}/expired", token("alice")), 404, "not_found")
    everybodys = api.get(PATH, ADMIN, allUsers="true", endTime=oldest - 1).body
    assert (everybodys["list"], everybodys["count"]) == ([], 0)


def test_a_token_holds_its_place_while_calls_arrive(api: Api) -> None:
    calls = [call(id=f"old-{n:02}", callTime=NOW - 60 - n // 3) for n in range(40)]
    record(api, GATEWAY, calls)
    found: list[str] = []
    next_token: str | None = ""
    for arrivals in range(100):
        body = api.get(PATH, ADMIN, allUsers="true", pageSize=7, nextToken=next_token).body
        found += ids(body)
        next_token = body["nextToken"]
        if next_token is None:
            break
        record(api, GATEWAY, [call(id=f"new-{arrivals}-{n}", callTime=NOW - 1) for n in range(5)])
    assert found == [sent["id"] for sent in sorted(calls, key=lambda c: (c["callTime"], c["id"]), reverse=True)]
