"""GET /api/admin/ingestion: the calls and rows that programs and gateways send; tests of /v1/traces have the spans."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.aws.settings import settings
from ledger.gateways.received import Client
from tests.integration.harness import Api, call, token
from tests.integration.support import dynamodb_answers, error, sent, writes_answered

pytestmark = pytest.mark.usefixtures("instantly")

GATEWAY, ANOTHER = token("gateway", "recorder"), token("another", "recorder")
ADMIN = token("root", "admin")
ROWS = json.loads((Path(__file__).parents[1] / "unit/litellm_rows.json").read_text())


def post(api: Api, path: str, body: Any, by: str = GATEWAY, **headers: str) -> int:
    return api.request("POST", path, token=by, body=sent(body), headers={"host": "api", **headers}).status


def came_in(api: Api) -> list[dict[str, Any]]:
    """What is not zero, of today."""
    days = api.get("/api/admin/ingestion", ADMIN, days=1).body["days"]
    return [{name: value for name, value in day.items() if value and name not in ("day", "ignored")} for day in days]


def test_calls_are_counted_by_the_program_that_sends_them_and_by_what_became_of_them(api: Api) -> None:
    calls = [call(id="a"), call(id="b", usageMetrics={"inputTokens": -1}), 5, call(id="c")]
    assert post(api, "/api/model-calls", calls, **{"user-agent": "my-gateway/1.2 (linux) python/3.13"}) == 207
    assert post(api, "/api/model-calls", call(id="a"), by=ANOTHER) == 400
    assert came_in(api) == [
        {"client": "my-gateway", "version": "1.2", "received": 4, "recorded": 2, "setAside": 2},
        {"client": "unknown", "received": 1, "ofAnotherKey": 1},
    ]


def test_rows_of_litellm_are_counted_by_its_version(api: Api) -> None:
    litellm = {"user-agent": "litellm/1.110.2"}
    row = ROWS[0] | {"startTime": time.time() - 60, "endTime": time.time() - 59, "completionStartTime": None}
    rows = [row | {"litellm_call_id": "a"}, row | {"litellm_call_id": "b", "prompt_tokens": "many"}, None]
    assert post(api, "/api/ingest/litellm", rows, **litellm) == 200
    assert post(api, "/api/ingest/litellm", rows[:1], by=ANOTHER, **litellm) == 200
    assert came_in(api) == [
        {"client": "litellm", "version": "1.110.2", "received": 3, "recorded": 1, "setAside": 1, "ofAnotherKey": 1}
    ]


def test_calls_that_wait_are_counted_and_those_that_are_to_be_sent_again_are_not(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writes_answered(lambda _: (400, error("ThrottlingException"))):
        assert post(api, "/api/model-calls", call(id="a")) == 202
        monkeypatch.setenv("WAITING_CALLS_QUEUE", "https://sqs.us-east-1.amazonaws.com/123456789012/no-such-queue")
        api.functions.clear()
        settings.cache_clear()
        assert post(api, "/api/model-calls", [call(id="b"), call(type="poem")]) == 503
    settings.cache_clear()
    assert came_in(api) == [{"client": "unknown", "received": 1, "recorded": 1}]


def test_calls_do_not_wait_for_the_counts(api: Api) -> None:
    with dynamodb_answers("UpdateItem", lambda _: (400, error("ThrottlingException"))):
        assert post(api, "/api/model-calls", call(id="a")) == 200
    assert came_in(api) == []


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("curl/8.5.0", Client("curl", "8.5.0")),
        ("Mozilla/5.0 (X11; Linux x86_64)", Client("Mozilla", "5.0")),
        ("my-gateway", Client("my-gateway")),
        ("", Client("unknown")),
        ("(nothing)", Client("unknown")),
    ],
)
def test_a_client_is_the_first_product_of_the_user_agent(user_agent: str, client: Client) -> None:
    assert Client.of(user_agent) == client


@given(st.text())
def test_any_user_agent_names_a_client(user_agent: str) -> None:
    assert Client.of(user_agent).name
