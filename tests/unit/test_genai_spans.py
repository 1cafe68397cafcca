"""OpenTelemetry's GenAI spans become calls, by the conventions of today and of earlier years."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calls.call_input import validate_call
from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.core.errors import InvalidRequest
from ledger.gateways.genai_spans import call
from ledger.gateways.otlp import Span

START = 1_795_000_000_250_000_000
CHAT = Span(
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    span_id="00f067aa0ba902b7",
    start=START,
    end=START + 1_234_567_890,
    is_error=False,
    message="",
    attributes={
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
    },
    resource={"service.name": "checkout"},
)


def with_(attributes: Mapping[str, Any], span: Span = CHAT) -> Span:
    """A span with some attributes replaced. An attribute that is None is left out."""
    kept = {name: value for name, value in {**span.attributes, **attributes}.items() if value is not None}
    return replace(span, attributes=kept)


def recorded(span: Span, asker: str = "key:1") -> ModelCall:
    found = call(span, asker)
    assert found is not None
    return validate_call(found, now=START // 10**9 + 60, retention=400 * 86_400).to_call(0)


class TestWhatIsACall:
    @pytest.mark.parametrize(
        ("operation", "expected"),
        [
            ("chat", CallType.CHAT_COMPLETION),
            ("generate_content", CallType.CHAT_COMPLETION),
            ("text_completion", CallType.CHAT_COMPLETION),
            ("embeddings", CallType.EMBEDDING),
        ],
    )
    def test_a_models_span_is(self, operation: str, expected: CallType) -> None:
        assert recorded(with_({"gen_ai.operation.name": operation})).type is expected

    @pytest.mark.parametrize(
        "operation", ["invoke_agent", "execute_tool", "create_agent", "invoke_workflow", "retrieval", "something_new"]
    )
    def test_what_repeats_the_usage_of_others_is_not(self, operation: str) -> None:
        assert call(with_({"gen_ai.operation.name": operation}), "") is None

    def test_a_span_of_another_kind_is_not(self) -> None:
        assert call(replace(CHAT, attributes={"http.request.method": "GET", "user.id": 5}), "") is None

    def test_an_older_span_without_an_operation_is_one_where_it_names_provider_and_model(self) -> None:
        older = with_({"gen_ai.operation.name": None, "gen_ai.provider.name": None, "gen_ai.system": "openai"})
        assert recorded(older).provider_id == "openai"
        assert call(with_({"gen_ai.request.model": None}, older), "") is None
        assert call(with_({"llm.request.type": "rerank"}, older), "") is None
        assert recorded(with_({"llm.request.type": "embedding"}, older)).type is CallType.EMBEDDING

    def test_what_comes_out_decides_between_texts_images_and_speech(self) -> None:
        assert recorded(with_({"gen_ai.output.type": "image"})).type is CallType.IMAGE_GENERATION
        assert recorded(with_({"gen_ai.output.type": "speech"})).type is CallType.AUDIO_GENERATION
        assert recorded(with_({"gen_ai.output.type": "json"})).type is CallType.CHAT_COMPLETION

    @pytest.mark.parametrize("ids", [{"trace_id": "0" * 32}, {"span_id": "0" * 16}, {"trace_id": ""}, {"span_id": ""}])
    def test_without_ids_it_can_not_be_told_from_a_repeat(self, ids: dict[str, str]) -> None:
        with pytest.raises(InvalidRequest, match="spanId"):
            call(replace(CHAT, **ids), "")


class TestWhatItSays:
    def test_its_id_is_the_spans_and_its_times_too(self) -> None:
        found = recorded(with_({"gen_ai.response.time_to_first_chunk": 0.4215}))
        assert (found.id, found.trace_id) == (f"{CHAT.trace_id}-{CHAT.span_id}", CHAT.trace_id)
        assert (found.call_time, found.duration, found.ttfb) == (1_795_000_000, Decimal("1.235"), 422)

    def test_the_model_that_answered_counts_and_the_one_asked_for_is_kept(self) -> None:
        found = recorded(with_({"gen_ai.response.model": "claude-sonnet-4-5-20250929"}))
        assert found.model == "claude-sonnet-4-5-20250929"
        assert json.loads(found.metadata or "") == {"requestModel": "claude-sonnet-4-5"}

    def test_a_failure_says_what_it_was(self) -> None:
        found = recorded(replace(with_({"error.type": "timeout"}), is_error=True, message="no answer in 60 s"))
        assert (found.status, found.error_reason) == (CallStatus.FAILED, "timeout: no answer in 60 s")
        assert recorded(replace(CHAT, is_error=True)).status is CallStatus.FAILED
        assert recorded(with_({"error.type": "429"})).error_reason == "429"
        assert recorded(CHAT).error_reason is None

    @pytest.mark.parametrize(
        ("attributes", "resource", "expected"),
        [
            ({"user.id": "a", "enduser.id": "b"}, {"user.id": "c"}, "a"),
            ({"enduser.id": "b"}, {"user.id": "c"}, "b"),
            ({"traceloop.association.properties.user_id": "b"}, {}, "b"),
            ({"user.id": 42}, {}, "42"),
            ({}, {"user.id": "c"}, "c"),
            ({"user.id": ""}, {}, "key:1"),
        ],
    )
    def test_its_user_is_the_spans_the_resources_or_the_keys(
        self, attributes: dict[str, Any], resource: dict[str, Any], expected: str
    ) -> None:
        assert recorded(replace(with_(attributes), resource=resource)).user_did == expected

    def test_its_app_is_the_service_if_that_has_a_name(self) -> None:
        assert recorded(CHAT).app_did == "checkout"
        assert recorded(replace(CHAT, resource={"service.name": "unknown_service:python"})).app_did is None
        assert recorded(replace(CHAT, resource={})).app_did is None

    def test_a_cost_that_the_instrumentation_knows_is_taken(self) -> None:
        assert (call(with_({"gen_ai.usage.cost": 0.0125}), "") or {})["costUsd"] == Decimal("0.0125")
        assert (call(with_({"gen_ai.usage.cost": 0.0}), "") or {})["costUsd"] is None

    def test_prompts_and_answers_are_left_where_they_are(self) -> None:
        said = with_({"gen_ai.input.messages": "a secret", "gen_ai.prompt.0.content": "a secret"})
        assert "secret" not in str(call(said, ""))


class TestTokens:
    @pytest.mark.parametrize(
        ("read_name", "written_name", "reasoning_name", "input_name", "output_name"),
        [
            ("cache_read.input_tokens", "cache_creation.input_tokens", "reasoning.output_tokens", "input", "output"),
            ("cache_read_input_tokens", "cache_creation_input_tokens", "reasoning_tokens", "prompt", "completion"),
        ],
        ids=["today", "older"],
    )
    @given(tokens=st.tuples(*[st.integers(0, 10**7)] * 5))
    def test_buckets_are_disjoint_and_add_up_to_all_tokens(
        self,
        read_name: str,
        written_name: str,
        reasoning_name: str,
        input_name: str,
        output_name: str,
        tokens: tuple[int, ...],
    ) -> None:
        fresh, read, written, visible, reasoning = tokens
        usage = {
            f"{input_name}_tokens": fresh + read + written,
            f"{output_name}_tokens": visible + reasoning,
            read_name: read,
            written_name: written,
            reasoning_name: reasoning,
        }
        bare = with_({"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None})
        found = recorded(with_({f"gen_ai.usage.{name}": number for name, number in usage.items()}, bare))
        assert (found.input_tokens, found.output_tokens) == (fresh, visible + reasoning)
        assert (found.cache_read_input_tokens, found.cache_creation_input_tokens) == (read, written)
        assert found.total_usage == sum(tokens)

    def test_cached_and_reasoning_tokens_that_cannot_be_within_the_others_are_beside_them(self) -> None:
        usage = {"gen_ai.usage.cache_read.input_tokens": 1_000, "gen_ai.usage.reasoning.output_tokens": 500}
        found = recorded(with_(usage))
        assert (found.input_tokens, found.cache_read_input_tokens, found.output_tokens) == (100, 1_000, 520)


values = st.text(max_size=10) | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.booleans()
NAMES = [*CHAT.attributes, "user.id", "error.type", "gen_ai.usage.cost", "gen_ai.response.time_to_first_chunk"]


@given(
    st.dictionaries(st.sampled_from(NAMES), values),
    st.dictionaries(st.sampled_from(["service.name", "user.id"]), values),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
)
def test_any_span_is_a_call_or_none_or_refused_with_a_reason(
    attributes: dict[str, Any], resource: dict[str, Any], start: int, end: int
) -> None:
    span = replace(with_(attributes), resource=resource, start=start, end=end)
    try:
        found = call(span, "key:1")
        if found is not None:
            validate_call(found, now=START // 10**9, retention=400 * 86_400)
    except InvalidRequest as refusal:
        assert refusal.problems
