"""What must not get out: credentials, and anything of the inside, in answers and in logs."""

import json
import logging
import time
import traceback
from collections.abc import Iterator
from io import StringIO
from typing import Any, cast

import pytest

from ledger.http import api
from tests.integration.harness import SECRETS, Answer, Api, call, token
from tests.integration.support import dynamodb_answers, error, record, refusal, sent, writes_answered

ADMIN = token("root", "admin")
NOW = int(time.time())

pytestmark = pytest.mark.usefixtures("instantly")


class Output:
    """All that the functions have logged so far."""

    def __init__(self, logged: pytest.LogCaptureFixture) -> None:
        self.stream = StringIO()
        self._logged = logged

    @property
    def text(self) -> str:
        return self.stream.getvalue() + self._logged.text + "".join(str(vars(entry)) for entry in self._logged.records)


@pytest.fixture
def output(caplog: pytest.LogCaptureFixture) -> Iterator[Output]:
    caplog.set_level(logging.INFO)
    output = Output(caplog)
    handlers = [handler for handler in cast("list[Any]", api.logger.handlers) if hasattr(handler, "setStream")]
    assert handlers
    streams: list[Any] = [handler.setStream(output.stream) for handler in handlers]
    yield output
    for handler, stream in zip(handlers, streams, strict=True):
        handler.setStream(stream)


def all_of(answer: Answer) -> str:
    return json.dumps(answer.body, default=str) + str(answer.headers)


def test_a_refused_credential_is_neither_answered_nor_logged(shared_api: Api, output: Output) -> None:
    key = shared_api.request("POST", "/api/admin/keys", token=ADMIN, body=sent({"name": "k", "role": "user"})).body[
        "key"
    ]
    refused = [key + "x", token(lifetime=-65), token()[:-3] + "abc", "ul_not-a-key", "x.y.z"]
    answers = [shared_api.get("/api/user/model-calls", credential) for credential in refused]
    for credential, answer in zip(refused, answers, strict=True):
        refusal(answer, 401, "unauthenticated")
        assert credential not in all_of(answer)
        assert credential not in output.text
    assert key.rpartition("_")[2] not in output.text


def test_good_credentials_are_never_logged_not_even_when_a_function_fails(shared_api: Api, output: Output) -> None:
    key = shared_api.request("POST", "/api/admin/keys", token=ADMIN, body=sent({"name": "k", "role": "recorder"})).body[
        "key"
    ]
    secret, confidence = key.split("_", 2)[2], " ".join(["said", "in", "confidence"])
    everything = {"errorReason": confidence, "metadata": {"prompt": confidence}}
    for answer in ((500, error("InternalServerError")), (400, error("ValidationException"))):
        with writes_answered(lambda _, answer=answer: answer):
            assert record(shared_api, key, call(**everything)).status == 202
    with (
        dynamodb_answers("GetItem", lambda _: (400, error("ValidationException"))),
        pytest.raises(Exception, match="ValidationException") as failure,
    ):
        shared_api.get("/api/user/model-calls/some-call", ADMIN)
    told = output.text + "".join(traceback.format_exception(failure.value))  # which Lambda logs
    for hidden in (secret, ADMIN, *SECRETS.values(), confidence):
        assert hidden not in told


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException"])
@pytest.mark.parametrize(
    ("operation", "path", "query"),
    [
        ("Query", "/api/user/model-calls", {}),
        ("Query", "/api/admin/keys", {}),
        ("GetItem", "/api/user/model-calls/some-call", {}),
    ],
)
def test_a_reader_is_told_to_come_back_where_dynamodb_is_busy(
    shared_api: Api, output: Output, operation: str, path: str, query: dict[str, Any], code: str
) -> None:
    with dynamodb_answers(operation, lambda _: (400, error(code))):
        answer = shared_api.get(path, ADMIN, **query)
    assert "busy" in refusal(answer, 503, "try_again")
    assert answer.headers["Retry-After"].isdigit()
    for inside in ("DynamoDB", "Exception", "Traceback", "CallsTable", "arn:"):
        assert inside not in all_of(answer)
    assert code in output.text
    assert ADMIN not in output.text


@pytest.mark.parametrize("path", ["/api/user/model-calls", "/api/user/usage-stats"])
def test_an_answer_is_not_kept_on_the_way(shared_api: Api, path: str) -> None:
    answer = shared_api.get(path, ADMIN, startTime=NOW - 60, endTime=NOW)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"


def test_what_was_asked_for_does_not_come_back_in_a_refusal(shared_api: Api) -> None:
    marker = "<script>marker</script>"
    for name in ("status", "type", "page", "searchFields", "nextToken", "minDurationSeconds", "allUsers"):
        answer = shared_api.get("/api/user/model-calls", ADMIN, **{name: marker})
        assert answer.status == 400
        assert "marker" not in all_of(answer)


def test_what_is_sent_becomes_no_line_of_the_log(shared_api: Api, output: Output) -> None:
    """Whoever reads the log by lines, or looks for errors in it, is told nothing that a caller made up."""
    forged = 'x\n{"level":"ERROR","message":"forged"}\r\n{"level":"ERROR","message":"forged"}'
    shared_api.request("POST", "/api/admin/erasures", token=ADMIN, body=sent({"userDid": forged}))
    shared_api.request("POST", "/api/ingest/litellm", token=ADMIN, body=sent([{"id": forged, "status": forged}]))
    with dynamodb_answers("GetItem", lambda _: (400, error("ThrottlingException"))):
        shared_api.get("/api/user/model-calls", ADMIN, id=forged)
    with writes_answered(lambda _: (500, error("InternalServerError"))):
        record(shared_api, ADMIN, call(id=forged, userDid=forged, model=forged))
    lines = output.stream.getvalue().splitlines()
    assert len(lines) >= 3
    assert "forged" in "".join(lines), "or this shows nothing"
    assert "forged" not in {json.loads(line)["message"] for line in lines}
