"""One id leads from the body of an error through the access log to what the function logged."""

import json
from io import StringIO

import pytest

from ledger.http import api as http_api
from tests.integration.harness import RESOURCES, Api, token
from tests.integration.support import dynamodb_answers, error


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
    assert access_log["functionRequestId"] == "$context.awsEndpointRequestId"
