"""POST /v1/traces: OTLP over HTTP, in protobuf and JSON."""

import base64
import gzip
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from google.rpc.status_pb2 import Status  # pyright: ignore[reportMissingTypeStubs]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from ledger.aws.settings import settings as stack_settings
from tests.integration.harness import Answer, Api, token
from tests.integration.support import dynamodb_answers, error, items, messages, shown, write_waiting, writes_answered
from tests.otlp import USUAL, as_json, request, span

GATEWAY = token("key:1", "recorder")
ADMIN = token("root", "admin")
PROTOBUF, JSON = "application/x-protobuf", "application/json"

pytestmark = pytest.mark.usefixtures("instantly")


def send(api: Api, sent: ExportTraceServiceRequest, encoding: str, *, packed: bool = False) -> Answer:
    body = sent.SerializeToString() if encoding == PROTOBUF else json.dumps(as_json(sent)).encode()
    return post(api, gzip.compress(body) if packed else body, encoding, packed=packed)


def post(api: Api, body: bytes, encoding: str, *, credentials: str | None = GATEWAY, packed: bool = False) -> Answer:
    """An event as API Gateway sends it, with a text unchanged and any other body in base64."""
    headers = {"content-type": encoding} | ({"content-encoding": "gzip"} if packed else {})
    is_text = encoding != PROTOBUF and not packed
    text = body.decode() if is_text else base64.b64encode(body).decode()
    return api.request("POST", "/v1/traces", token=credentials, body=text, isBase64Encoded=not is_text, headers=headers)


def accepted(answer: Answer, encoding: str) -> ExportTraceServiceResponse:
    """The message of a 200, in the content type of the request."""
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"] == encoding
    if encoding == PROTOBUF:
        return ExportTraceServiceResponse.FromString(answer.body)
    response = ExportTraceServiceResponse()
    partial = answer.body.get("partialSuccess", {})
    response.partial_success.rejected_spans = int(partial.get("rejectedSpans", 0))
    response.partial_success.error_message = partial.get("errorMessage", "")
    return response


def refused(answer: Answer, status: int, encoding: str) -> str:
    """The message of a refusal: a google.rpc.Status in the content type of the request."""
    assert answer.status == status, answer
    assert answer.headers["Content-Type"] == encoding
    if encoding == PROTOBUF:
        found = Status.FromString(answer.body)
        assert found.code
        return found.message
    assert answer.body["code"]
    return answer.body["message"]


@pytest.mark.parametrize("encoding", [PROTOBUF, JSON])
class TestRequests:
    @pytest.mark.parametrize("packed", [False, True])
    def test_a_model_span_becomes_a_call(self, api: Api, encoding: str, packed: bool) -> None:
        sent = request(span(1))
        assert not accepted(send(api, sent, encoding, packed=packed), encoding).partial_success.rejected_spans
        found = shown(api, f"{1:032x}-{1:016x}")
        assert (found["userDid"], found["appDid"], found["traceId"]) == ("alice", "checkout", f"{1:032x}")
        assert (found["providerId"], found["model"], found["status"]) == ("openai", "gpt-5-mini", "success")
        assert found["usageMetrics"] == {
            "inputTokens": 700,
            "outputTokens": 164,
            "cacheReadInputTokens": 512,
            "cacheCreationInputTokens": 0,
            "reasoningTokens": 100,
        }
        assert (found["duration"], found["ttfb"], found["costSource"]) == (Decimal("2.4"), 410, "catalogue")

    def test_the_earliest_event_of_a_chunk_is_the_first(self, api: Api, encoding: str) -> None:
        sent = request(made := span(1, attributes={"gen_ai.response.time_to_first_chunk": None}))
        sent.resource_spans[0].scope_spans[0].scope.name = "opentelemetry.instrumentation.openai.v1"
        for milliseconds in (130, 117, 250):
            sent.resource_spans[0].scope_spans[0].spans[0].events.add(
                name="gen_ai.content.completion.chunk",
                time_unix_nano=made.start_time_unix_nano + milliseconds * 10**6,
            )
        accepted(send(api, sent, encoding), encoding)
        assert shown(api, f"{1:032x}-{1:016x}")["ttfb"] == 117

    def test_spans_that_come_again_change_nothing(self, api: Api, encoding: str) -> None:
        for _ in range(2):
            accepted(send(api, request(*(span(n) for n in range(1, 6))), encoding), encoding)
        assert len(items("CallsTable")) == 5

    def test_other_spans_are_accepted_and_ignored(self, api: Api, encoding: str) -> None:
        others = [
            span(1, operation="invoke_agent"),
            span(2, operation="execute_tool"),
            span(3, attributes={"gen_ai.operation.name": None, "gen_ai.request.model": None}),
        ]
        assert not accepted(send(api, request(*others), encoding), encoding).partial_success.rejected_spans
        assert items("CallsTable") == []

    def test_a_span_that_cannot_be_read_is_rejected_for_itself(self, api: Api, encoding: str) -> None:
        bad = [
            span(1, attributes={"gen_ai.usage.input_tokens": -5}),
            span(2, attributes={"gen_ai.usage.output_tokens": "many"}),
            span(0),
        ]
        partial = accepted(send(api, request(*bad, span(4)), encoding), encoding).partial_success
        assert partial.rejected_spans == 3
        for reason in ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "spanId"):
            assert reason in partial.error_message
        assert len(items("CallsTable")) == 1

    def test_nothing_is_taken_without_good_credentials(self, shared_api: Api, encoding: str) -> None:
        body = request(span(1)).SerializeToString() if encoding == PROTOBUF else b"{}"
        answer = post(shared_api, body, encoding, credentials="nonsense")
        refused(answer, 401, encoding)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        refused(post(shared_api, body, encoding, credentials=token()), 403, encoding)

    def test_what_cannot_be_decoded_is_refused_for_good(self, shared_api: Api, encoding: str) -> None:
        for body in (b"\x00\x01nonsense", b"[1]", b'{"resourceSpans": 5}', b'"x"', b"[" * 100_000):
            refused(post(shared_api, body, encoding), 400, encoding)

    def test_no_spans_are_no_error(self, shared_api: Api, encoding: str) -> None:
        assert not accepted(send(shared_api, request(), encoding), encoding).partial_success.rejected_spans

    def test_calls_that_cannot_be_written_wait(self, api: Api, encoding: str) -> None:
        with writes_answered(lambda _: (400, error("ThrottlingException"))):
            assert not accepted(send(api, request(span(1)), encoding), encoding).partial_success.rejected_spans
        assert items("CallsTable") == []
        assert write_waiting(api, messages("WAITING_CALLS_QUEUE")) == []
        assert len(items("CallsTable")) == 1

    def test_where_nothing_can_keep_them_the_exporter_is_to_try_again(
        self, api: Api, encoding: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WAITING_CALLS_QUEUE", "https://sqs.us-east-1.amazonaws.com/123456789012/no-such-queue")
        stack_settings.cache_clear()
        with writes_answered(lambda _: (400, error("ThrottlingException"))):
            answer = send(api, request(span(1)), encoding)
        refused(answer, 503, encoding)
        assert answer.headers["Retry-After"].isdigit()
        monkeypatch.undo()
        stack_settings.cache_clear()


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/grpc"])
def test_another_type_is_refused_in_json(shared_api: Api, content_type: str) -> None:
    assert "application/x-protobuf" in refused(post(shared_api, b"{}", content_type), 415, JSON)


@pytest.mark.parametrize("encoding", [PROTOBUF, JSON])
@pytest.mark.parametrize("signal", ["metrics", "logs"])
def test_metrics_and_logs_are_accepted_and_not_read(api: Api, signal: str, encoding: str) -> None:
    event: dict[str, Any] = {"headers": {"content-type": encoding}, "body": "AAAA", "isBase64Encoded": True}
    answer = api.request("POST", f"/v1/{signal}", token=GATEWAY, **event)
    assert not accepted(answer, encoding).partial_success.rejected_spans
    assert items("CallsTable") == []
    refused(api.request("POST", f"/v1/{signal}", token="nonsense", **event), 401, encoding)


def test_credentials_may_come_as_the_environment_of_an_exporter_has_them(api: Api) -> None:
    key = api.request("POST", "/api/admin/keys", token=ADMIN, json_body={"name": "gateway", "role": "recorder"})
    header = {"authorization": f"Bearer%20{key.body['key']}", "content-type": JSON}
    answer = api.request("POST", "/v1/traces", body=json.dumps(as_json(request(span(1)))), headers=header)
    assert answer.status == 200
    assert len(items("CallsTable")) == 1


def test_a_span_with_tokens_that_becomes_no_call_is_said_to_whoever_sent_it_and_counted(
    api: Api, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    sent = request(span(1, operation="a_new_one", attributes={"gen_ai.prompt": "a secret"}), span(2))
    sent.resource_spans[0].scope_spans[0].scope.name = "my.instrumentation"
    partial = accepted(send(api, sent, JSON), JSON).partial_success
    assert (partial.rejected_spans, "1 spans with tokens" in partial.error_message) == (0, True)
    assert '"SpansNotRecorded":[1.0]' in capsys.readouterr().out
    (line,) = [vars(record) for record in caplog.records if record.message == "Spans became no calls"]
    assert (line["client"], line["reason"], line["spans"]) == (("my.instrumentation", ""), "unknownOperation", 1)
    assert "secret" not in str(line)


class TestWhatCameIn:
    """GET /api/admin/ingestion"""

    def test_it_says_what_each_client_sent_and_what_became_of_it(self, api: Api) -> None:
        one = request(
            span(1),
            span(2, operation="invoke_agent"),
            span(3, operation="a_new_one"),
            span(4, attributes={"gen_ai.usage.input_tokens": -5}),
            span(5, operation="", attributes=dict.fromkeys(USUAL) | {"gen_ai.operation.name": None}),
        )
        one.resource_spans[0].scope_spans[0].scope.name = "opentelemetry.instrumentation.openai"
        one.resource_spans[0].scope_spans[0].scope.version = "1.2"
        for _ in range(2):
            send(api, one, PROTOBUF)
        answer = api.get("/api/admin/ingestion", token("auditor", "viewer"))
        today = {"day": time.strftime("%Y-%m-%d", time.gmtime())}
        nothing = {"repeatsOthers": 0, "unknownOperation": 0, "ofNoModel": 0}
        none = today | {"version": None, "recorded": 0, "merged": 0, "setAside": 0, "ofAnotherKey": 0}
        none |= {"ignored": nothing}
        assert answer.body["days"] == [
            none
            | {"client": "opentelemetry.instrumentation.openai", "version": "1.2", "received": 8, "recorded": 2}
            | {"setAside": 2, "ignored": nothing | {"repeatsOthers": 2, "unknownOperation": 2}},
            none | {"client": "other instrumentations", "received": 2, "ignored": nothing | {"ofNoModel": 2}},
        ]

    @pytest.mark.parametrize("encoding", [PROTOBUF, JSON])
    def test_spans_of_the_same_call_are_merged(self, api: Api, encoding: str) -> None:
        outer, inner = span(1), span(2)
        inner.trace_id, inner.parent_span_id = outer.trace_id, outer.span_id
        send(api, request(outer, inner), encoding)
        (client,) = api.get("/api/admin/ingestion", ADMIN).body["days"]
        assert (client["recorded"], client["merged"]) == (1, 1)

    def test_many_clients_of_one_request_are_counted_together(self, api: Api) -> None:
        sent = request()
        for number in range(1, 30):
            one = request(span(number)).resource_spans[0]
            one.scope_spans[0].scope.name = f"scope {number}"
            sent.resource_spans.append(one)
        send(api, sent, PROTOBUF)
        (client,) = api.get("/api/admin/ingestion", ADMIN, days=1).body["days"]
        assert (client["client"], client["recorded"]) == ("other instrumentations", 29)

    @pytest.mark.parametrize("days", [0, 15, "many"])
    def test_it_knows_two_weeks(self, shared_api: Api, days: object) -> None:
        assert shared_api.get("/api/admin/ingestion", ADMIN, days=days).status == 400

    def test_calls_do_not_wait_for_the_counts(self, api: Api) -> None:
        with dynamodb_answers("UpdateItem", lambda _: (400, error("ThrottlingException"))):
            accepted(send(api, request(span(1, attributes={"user.id": "a"})), JSON), JSON)
        assert len(items("CallsTable")) == 1


class TestJson:
    def test_numbers_may_be_texts_names_unknown_and_parameters_beside_the_type(self, api: Api) -> None:
        sent = as_json(request(span(1)))
        sent["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["somethingNew"] = {"a": 1}
        for attribute in sent["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"]:
            if "intValue" in attribute["value"]:
                attribute["value"]["intValue"] = int(attribute["value"]["intValue"])
        answer = post(api, json.dumps(sent).encode(), "application/json; charset=utf-8")
        assert (answer.status, answer.body) == (200, {})
        assert len(items("CallsTable")) == 1

    def test_a_prompt_that_was_cut_within_a_character_does_no_harm(self, api: Api) -> None:
        sent = json.dumps(as_json(request(span(1, attributes={"gen_ai.prompt": "cut"})))).replace('"cut"', '"\\ud83d"')
        assert post(api, sent.encode(), JSON).status == 200
        assert len(items("CallsTable")) == 1

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["resourceSpans", "scopeSpans", "spans", "traceId", "spanId", "attributes", "key", "value"]
                    ),
                    inner,
                    max_size=3,
                )
            ),
        )
    )
    def test_any_junk_is_answered(self, shared_api: Api, sent: Any) -> None:
        assert post(shared_api, json.dumps(sent).encode(), JSON).status in {200, 400}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_junk_of_bytes_is_answered(shared_api: Api, sent: bytes) -> None:
    assert post(shared_api, sent, PROTOBUF).status in {200, 400}
