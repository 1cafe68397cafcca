"""What real gateways send is what usage-stats shows, to the token and the cent."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from opentelemetry.exporter.otlp.json.http import trace_exporter as json_http
from opentelemetry.exporter.otlp.proto.http import trace_exporter as protobuf
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from ledger.core import exact_json
from ledger.core.identity import Role
from tests.e2e.conftest import SignIn
from tests.e2e.litellm_proxy import GENERIC_API, OUR_CALLBACK, litellm_proxy
from tests.e2e.probes import add_function, invoke
from tests.e2e.relay import PATIENCE, Relay, relay
from tests.integration.harness import ROOT, payload
from tests.otlp import as_json, request, span
from tools.operate.set_aside import replay_set_aside, rows_set_aside
from tools.operate.stack import Stack

HOUR = 3_600

# US dollars for a million tokens, by the price lists of OpenAI.
INPUT, CACHED, OUTPUT, EMBEDDED = Decimal("0.15"), Decimal("0.075"), Decimal("0.60"), Decimal("0.02")
MILLION = 1_000_000


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    return stack.create_key("gateway", Role.RECORDER)


type Proxy = Callable[[], httpx.Client]
"""A client of a LiteLLM proxy, when that is up."""


@pytest.fixture(scope="module")
def ledger(stack: Stack) -> Iterator[Relay]:
    with relay(f"{stack.api_url}/api/ingest/litellm") as ledger:
        yield ledger


@pytest.fixture(scope="module")
def proxies(
    stack: Stack, ledger: Relay, key: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Proxy, Proxy]]:
    """One with the ledger's callback, and one with LiteLLM's own, which start together."""
    ours, theirs = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("theirs")
    each_second = {"DEFAULT_FLUSH_INTERVAL_SECONDS": "1"}
    once_full = {"DEFAULT_FLUSH_INTERVAL_SECONDS": "3600", "DEFAULT_BATCH_SIZE": "5"}
    endpoint = f"{stack.api_url}/api/ingest/litellm"
    with (
        litellm_proxy(ours, OUR_CALLBACK, endpoint=ledger.url, key=key, **each_second) as with_ours,
        litellm_proxy(theirs, GENERIC_API, endpoint=endpoint, key=key, **once_full) as with_theirs,
    ):
        yield with_ours, with_theirs


class Sent(NamedTuple):
    """The tokens of the calls that were made of a LiteLLM proxy."""

    prompts: int
    outputs: int
    embedded: int
    unpriced: int


class TestLiteLLM:
    """A success, a failure, a stream, an embedding, and a model without a price, each counted once."""

    def test_the_ledgers_callback_tells_of_every_call_although_the_first_batch_is_refused(
        self, proxies: tuple[Proxy, Proxy], ledger: Relay, sign_in: SignIn
    ) -> None:
        """The first call is on its way while the others end."""
        did = f"did:lisa:{uuid.uuid4()}"
        sent = self._use(proxies[0](), did, lambda: ledger.arrived.wait(PATIENCE))
        ledger.refused.set()
        rows = self._counted(sign_in(did, Role.USER), sent)
        assert ["night"] in [row["metadata"].get("tags") for row in rows]

    def test_generic_api_tells_of_every_call_of_a_batch(self, proxies: tuple[Proxy, Proxy], sign_in: SignIn) -> None:
        """The five calls are one batch: what ends while one is on its way, generic_api forgets."""
        did = f"did:gene:{uuid.uuid4()}"
        sent = self._use(proxies[1](), did, lambda: True)
        self._counted(sign_in(did, Role.USER), sent)

    @staticmethod
    def _use(proxy: httpx.Client, did: str, then: Callable[[], bool]) -> Sent:
        """Make a call, and others when something holds."""

        def answered(path: str, **body: Any) -> httpx.Response:
            return proxy.post(path, json={"user": did, **body})

        chat = {"messages": [{"role": "user", "content": "a secret question"}]}
        streaming = {"stream": True, "stream_options": {"include_usage": True}}
        completions = "/v1/chat/completions"
        answer = answered(completions, model="fast", metadata={"tags": ["night"]}, **chat).json()["usage"]
        assert then()
        assert answered(completions, model="broken", **chat).status_code == 429
        lines = answered(completions, model="fast", **chat, **streaming).text.splitlines()
        chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
        streamed = next(chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage"))
        words = answered("/v1/embeddings", model="embedder", input="some words").json()["usage"]
        unheard = answered(completions, model="unheard-of", **chat).json()["usage"]
        return Sent(
            answer["prompt_tokens"] + streamed["prompt_tokens"],
            answer["completion_tokens"] + streamed["completion_tokens"],
            words["prompt_tokens"],
            unheard["total_tokens"],
        )

    @staticmethod
    def _counted(user: httpx.Client, sent: Sent) -> list[dict[str, Any]]:
        """The calls of the log, when statistics show to the token and the cent what was sent."""
        stats = eventually(lambda: stats_of(user), lambda stats: stats["summary"]["totalCalls"] == 5)
        summary = stats["summary"]
        assert (summary["totalCalls"], summary["successCalls"], summary["failedCalls"]) == (5, 4, 1)
        assert summary["totalUsage"] == sum(sent)
        assert summary["totalCredits"] == (
            (sent.prompts * INPUT + sent.outputs * OUTPUT + sent.embedded * EMBEDDED) / MILLION
        )
        assert summary["unpricedCalls"] == 1
        assert summary["byType"]["embedding"]["totalUsage"] == sent.embedded

        rows: list[dict[str, Any]] = exact_json.loads(user.get("/api/user/model-calls").text)["list"]
        (failed,) = (row for row in rows if row["status"] == "failed")
        assert "RateLimitError" in failed["errorReason"]
        (stream,) = (row for row in rows if row["ttfb"] is not None)
        assert Decimal(stream["ttfb"]) <= Decimal(stream["duration"]) * 1000 + 1
        assert "secret" not in json.dumps(rows, default=str)
        return rows


class TestOpenTelemetry:
    @pytest.mark.parametrize(
        "exporter", [protobuf.OTLPSpanExporter, json_http.OTLPSpanExporter], ids=["protobuf", "json"]
    )
    def test_an_sdks_spans_are_its_users_usage_by_environment_variables_alone(
        self, stack: Stack, key: str, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, exporter: Callable[..., Any]
    ) -> None:
        """An agent's span with a tool's, a chat out of the cache, and a failure below it; with gzip and without."""
        did = f"did:otto:{uuid.uuid4()}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{stack.api_url}/v1/traces")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", f"Authorization=Bearer%20{key}")
        for compression in ("none", "gzip"):
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", compression)
            provider = TracerProvider(resource=Resource({"service.name": "checkout"}))
            provider.add_span_processor(BatchSpanProcessor(exporter()))
            tracer = provider.get_tracer("e2e")
            usage = {"gen_ai.usage.input_tokens": 1_000, "gen_ai.usage.output_tokens": 200}
            model = {"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini", "user.id": did}
            agent = usage | {"gen_ai.operation.name": "invoke_agent"}
            with tracer.start_as_current_span("invoke_agent", attributes=agent):
                chat = usage | model | {"gen_ai.operation.name": "chat", "gen_ai.usage.cache_read.input_tokens": 400}
                tracer.start_span("chat gpt-4o-mini", kind=SpanKind.CLIENT, attributes=chat).end()
                tracer.start_span("execute_tool", attributes={"gen_ai.operation.name": "execute_tool"}).end()
                failed = tracer.start_span("chat", attributes=model | {"gen_ai.operation.name": "chat"})
                failed.set_status(Status(StatusCode.ERROR, "no answer"))
                failed.end()
            assert provider.force_flush()
            provider.shutdown()

        summary = eventually(
            lambda: stats_of(sign_in(did, Role.USER)), lambda stats: stats["summary"]["totalCalls"] == 4
        )["summary"]
        assert (summary["totalCalls"], summary["successCalls"], summary["failedCalls"]) == (4, 2, 2)
        assert (summary["inputTokens"], summary["cacheReadInputTokens"], summary["outputTokens"]) == (1_200, 800, 400)
        assert summary["totalCredits"] == (1_200 * INPUT + 800 * CACHED + 400 * OUTPUT) / MILLION

    def test_spans_that_come_again_are_counted_once(self, stack: Stack, key: str, sign_in: SignIn) -> None:
        did, number = f"did:json:{uuid.uuid4()}", uuid.uuid4().int >> 80
        attributes = {"user.id": did, "gen_ai.response.model": "gpt-4o-mini"}
        body = as_json(request(*(span(number + n, attributes=attributes) for n in range(3))))
        for _ in range(2):
            headers = {"Authorization": f"Bearer {key}"}
            answer = httpx.post(f"{stack.api_url}/v1/traces", json=body, headers=headers, timeout=60)
            assert (answer.status_code, answer.json()) == (200, {})

        summary = eventually(
            lambda: stats_of(sign_in(did, Role.USER)), lambda stats: stats["summary"]["totalCalls"] == 3
        )["summary"]
        assert (summary["totalCalls"], summary["totalUsage"]) == (3, 3 * (1_212 + 164))
        assert summary["totalCredits"] == 3 * (700 * INPUT + 512 * CACHED + 164 * OUTPUT) / MILLION

    def test_spans_of_one_call_that_come_apart_are_one_call_and_said_to_be(
        self, stack: Stack, key: str, sign_in: SignIn
    ) -> None:
        did, number = f"did:apart:{uuid.uuid4()}", uuid.uuid4().int >> 80
        outer = span(number, attributes={"user.id": did})
        inner = span(number + 1, attributes={"user.id": did, "gen_ai.response.model": "gpt-4o-mini"})
        inner.trace_id, inner.parent_span_id = outer.trace_id, outer.span_id
        for each in (outer, inner):
            headers = {"Authorization": f"Bearer {key}"}
            httpx.post(f"{stack.api_url}/v1/traces", json=as_json(request(each)), headers=headers, timeout=60)
        user, admin = sign_in(did, Role.USER), sign_in("did:ana", Role.ADMIN)
        eventually(lambda: stats_of(user), lambda stats: stats["summary"]["totalCalls"] == 1)
        (call,) = user.get("/api/user/model-calls").json()["list"]
        assert (call["metadata"]["mergedSpans"], call["responseModel"]) == (2, "gpt-4o-mini")
        days = admin.get("/api/admin/ingestion").json()["days"]
        assert sum(client["recorded"] for client in days) >= 2

    def test_a_refusal_is_in_the_type_of_the_request(self, stack: Stack) -> None:
        headers = {"Authorization": "Bearer ul_0123456789abcdef_x", "Content-Type": "application/x-protobuf"}
        answer = httpx.post(f"{stack.api_url}/v1/traces", content=b"", headers=headers, timeout=60)
        assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/x-protobuf")


def test_calls_that_cannot_be_written_are_written_from_the_queue(stack: Stack, sign_in: SignIn) -> None:
    """By the function that records calls, of which only the table is another, to which it has no right."""
    did = f"did:wanda:{uuid.uuid4()}"
    code = (ROOT / "functions/record_calls/app.py").read_text()
    elsewhere = {"CALLS_TABLE": stack.resources["CountersTable"]}
    add_function(stack, "record-elsewhere", code, like="RecordCallsFunction", environment=elsewhere)
    event = payload("record_calls")
    call = {"userDid": did, "providerId": "openai", "model": "gpt-4o-mini", "type": "custom", "status": "success"}
    event["body"] = json.dumps([{**call, "credits": "0.0000000001"}, {**call, "credits": 2}])

    answer = invoke(stack, "record-elsewhere", event)
    assert (answer["statusCode"], json.loads(answer["body"])["accepted"]) == (202, 2), answer

    summary = eventually(lambda: stats_of(sign_in(did, Role.USER)), lambda stats: stats["summary"]["totalCalls"] == 2)[
        "summary"
    ]
    assert (summary["totalCalls"], summary["totalCredits"]) == (2, Decimal("2.0000000001"))


def test_rows_that_were_set_aside_can_be_seen_and_sent_again(stack: Stack, sign_in: SignIn) -> None:
    marker = f"call-{uuid.uuid4()}"
    row = json.loads((Path(ROOT) / "tests/unit/litellm_rows.json").read_text())[0]
    bad = row | {"litellm_call_id": marker, "prompt_tokens": "many"}
    answer = sign_in("gateway", Role.RECORDER).post("/api/ingest/litellm", json=[bad])
    assert answer.json() == {"recorded": 0, "accepted": 0, "setAside": 1}

    (aside,) = rows_set_aside(stack)
    assert (aside["gateway"], aside["row"]["litellm_call_id"]) == ("litellm", marker)
    assert "prompt_tokens" in aside["reason"]
    assert "secret" not in json.dumps(aside)

    queue: Any = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
    queue.purge_queue(QueueUrl=stack.outputs["RowsSetAsideQueueUrl"])
    mended = {"rows": [{"reason": "mended", "row": aside["row"] | {"prompt_tokens": 10}}], "gateway": "litellm"}
    queue.send_message(QueueUrl=stack.outputs["RowsSetAsideQueueUrl"], MessageBody=json.dumps(mended))
    assert list(replay_set_aside(stack)) == ["1 rows: 0 of them set aside again"]
    shown = sign_in("did:root", Role.ADMIN).get(f"/api/user/model-calls/{marker}")
    assert shown.json()["totalUsage"] == 30
    assert list(rows_set_aside(stack)) == []


def stats_of(client: httpx.Client) -> dict[str, Any]:
    now = int(time.time())
    answer = client.get("/api/user/usage-stats", params={"startTime": now - HOUR, "endTime": now + HOUR})
    assert answer.status_code == 200, answer.text
    return exact_json.loads(answer.text)


def eventually(ask: Callable[[], dict[str, Any]], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first answer that holds, or the last one."""
    give_up = time.monotonic() + PATIENCE
    while not holds(answer := ask()) and time.monotonic() < give_up:
        time.sleep(0.5)
    return answer
