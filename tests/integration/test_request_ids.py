"""One id leads from the body of an error through the access log to what the function logged."""

import json
import time
from io import StringIO

import pytest

from ledger.http import api as http_api
from tests.integration.harness import RESOURCES, Api, payload, token
from tests.integration.support import dynamodb_answers, error, writes_answered


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What functions write to their log, a JSON object a line."""
    stream = StringIO()
    for handler in http_api.logger.handlers:
        if hasattr(handler, "setStream"):
            monkeypatch.setattr(handler, "stream", stream)
    return stream


def test_the_request_id_of_an_error_is_in_every_line_of_its_function_and_in_the_access_log(
    api: Api, log: StringIO
) -> None:
    api.get("/api/user/model-calls", token("alice"))
    with dynamodb_answers("Query", lambda _: (400, error("ThrottlingException"))):
        refused = api.get("/api/user/model-calls", token("bob"))
    assert refused.status == 503
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert lines
    assert {line["correlation_id"] for line in lines} == {refused.body["requestId"]}
    assert {line["function_request_id"] for line in lines} == {"invocation"}
    access_log = json.loads(RESOURCES["Api"]["Properties"]["AccessLogSettings"]["Format"])
    assert access_log["requestId"] == "$context.requestId"
    assert access_log["functionRequestId"] == "$context.integration.requestId"


@pytest.mark.parametrize(
    ("method", "path", "caller", "status", "code"),
    [
        ("GET", "/api/user/model-calls/secret-id", "alice", 404, "not_found"),
        ("GET", "/api/user/usage-stats", "alice", 400, "invalid_request"),
        ("GET", "/api/admin/keys", "alice", 403, "forbidden"),
        ("GET", "/api/user/me", None, 401, "unauthenticated"),
    ],
)
def test_every_refusal_is_logged_under_the_id_that_its_body_names_and_without_what_was_sent(
    shared_api: Api, log: StringIO, method: str, path: str, caller: str | None, status: int, code: str
) -> None:
    context = payload("http")["requestContext"]
    refused = [
        shared_api.request(
            method,
            path,
            token=token(caller) if caller else "secret-token",
            query={"page": "secret-page"},
            requestContext={**context, "requestId": request_id},
        )
        for request_id in ("first", "second")
    ]
    assert [(answer.status, answer.body["requestId"]) for answer in refused] == [(status, "first"), (status, "second")]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["correlation_id"], line["code"]) for line in lines] == [("first", code), ("second", code)]
    assert "secret" not in log.getvalue()


def test_traces_are_logged_under_the_id_of_their_request(shared_api: Api, log: StringIO) -> None:
    texts = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.system": "openai"}
    now = int(time.time())
    span = {
        "traceId": "0" * 31 + "1",
        "spanId": "0" * 15 + "1",
        "name": "chat",
        "startTimeUnixNano": str((now - 2) * 10**9),
        "endTimeUnixNano": str(now * 10**9),
        "attributes": [{"key": key, "value": {"stringValue": text}} for key, text in texts.items()],
    }
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    event = payload("http")
    with writes_answered(lambda _: (400, error("ValidationException"))):
        answer = shared_api.request(
            "POST",
            "/v1/traces",
            token=token("gateway", "recorder"),
            body=body,
            headers={**event["headers"], "content-type": "application/json"},
        )
    assert answer.status == 200
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert lines
    assert {line["correlation_id"] for line in lines} == {event["requestContext"]["requestId"]}
