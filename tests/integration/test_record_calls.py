"""POST /api/model-calls: every call of a request is recorded, or answered for."""

import base64
import gzip
import json
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from ledger.aws.settings import settings
from ledger.core.moments import iso
from tests.integration.harness import Answer, Api, call, token
from tests.integration.support import (
    count,
    error,
    items,
    messages,
    record,
    refusal,
    sent,
    shown,
    write_waiting,
    writes_answered,
)

GATEWAY = token("gateway", "recorder")
ADMIN = token("root", "admin")
PATH = "/api/model-calls"
LARGEST = 4 * 1024 * 1024


def post(api: Api, body: str | None, **headers: str) -> Answer:
    return api.request("POST", PATH, token=GATEWAY, body=body, headers={"accept": "*/*", **headers})


def post_bytes(api: Api, body: bytes, **headers: str) -> Answer:
    """As API Gateway hands a binary body over."""
    return api.request(
        "POST", PATH, token=GATEWAY, body=base64.b64encode(body).decode(), isBase64Encoded=True, headers=headers
    )


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [call(id="a"), [call(id="a")], {"calls": [call(id="a")]}],
        ids=["one call", "an array", "an object with calls"],
    )
    def test_calls_come_alone_in_an_array_or_in_an_object(self, api: Api, body: object) -> None:
        answer = record(api, GATEWAY, body)
        assert (answer.status, answer.body) == (200, {"recorded": 1, "rejected": []})
        assert shown(api, "a")["credits"] == Decimal("0.0125")

    def test_500_calls_are_taken_and_501_are_not(self, api: Api) -> None:
        calls = [call(id=f"call-{n}") for n in range(501)]
        assert record(api, GATEWAY, calls[:500]).body == {"recorded": 500, "rejected": []}
        assert len(items("CallsTable")) == 500
        refusal(record(api, GATEWAY, calls), 413, "too_large")

    @pytest.mark.parametrize("headers", [{}, {"content-encoding": "identity"}, {"content-type": "text/plain"}], ids=str)
    def test_a_body_is_json_whatever_its_type_says(self, shared_api: Api, headers: dict[str, str]) -> None:
        assert post(shared_api, sent(call()), **headers).status == 200
        assert post_bytes(shared_api, sent(call()).encode(), **headers).status == 200

    @pytest.mark.parametrize("encoding", ["gzip", "GZIP"])
    def test_gzip_is_unpacked(self, shared_api: Api, encoding: str) -> None:
        packed = gzip.compress(sent([call(model="gzip ☃")] * 400).encode())
        answer = post_bytes(shared_api, packed, **{"content-encoding": encoding})
        assert answer.body == {"recorded": 400, "rejected": []}

    @pytest.mark.parametrize("headers", [{}, {"content-encoding": "gzip"}], ids=str)
    def test_gzip_is_recognized_by_its_first_bytes(self, shared_api: Api, headers: dict[str, str]) -> None:
        """API Gateway may pass bytes on as text or as base64 that it doesn't announce, and a proxy may unpack them."""
        packed = gzip.compress(sent([call(model="gzip ☃")] * 3).encode())
        assert post_bytes(shared_api, packed, **headers).body["recorded"] == 3
        assert post(shared_api, packed.decode("latin-1"), **headers).body["recorded"] == 3
        assert post(shared_api, base64.b64encode(packed).decode(), **headers).body["recorded"] == 3
        assert post(shared_api, sent([call(model="plain ☃")] * 3), **headers).body["recorded"] == 3

    def test_gzip_that_became_damaged_as_text_is_refused_with_advice(self, shared_api: Api) -> None:
        damaged = gzip.compress(sent(call()).encode()).decode("utf-8", errors="replace")
        answer = post(shared_api, damaged, **{"content-encoding": "gzip"})
        refusal(answer, 400, "invalid_request", "body")
        assert "application/octet-stream" in answer.body["error"]

    @pytest.mark.parametrize(
        "body",
        [
            None,
            "",
            "[]",
            "{",
            "{}]",
            '"call"',
            "5",
            "null",
            "true",
            '{"calls": []}',
            '{"calls": {}}',
            '{"calls": null}',
        ],
    )
    def test_what_holds_no_calls_is_refused(self, shared_api: Api, body: str | None) -> None:
        refusal(post(shared_api, body), 400, "invalid_request", "body")

    @pytest.mark.parametrize(
        "body",
        ["[" * 100_000, '{"a":' * 100_000, "NaN", '[{"credits": NaN}]', "1" * 5_000, '[{"credits": 1e-999999999}]'],
    )
    def test_json_that_no_machine_should_hold_is_refused(self, shared_api: Api, body: str) -> None:
        refusal(post(shared_api, body), 400, "invalid_request", "body")

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"\xff\xfe", {}),
            (sent(call()).encode("utf-16"), {}),
            (gzip.compress(sent(call()).encode())[:-9], {"content-encoding": "gzip"}),
            (gzip.compress(sent(call()).encode())[:20], {"content-encoding": "gzip"}),
            (gzip.compress(sent(call()).encode()) + b"more", {"content-encoding": "gzip"}),
            (gzip.compress(b"\xff"), {"content-encoding": "gzip"}),
            (b"", {"content-encoding": "gzip"}),
        ],
        ids=[
            "no UTF-8",
            "UTF-16",
            "gzip without its end",
            "gzip cut in the middle",
            "gzip with more behind it",
            "gzip of no UTF-8",
            "nothing",
        ],
    )
    def test_a_body_that_is_not_what_it_says_is_refused(
        self, shared_api: Api, body: bytes, headers: dict[str, str]
    ) -> None:
        refusal(post_bytes(shared_api, body, **headers), 400, "invalid_request", "body")

    def test_a_body_that_is_not_the_base64_it_says_is_refused(self, shared_api: Api) -> None:
        answer = shared_api.request("POST", PATH, token=GATEWAY, body="[{}", isBase64Encoded=True)
        refusal(answer, 400, "invalid_request", "body")

    def test_4_mb_are_taken_and_a_byte_more_is_not(self, shared_api: Api) -> None:
        body = sent(call())
        assert post(shared_api, body + " " * (LARGEST - len(body))).status == 200
        refusal(post(shared_api, body + " " * (LARGEST + 1 - len(body))), 413, "too_large")

    def test_a_gzip_bomb_is_refused_by_what_it_would_unpack_to(self, shared_api: Api) -> None:
        bomb = gzip.compress(b" " * (LARGEST + 1))
        refusal(post_bytes(shared_api, bomb, **{"content-encoding": "gzip"}), 413, "too_large")
        bomb = gzip.compress(b" " * 300_000_000, compresslevel=1)
        refusal(post_bytes(shared_api, bomb, **{"content-encoding": "gzip"}), 413, "too_large")


class TestEachCallByItself:
    def test_bad_calls_are_named_and_the_others_are_recorded(self, api: Api) -> None:
        answer = record(api, GATEWAY, [call(id="a"), call(id="b", type="poem"), 5, call(id="c"), call(credits=-1)])
        assert answer.status == 207
        assert answer.body["recorded"] == 2
        assert [(bad["index"], bad["id"], bad["retryable"]) for bad in answer.body["rejected"]] == [
            (1, "b", False),
            (2, None, False),
            (4, None, False),
        ]
        assert [bad["error"].partition(":")[0] for bad in answer.body["rejected"]] == ["type", "body", "credits"]
        assert {item["id"]["S"] for item in items("CallsTable")} == {"a", "c"}

    def test_where_every_call_is_bad_the_request_is(self, shared_api: Api) -> None:
        answer = record(shared_api, GATEWAY, [call(id="x", status="fine"), {}])
        assert answer.status == 400
        assert answer.body["recorded"] == 0
        assert [set(bad) for bad in answer.body["rejected"]] == [{"index", "id", "error", "retryable"}] * 2

    @pytest.mark.parametrize("bad_id", ["\\ud800", "x\\udfff" * 500, "z" * 100_000])
    def test_an_id_that_cannot_be_an_id_can_still_be_told(self, shared_api: Api, bad_id: str) -> None:
        answer = post(shared_api, f'[{{"id": "{bad_id}"}}]')
        assert answer.status == 400
        assert len(answer.body["rejected"][0]["id"]) <= 256

    def test_a_refusal_does_not_repeat_what_was_sent(self, shared_api: Api) -> None:
        answer = record(
            shared_api, GATEWAY, call(errorReason=["a secret"], metadata="a secret" * 2_000, type="a secret")
        )
        assert "a secret" not in str(answer.body)


class TestReplacing:
    def test_recording_a_call_again_changes_nothing(self, api: Api) -> None:
        again = call(id="a")
        record(api, GATEWAY, again)
        record(api, GATEWAY, again)
        assert api.get("/api/user/model-calls", token()).body["count"] == 1
        assert stats(api)["totalCalls"] == 1

    def test_a_processing_call_becomes_its_final_one(self, api: Api) -> None:
        running = call(id="a", status="processing", credits=None, usageMetrics=None, duration=None)
        record(api, GATEWAY, running)
        assert stats(api)["successCalls"] == 0
        record(api, GATEWAY, running | {"status": "success", "credits": 2, "totalUsage": 7, "duration": 1})
        assert (shown(api, "a")["status"], shown(api, "a")["costSource"]) == ("success", "reported")
        assert stats(api) | {"totalCalls": 1, "successCalls": 1, "totalCredits": 2, "totalUsage": 7} == stats(api)

    def test_a_call_that_moves_to_another_user_and_time_leaves_the_first(self, api: Api) -> None:
        record(api, GATEWAY, call(id="a"))
        record(api, GATEWAY, call(id="a", userDid="bob", callTime=int(time.time()) - 60))
        assert api.get("/api/user/model-calls", token("alice")).body["count"] == 0
        assert stats(api, "alice")["totalCalls"] == 0
        assert stats(api, "bob")["totalCalls"] == 1

    def test_of_two_with_one_id_in_one_request_the_last_counts(self, api: Api) -> None:
        answer = record(api, GATEWAY, [call(id="a", credits=1), call(id="b"), call(id="a", credits=5)])
        assert (answer.status, answer.body["recorded"]) == (200, 3)
        assert shown(api, "a")["credits"] == 5
        assert stats(api)["totalCalls"] == 2

    def test_the_moments_of_the_first_and_of_the_last_write_are_kept(self, api: Api) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            first = iso(time.time())
            record(api, GATEWAY, call(id="a", callTime=int(time.time()) - 9_000))
            assert (shown(api, "a")["createdAt"], shown(api, "a")["updatedAt"]) == (first, first)
            for _ in range(2):
                clock.shift(60)
                record(api, GATEWAY, call(id="a", credits=5))
            assert (shown(api, "a")["createdAt"], shown(api, "a")["updatedAt"]) == (first, iso(time.time()))


@pytest.mark.usefixtures("instantly")
class TestShortOfCapacity:
    def test_items_that_were_not_processed_are_sent_again_until_they_are(self, api: Api) -> None:
        remaining = [3]

        def busy(request: Mapping[str, Any]) -> tuple[int, object] | None:
            if not remaining[0]:
                return None
            remaining[0] -= 1
            if "RequestItems" in request:
                return 200, {"UnprocessedItems": request["RequestItems"]}
            return 400, error("ThrottlingException")

        with writes_answered(busy):
            assert record(api, GATEWAY, [call() for _ in range(60)]).body == {"recorded": 60, "rejected": []}
        assert len(items("CallsTable")) == 60
        assert messages("WAITING_CALLS_QUEUE") == []

    def test_what_still_cannot_be_written_is_accepted_and_the_rest_is_recorded(self, api: Api) -> None:
        def never_b(request: Mapping[str, Any]) -> tuple[int, object] | None:
            if "Item" in request:
                return (400, error("ThrottlingException")) if request["Item"]["id"]["S"].startswith("b") else None
            puts = request["RequestItems"]["CallsTable"]
            stuck = [put for put in puts if put["PutRequest"]["Item"]["id"]["S"].startswith("b")]
            return (200, {"UnprocessedItems": {"CallsTable": stuck}}) if stuck else None

        calls = [call(id="b1"), call(id="bad", type="poem"), call(id="b2"), *(call(id=f"a{n}") for n in range(30))]
        with writes_answered(never_b):
            answer = record(api, GATEWAY, calls)
        assert answer.status == 207
        assert (answer.body["recorded"], answer.body["accepted"]) == (30, 2)
        assert [(bad["index"], bad["id"], bad["retryable"]) for bad in answer.body["rejected"]] == [(1, "bad", False)]
        (message,) = messages("WAITING_CALLS_QUEUE")
        assert write_waiting(api, [message]) == []
        assert shown(api, "b1")["userDid"] == shown(api, "b2")["userDid"] == "alice"

    @pytest.mark.parametrize(
        "answer",
        [
            (400, error("ProvisionedThroughputExceededException")),
            (400, error("ThrottlingException")),
            (500, error("InternalServerError")),
            (400, error("ResourceNotFoundException")),
            (400, error("AccessDeniedException")),
        ],
        ids=lambda answer: answer[1]["__type"].rpartition("#")[2],
    )
    def test_calls_wait_in_the_queue_whatever_keeps_them_from_being_written(
        self, api: Api, answer: tuple[int, object]
    ) -> None:
        with writes_answered(lambda _: answer):
            accepted = record(api, GATEWAY, [call(id="a"), call(id="b")])
        assert (accepted.status, accepted.body) == (202, {"recorded": 0, "accepted": 2, "rejected": []})
        assert items("CallsTable") == []
        assert write_waiting(api, messages("WAITING_CALLS_QUEUE")) == []
        assert len(items("CallsTable")) == 2

    def test_where_the_queue_fails_too_the_request_may_be_sent_again(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WAITING_CALLS_QUEUE", "https://sqs.us-east-1.amazonaws.com/123456789012/no-such-queue")
        settings.cache_clear()
        with writes_answered(lambda _: (400, error("ThrottlingException"))):
            answer = record(api, GATEWAY, [call(id="a"), call(id="b")])
            some = record(api, GATEWAY, [call(id="a"), call(id="b", type="poem")])
        refusal(answer, 503, "try_again")
        assert answer.headers["Retry-After"].isdigit()
        refusal(some, 503, "try_again")
        assert record(api, GATEWAY, [call(id="a"), call(id="b")]).status == 200
        settings.cache_clear()


class TestDetails:
    def test_details_that_come_with_calls_are_shown_with_them(self, api: Api) -> None:
        user = {"fullName": "Alice", "email": "alice@example.com", "avatar": "https://example.com/a.png"}
        app = {"appName": "Desk", "appLogo": "https://example.com/l.png", "appUrl": "https://example.com"}
        record(api, GATEWAY, call(id="a", appDid="app", userInfo=user, appInfo=app))
        assert shown(api, "a")["userInfo"] == {"did": "alice", **user}
        assert shown(api, "a")["appInfo"] == {"appDid": "app", **app}

    def test_a_detail_that_did_not_come_stays_as_it_was(self, api: Api) -> None:
        record(api, GATEWAY, call(id="a", userInfo={"fullName": "Alice"}))
        record(api, GATEWAY, call(id="a", userInfo={"email": "alice@example.com"}))
        info = shown(api, "a")["userInfo"]
        assert (info["fullName"], info["email"]) == ("Alice", "alice@example.com")

    def test_details_in_several_calls_of_a_request_are_put_together(self, api: Api) -> None:
        infos = [{"fullName": "Al"}, {"email": "alice@example.com"}, {"fullName": "Alice"}, {}]
        record(api, GATEWAY, [call(id=f"a{n}", userInfo=info) for n, info in enumerate(infos)])
        info = shown(api, "a0")["userInfo"]
        assert (info["fullName"], info["email"]) == ("Alice", "alice@example.com")

    def test_a_name_that_is_changed_and_changed_back_is_the_first_one(self, api: Api) -> None:
        for name in ("Alice", "Alicia", "Alice"):
            record(api, GATEWAY, call(id="a", userInfo={"fullName": name}))
            assert shown(api, "a")["userInfo"]["fullName"] == name

    def test_a_name_that_is_emptied_is_empty(self, api: Api) -> None:
        record(api, GATEWAY, call(id="a", userInfo={"fullName": "Alice"}))
        record(api, GATEWAY, call(id="a", userInfo={"fullName": "Alice", "email": ""}))
        record(api, GATEWAY, call(id="a", userInfo={"email": "x"}))
        record(api, GATEWAY, call(id="a", userInfo={"fullName": "Alice", "email": ""}))
        assert shown(api, "a")["userInfo"]["email"] == ""

    def test_the_details_of_a_bad_call_are_not_kept(self, api: Api) -> None:
        record(api, GATEWAY, call(userInfo={"fullName": "Alice"}, type="poem"))
        assert items("RegistryTable") == []


def stats(api: Api, did: str = "alice") -> dict[str, Any]:
    count(api)
    now = int(time.time())
    answer = api.get("/api/user/usage-stats", token(did), startTime=now - 86_400, endTime=now)
    assert answer.status == 200
    return answer.body["summary"]


def test_every_field_comes_back_as_it_was_sent(api: Api) -> None:
    text = """{
        "id": "a", "userDid": "alice", "providerId": "openai", "model": "gpt-5", "type": "video", "status": "failed",
        "credits": 123456789.0123456789, "totalUsage": 0.1, "duration": 12.3, "ttfb": 250, "providerTtfb": 200.5,
        "usageMetrics": {
            "inputTokens": 1, "outputTokens": 2, "cacheReadInputTokens": 3, "cacheCreationInputTokens": 4,
            "seconds": 7.0000000001
        },
        "errorReason": "“no” — 不行 🦜", "appDid": "app", "requestId": "r", "traceId": "t", "credentialId": "c",
        "metadata": {"deep": [1, 2.50, {"ok": null}]}
    }"""
    assert post(api, text).status == 200
    body = shown(api, "a")
    for name, value in json.loads(text, parse_float=Decimal).items():
        assert body[name] == value, name
