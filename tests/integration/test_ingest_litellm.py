"""POST /api/ingest/litellm: each row is recorded or set aside, independently of the others."""

import base64
import gzip
import json
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger.aws.settings import settings
from tests.integration.harness import Answer, Api, token
from tests.integration.support import count, error, items, messages, refusal, shown, write_waiting, writes_answered

GATEWAY = token("gateway", "recorder")
ADMIN = token("root", "admin")
PATH = "/api/ingest/litellm"
ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "unit/litellm_rows.json").read_text())
PROMPT = "a secret question"

pytestmark = pytest.mark.usefixtures("instantly")


def row(number: int = 0, **fields: Any) -> dict[str, Any]:
    """A row of the proxy with a unique id and a time one minute ago."""
    now = time.time()
    times = {"startTime": now - 60.5, "endTime": now - 59.25, "completionStartTime": now - 60.25}
    return ROWS[0] | times | {"litellm_call_id": f"call-{number}"} | fields


def send(api: Api, body: str, **headers: str) -> Answer:
    return api.request("POST", PATH, token=GATEWAY, body=body, headers={"content-type": "application/json", **headers})


def send_rows(api: Api, rows: Sequence[Any]) -> Answer:
    return send(api, json.dumps(rows))


def set_aside() -> list[dict[str, Any]]:
    return [aside for message in messages("ROWS_SET_ASIDE_QUEUE") for aside in json.loads(message["body"])["rows"]]


class TestRows:
    def test_a_batch_is_recorded_with_what_it_cost(self, api: Api) -> None:
        answer = send_rows(api, [row(1), None, row(2, status="failure", response_cost=0), row(3)])
        assert (answer.status, answer.body) == (200, {"recorded": 3, "accepted": 0, "setAside": 0})
        found = shown(api, "call-1")
        assert (found["costUsd"], found["credits"], found["costSource"]) == (
            Decimal("0.0000135"),
            Decimal("0.0000135"),
            "reported",
        )
        assert (found["userDid"], found["duration"]) == ("alice", Decimal("1.25"))
        assert shown(api, "call-2")["status"] == "failed"

    def test_a_batch_that_comes_again_changes_nothing(self, api: Api) -> None:
        """The same holds for one row on each line, as `log_format: ndjson` sends them."""
        rows = [json.dumps(row(n)) for n in range(5)]
        for body in (f"[{','.join(rows)}]", "\n".join(rows), "\n".join(rows)):
            assert send(api, body).body["recorded"] == 5
        count(api)
        now = int(time.time())
        stats = api.get("/api/user/usage-stats", token(), startTime=now - 86_400, endTime=now).body["summary"]
        assert (stats["totalCalls"], stats["totalUsage"]) == (5, 150)

    def test_one_row_comes_alone(self, api: Api) -> None:
        assert send(api, json.dumps(row(1))).body["recorded"] == 1

    def test_a_full_batch_of_rows_with_everything_in_them_is_taken(self, shared_api: Api) -> None:
        """512 rows of 11 KB."""
        rows = [row(n, model_map_information={"key": "x" * 8_000}) for n in range(512)]
        body = json.dumps(rows)
        assert len(body) > 5_000_000
        assert send(shared_api, body).body["recorded"] == 512

    def test_gzip_is_unpacked_to_far_more_than_lambda_takes(self, shared_api: Api) -> None:
        body = json.dumps([row(n, response="x" * 100_000) for n in range(200)])
        packed = base64.b64encode(gzip.compress(body.encode())).decode()
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        answer = shared_api.request("POST", PATH, token=GATEWAY, body=packed, isBase64Encoded=True, headers=headers)
        assert answer.body["recorded"] == 200

    @pytest.mark.parametrize("body", ["", "{", "nonsense", "[[", "{]\n{]"])
    def test_a_body_without_rows_is_refused(self, shared_api: Api, body: str) -> None:
        if body == "{]\n{]":
            assert send(shared_api, body).body == {"recorded": 0, "accepted": 0, "setAside": 2}
        else:
            refusal(send(shared_api, body), 400, "invalid_request", "body")


class TestSetAside:
    def test_a_row_that_cannot_be_read_fails_nobody_elses(self, api: Api) -> None:
        bad = [
            row(1, prompt_tokens="many"),
            row(2, completion_tokens=-1),
            row(3, startTime=time.time() + 9_999),
            "text",
            5,
            [row(4)],
        ]
        answer = send_rows(api, [row(10), *bad, row(11)])
        assert (answer.status, answer.body) == (200, {"recorded": 2, "accepted": 0, "setAside": 6})
        assert {item["id"]["S"] for item in items("CallsTable")} == {"call-10", "call-11"}
        reasons = sorted(aside["reason"].partition(":")[0] for aside in set_aside())
        assert reasons == ["callTime", "completion_tokens", "prompt_tokens", "row", "row", "row"]

    def test_what_is_set_aside_holds_no_prompt_and_can_be_sent_again_when_it_is_mended(self, api: Api) -> None:
        sent = row(
            1, messages=[{"content": PROMPT}], response=PROMPT, prompt_tokens="ten", model_parameters={"user": "a"}
        )
        send_rows(api, [sent])
        (aside,) = set_aside()
        assert PROMPT not in json.dumps(aside)
        assert send_rows(api, [aside["row"] | {"prompt_tokens": 10}]).body["recorded"] == 1
        assert shown(api, "call-1")["totalUsage"] == 30

    def test_where_rows_cannot_be_set_aside_the_batch_may_be_sent_again(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROWS_SET_ASIDE_QUEUE", "https://sqs.us-east-1.amazonaws.com/123456789012/no-such-queue")
        settings.cache_clear()
        refusal(send_rows(api, [row(1), "text"]), 503, "try_again")
        monkeypatch.undo()
        settings.cache_clear()
        assert send_rows(api, [row(1), "text"]).body == {"recorded": 1, "accepted": 0, "setAside": 1}


class TestShortOfCapacity:
    def test_a_batch_that_cannot_be_written_is_accepted_and_written_later_once(self, api: Api) -> None:
        throttled = 400, error("ProvisionedThroughputExceededException")
        with writes_answered(lambda _: throttled):
            answer = send_rows(api, [row(n) for n in range(30)])
        assert (answer.status, answer.body) == (202, {"recorded": 0, "accepted": 30, "setAside": 0})
        waiting = messages("WAITING_CALLS_QUEUE")
        assert PROMPT not in str(waiting)
        for _ in range(2):
            assert write_waiting(api, waiting) == []
        count(api)
        now = int(time.time())
        stats = api.get("/api/user/usage-stats", token(), startTime=now - 86_400, endTime=now).body["summary"]
        assert (stats["totalCalls"], stats["totalCredits"]) == (30, 30 * Decimal("0.0000135"))


def test_prompts_are_neither_kept_nor_logged(
    api: Api, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    send_rows(api, [row(1, messages=PROMPT, response=PROMPT), row(2, messages=PROMPT, prompt_tokens=PROMPT)])
    everything = str(items("CallsTable")) + str(messages("ROWS_SET_ASIDE_QUEUE"))
    assert "prompt_tokens: expected `int | null`" in everything
    assert PROMPT not in everything
    assert PROMPT not in str(capfd.readouterr()) + caplog.text
