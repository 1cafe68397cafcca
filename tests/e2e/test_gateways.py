"""What real gateways send is what usage-stats shows, to the token and the cent."""

import gzip
import json
import time
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from ledger import exact_json
from ledger.identity import Role
from local.set_aside import replay_set_aside, rows_set_aside
from local.stack import Stack
from tests.e2e.conftest import SignIn
from tests.e2e.litellm_proxy import litellm_proxy
from tests.e2e.probes import add_function, invoke
from tests.e2e.relay import PATIENCE, Relay, relay
from tests.integration.harness import ROOT, payload
from tests.otlp import as_json, request, span

HOUR = 3_600

# US dollars for a million tokens, by the price lists of OpenAI.
INPUT, CACHED, OUTPUT, EMBEDDED = Decimal("0.15"), Decimal("0.075"), Decimal("0.60"), Decimal("0.02")
MILLION = 1_000_000


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    return stack.create_key("gateway", Role.RECORDER)


class TestLiteLLM:
    @pytest.fixture
    def ledger(self, stack: Stack) -> Iterator[Relay]:
        with relay(f"{stack.api_url}/api/ingest/litellm") as ledger:
            yield ledger

    @pytest.fixture
    def proxy(self, ledger: Relay, key: str, tmp_path: Path) -> Iterator[httpx.Client]:
        with litellm_proxy(tmp_path, endpoint=ledger.url, key=key) as client:
            yield client

    def test_its_calls_are_its_users_usage(self, proxy: httpx.Client, ledger: Relay, sign_in: SignIn) -> None:
        """A success, a failure, a stream, an embedding, and a model without a price, each once.

        The first is refused when it is told of, and the others end while it is.
        """
        did = f"did:lisa:{uuid.uuid4()}"
        chat = {"user": did, "messages": [{"role": "user", "content": "a secret question"}]}
        answered = proxy.post("/v1/chat/completions", json={"model": "fast", "metadata": {"tags": ["night"]}, **chat})
        answer = answered.raise_for_status().json()["usage"]
        assert ledger.arrived.wait(PATIENCE)
        assert proxy.post("/v1/chat/completions", json={"model": "broken", **chat}).status_code == 429
        streamed = self._streamed(proxy, {"model": "fast", **chat})
        embedded = proxy.post("/v1/embeddings", json={"model": "embedder", "user": did, "input": "some words"})
        words = embedded.raise_for_status().json()["usage"]["prompt_tokens"]
        unpriced = proxy.post("/v1/chat/completions", json={"model": "unheard-of", **chat})
        unheard = unpriced.raise_for_status().json()["usage"]["total_tokens"]
        ledger.refused.set()

        user = sign_in(did, Role.USER)
        stats = eventually(lambda: stats_of(user), lambda stats: stats["summary"]["totalCalls"] == 5)

        summary = stats["summary"]
        assert (summary["totalCalls"], summary["successCalls"], summary["failedCalls"]) == (5, 4, 1)
        prompts = answer["prompt_tokens"] + streamed["prompt_tokens"]
        outputs = answer["completion_tokens"] + streamed["completion_tokens"]
        assert summary["totalUsage"] == prompts + outputs + words + unheard
        assert summary["totalCredits"] == (prompts * INPUT + outputs * OUTPUT + words * EMBEDDED) / MILLION
        assert summary["unpricedCalls"] == 1
        assert summary["byType"]["embedding"]["totalUsage"] == words

        rows: list[dict[str, Any]] = exact_json.loads(user.get("/api/user/model-calls").text)["list"]
        (failed,) = (row for row in rows if row["status"] == "failed")
        assert "RateLimitError" in failed["errorReason"]
        (stream,) = (row for row in rows if row["ttfb"] is not None)
        assert Decimal(stream["ttfb"]) <= Decimal(stream["duration"]) * 1000 + 1
        assert ["night"] in [row["metadata"].get("tags") for row in rows]
        assert "secret" not in json.dumps(rows, default=str)

    @staticmethod
    def _streamed(proxy: httpx.Client, body: dict[str, Any]) -> dict[str, int]:
        wanted = {**body, "stream": True, "stream_options": {"include_usage": True}}
        lines = proxy.post("/v1/chat/completions", json=wanted).raise_for_status().text.splitlines()
        chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
        return next(chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage"))


class TestOpenTelemetry:
    def test_an_sdks_spans_are_its_users_usage_by_environment_variables_alone(
        self, stack: Stack, key: str, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An agent's span with a tool's, a chat out of the cache, and a failure below it, in protobuf."""
        did = f"did:otto:{uuid.uuid4()}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{stack.api_url}/v1/traces")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", f"Authorization=Bearer%20{key}")
        for compression in (Compression.NoCompression, Compression.Gzip):
            provider = TracerProvider(resource=Resource({"service.name": "checkout"}))
            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(compression=compression)))
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

    @pytest.mark.parametrize("packed", [False, True])
    def test_spans_in_json_are_their_users_usage_however_often_they_come(
        self, stack: Stack, key: str, sign_in: SignIn, packed: bool
    ) -> None:
        did, number = f"did:json:{uuid.uuid4()}", uuid.uuid4().int >> 80
        attributes = {"user.id": did, "gen_ai.response.model": "gpt-4o-mini"}
        spans = [span(number + n, attributes=attributes) for n in range(3)]
        body = json.dumps(as_json(request(*spans))).encode()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        if packed:
            headers["Content-Encoding"] = "gzip"
        for _ in range(2):
            content = gzip.compress(body) if packed else body
            answer = httpx.post(f"{stack.api_url}/v1/traces", content=content, headers=headers, timeout=60)
            assert (answer.status_code, answer.json()) == (200, {})

        summary = eventually(
            lambda: stats_of(sign_in(did, Role.USER)), lambda stats: stats["summary"]["totalCalls"] == 3
        )["summary"]
        assert (summary["totalCalls"], summary["totalUsage"]) == (3, 3 * (1_212 + 164))
        assert summary["totalCredits"] == 3 * (700 * INPUT + 512 * CACHED + 164 * OUTPUT) / MILLION

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
