"""A span is read by the dialect of what made it: the names of today, older ones, and those of other conventions."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calls.call_input import validate_call
from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.core.errors import InvalidRequest
from ledger.gateways.dialects.dialect import FACTS
from ledger.gateways.dialects.dialects import DIALECTS
from ledger.gateways.fields import identifier
from ledger.gateways.otlp import Span
from ledger.gateways.reading import Reading
from ledger.gateways.received import Became
from ledger.gateways.same_call import families
from ledger.gateways.span_call import calls
from ledger.gateways.span_reading import read

START = 1_795_000_000_250_000_000
CHAT = Span(
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    span_id="00f067aa0ba902b7",
    parent_id="",
    scope="",
    version="",
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


def reading(span: Span, asker: str = "key:1") -> Reading:
    found = read(span, asker, "2026-11-27T00:00:00.000Z")
    assert isinstance(found, Reading)
    return found


def why(span: Span) -> Became:
    """Why a span is no call."""
    found = read(span, "", "")
    assert isinstance(found, Became)
    return found


def call(span: Span, asker: str) -> dict[str, Any]:
    ((found,),) = map(calls, families([reading(span, asker)]))
    return found


def recorded(span: Span, asker: str = "key:1") -> ModelCall:
    found = call(span, asker)
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

    @pytest.mark.parametrize("operation", ["invoke_agent", "execute_tool", "create_agent", "invoke_workflow"])
    def test_what_repeats_the_usage_of_others_is_not(self, operation: str) -> None:
        assert why(with_({"gen_ai.operation.name": operation})) is Became.REPEATS

    @pytest.mark.parametrize("operation", ["retrieval", "something_new"])
    def test_an_operation_that_is_not_known_is_none_and_is_said_to_be(self, operation: str) -> None:
        assert why(with_({"gen_ai.operation.name": operation})) is Became.UNKNOWN_OPERATION

    def test_a_span_of_another_kind_is_not(self) -> None:
        assert why(replace(CHAT, attributes={"http.request.method": "GET", "user.id": 5})) is Became.OF_NO_MODEL

    def test_an_older_span_without_an_operation_is_one_where_it_names_provider_and_model(self) -> None:
        older = with_({"gen_ai.operation.name": None, "gen_ai.provider.name": None, "gen_ai.system": "openai"})
        assert recorded(older).provider_id == "openai"
        assert why(with_({"gen_ai.request.model": None}, older)) is Became.UNKNOWN_OPERATION
        assert why(with_({"llm.request.type": "rerank"}, older)) is Became.UNKNOWN_OPERATION
        assert recorded(with_({"llm.request.type": "embedding"}, older)).type is CallType.EMBEDDING

    def test_what_comes_out_decides_between_texts_images_and_speech(self) -> None:
        assert recorded(with_({"gen_ai.output.type": "image"})).type is CallType.IMAGE_GENERATION
        assert recorded(with_({"gen_ai.output.type": "speech"})).type is CallType.AUDIO_GENERATION
        assert recorded(with_({"gen_ai.output.type": "json"})).type is CallType.CHAT_COMPLETION

    @pytest.mark.parametrize("ids", [{"trace_id": "0" * 32}, {"span_id": "0" * 16}, {"trace_id": ""}, {"span_id": ""}])
    def test_without_ids_it_can_not_be_told_from_a_repeat(self, ids: dict[str, str]) -> None:
        with pytest.raises(InvalidRequest, match="spanId"):
            reading(replace(CHAT, **ids))


class TestWhatItSays:
    def test_its_id_is_the_spans_and_its_times_too(self) -> None:
        found = recorded(with_({"gen_ai.response.time_to_first_chunk": 0.4215}))
        assert (found.id, found.trace_id) == (f"{CHAT.trace_id}-{CHAT.span_id}", CHAT.trace_id)
        assert (found.call_time, found.duration, found.ttfb) == (1_795_000_000, Decimal("1.235"), 422)

    @pytest.mark.parametrize(
        ("scope", "events", "expected"),
        [
            ("openinference.instrumentation.openai", {"First Token Stream Event": 58_467_483}, 58),
            ("opentelemetry.instrumentation.openai.v1", {"gen_ai.content.completion.chunk": 117_500_000}, 118),
            ("opentelemetry.instrumentation.openai.v1", {"llm.content.completion.chunk": 0, "exception": 5}, 0),
            ("opentelemetry.instrumentation.openai.v1", {"llm.content.completion.chunk": -1}, None),
            ("opentelemetry.instrumentation.openai.v1", {"llm.content.completion.chunk": 1_234_567_891}, None),
            ("opentelemetry.instrumentation.openai.v1", {"exception": 5}, None),
            ("another", {"First Token Stream Event": 58_467_483}, None),
        ],
    )
    def test_an_event_within_the_span_says_when_the_first_chunk_came(
        self, scope: str, events: dict[str, int], expected: int | None
    ) -> None:
        """The events' times here are nanoseconds since the start."""
        span = replace(CHAT, scope=scope, events={name: START + time for name, time in events.items()})
        openinference = {"openinference.span.kind": "LLM"} if scope.startswith("openinference") else {}
        assert reading(with_(openinference, span)).ttfb == expected
        told = with_({**openinference, "gen_ai.response.time_to_first_chunk": 0.4215}, span)
        assert reading(told).ttfb == 422

    def test_an_event_without_a_start_says_nothing(self) -> None:
        events = {"llm.content.completion.chunk": START}
        assert reading(replace(CHAT, scope="@traceloop/x", start=0, events=events)).ttfb is None

    def test_it_is_filed_under_the_model_that_was_asked_for_and_keeps_the_one_that_answered(self) -> None:
        answered = with_({"gen_ai.response.model": "claude-sonnet-4-5-20250929"})
        found = recorded(answered)
        assert (found.model, found.response_model) == ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929")
        failed = recorded(replace(CHAT, is_error=True))
        assert (failed.model, failed.response_model) == ("claude-sonnet-4-5", None)
        alone = recorded(with_({"gen_ai.request.model": None}, answered))
        assert (alone.model, alone.response_model) == ("claude-sonnet-4-5-20250929", None)

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
            ({"gen_ai.user": "a"}, {}, "a"),
            ({"gen_ai.request.user": "a"}, {}, "a"),
            ({"user.id": "x" * 300}, {}, identifier("x" * 300)),
        ],
    )
    def test_its_user_is_the_spans_the_resources_or_the_keys(
        self, attributes: dict[str, Any], resource: dict[str, Any], expected: str
    ) -> None:
        assert recorded(replace(with_(attributes), resource=resource)).user_did == expected

    def test_where_nobody_is_named_the_call_says_that_the_key_was_asked(self) -> None:
        assert json.loads(recorded(CHAT).metadata or "") == {"userFrom": "apiKey"}
        assert recorded(with_({"user.id": "a"})).metadata is None

    def test_its_app_is_the_service_if_that_has_a_name(self) -> None:
        assert recorded(CHAT).app_did == "checkout"
        assert recorded(replace(CHAT, resource={"service.name": "unknown_service:python"})).app_did is None
        assert recorded(replace(CHAT, resource={})).app_did is None

    def test_a_cost_that_the_instrumentation_knows_is_taken(self) -> None:
        assert reading(with_({"gen_ai.usage.cost": 0.0125})).cost == Decimal("0.0125")
        assert reading(with_({"gen_ai.usage.cost": 0.0})).cost is None

    @pytest.mark.parametrize(
        ("provider", "model", "expected"),
        [
            ("openai.chat", "gpt-4o-mini", ("openai", "gpt-4o-mini")),
            ("openai.responses", "openai/gpt-4o-mini", ("openai", "gpt-4o-mini")),
            ("gcp.gemini", "gemini-2.5-pro", ("gemini", "gemini-2.5-pro")),
            ("aws.bedrock", "anthropic.claude-v2", ("bedrock", "anthropic.claude-v2")),
            ("openrouter", "openai/gpt-4o-mini", ("openrouter", "openai/gpt-4o-mini")),
            ("", "azure/gpt-4o", ("azure", "gpt-4o")),
            ("", "eu.anthropic.claude-sonnet-4-5-v1:0", ("bedrock", "eu.anthropic.claude-sonnet-4-5-v1:0")),
            ("", "claude-sonnet-4-5", ("anthropic", "claude-sonnet-4-5")),
            ("my-own", "my-own-model", ("my-own", "my-own-model")),
        ],
    )
    def test_a_provider_has_one_name_and_stands_beside_the_model(
        self, provider: str, model: str, expected: tuple[str, str]
    ) -> None:
        found = recorded(with_({"gen_ai.provider.name": provider, "gen_ai.request.model": model}))
        assert (found.provider_id, found.model) == expected

    def test_prompts_and_answers_are_left_where_they_are(self) -> None:
        said = with_({"gen_ai.input.messages": "a secret", "gen_ai.prompt.0.content": "a secret"})
        assert "secret" not in str(call(said, ""))


class TestTokens:
    @pytest.mark.parametrize(
        ("read_name", "written_name", "reasoning_name", "input_name", "output_name"),
        [
            ("cache_read.input_tokens", "cache_creation.input_tokens", "reasoning.output_tokens", "input", "output"),
            ("cache_read.input_tokens", "cache_write.input_tokens", "details.reasoning_tokens", "input", "output"),
            ("cache_read_input_tokens", "cache_creation_input_tokens", "reasoning_tokens", "prompt", "completion"),
        ],
        ids=["today", "newest", "older"],
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


class TestDialects:
    """What one kind of instrumentation means by a name, and others don't."""

    ANTHROPIC_USAGE: ClassVar = {
        "gen_ai.usage.input_tokens": 60,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 30,
        "gen_ai.usage.cache_creation.input_tokens": 10,
    }

    def test_openlit_sends_numbers_as_providers_count_them(self) -> None:
        openlit = replace(with_(self.ANTHROPIC_USAGE), scope="openlit.instrumentation.anthropic")
        assert reading(openlit).tokens["inputTokens"] == 60
        assert reading(replace(openlit, scope="another")).tokens["inputTokens"] == 20
        of_openai = replace(with_({"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}, openlit))
        assert reading(of_openai).tokens["inputTokens"] == 20

    def test_openlits_cost_is_an_estimate_of_its_own(self) -> None:
        estimated = with_({"gen_ai.usage.cost": 0.5})
        assert reading(replace(estimated, scope="openlit.instrumentation.anthropic")).cost is None
        assert reading(estimated).cost == Decimal("0.5")

    def test_strands_is_no_provider_and_measures_in_milliseconds(self) -> None:
        strands = replace(
            with_(
                {
                    "gen_ai.provider.name": None,
                    "gen_ai.system": "strands-agents",
                    "gen_ai.server.time_to_first_token": 52,
                }
            ),
            scope="strands.telemetry.tracer",
        )
        assert (reading(strands).provider, reading(strands).ttfb) == ("anthropic", 52)
        assert reading(replace(strands, scope="another")).ttfb == 52_000

    @pytest.mark.parametrize(
        ("operation", "expected"),
        [
            ("acompletion", CallType.CHAT_COMPLETION),
            ("aresponses", CallType.CHAT_COMPLETION),
            ("anthropic_messages", CallType.CHAT_COMPLETION),
            ("aembedding", CallType.EMBEDDING),
            ("aimage_generation", CallType.IMAGE_GENERATION),
        ],
    )
    def test_litellms_operations_are_its_own(self, operation: str, expected: CallType) -> None:
        litellm = replace(with_({"gen_ai.operation.name": operation}), scope="litellm")
        assert reading(litellm).type is expected
        assert why(replace(litellm, scope="another")) is Became.UNKNOWN_OPERATION

    def test_litellm_names_users_teams_costs_and_what_a_cache_answered(self) -> None:
        litellm = replace(
            with_(
                {
                    "litellm.metadata.user_api_key_end_user_id": "alice",
                    "litellm.metadata.user_api_key_user_id": "default_user_id",
                    "litellm.team.id": "red",
                    "litellm.cost.total": 0.25,
                    "litellm.provider.model": "openai/gpt-4o-mini",
                    "gen_ai.request.model": "fast",
                    "gen_ai.provider.name": "",
                }
            ),
            scope="litellm",
        )
        found = reading(litellm)
        assert (found.user, found.app, found.cost, found.provider) == ("alice", "red", Decimal("0.25"), "openai")
        assert reading(with_({"litellm.cache_hit": True}, litellm)).cost == 0

    def test_a_logfire_stream_is_announced_by_one_span_and_reported_by_another(self) -> None:
        bare = {"gen_ai.usage.input_tokens": None, "gen_ai.usage.output_tokens": None}
        announced = replace(with_(bare), scope="logfire.openai")
        assert reading(announced).announces
        log = replace(with_({"duration": 2.5}, announced), start=START, end=START)
        assert (reading(log).announces, reading(log).start, reading(log).end) == (False, START - 2_500_000_000, START)
        assert not reading(replace(announced, is_error=True)).announces

    def test_a_dialect_is_known_by_its_attributes_where_the_scope_says_nothing(self) -> None:
        span = replace(
            CHAT,
            scope="my-own",
            attributes={
                "openinference.span.kind": "LLM",
                "llm.model_name": "gpt-4o",
                "llm.system": "openai",
                "llm.token_count.prompt": 10,
                "llm.token_count.prompt_details.cache_read": 4,
            },
        )
        assert (reading(span).answered_model, reading(span).tokens["inputTokens"]) == ("gpt-4o", 6)

    @pytest.mark.parametrize(
        ("output", "response_id"),
        [
            ('{"llm_output": {"id": "chatcmpl-1"}, "generations": [[]]}', "chatcmpl-1"),
            ('{"generations": [[{"message": {"kwargs": {"response_metadata": {"id": "resp_1"}}}}]]}', "resp_1"),
            ('{"generations": [], "llm_output": null}', ""),
            ('{"generations": {"0": ["a secret"]}}', ""),
            ('{"id": "a secret", "llm_output": "a secret"}', ""),
            ('["a secret"]', ""),
            ("__REDACTED__", ""),
        ],
    )
    def test_of_what_langchain_answered_the_response_id_is_read_and_nothing_else(
        self, output: str, response_id: str
    ) -> None:
        span = with_({"openinference.span.kind": "LLM", "llm.provider": "openai", "output.value": output})
        assert reading(replace(span, scope="openinference.instrumentation.langchain")).response_id == response_id
        assert "secret" not in repr(reading(span))

    @given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
    def test_no_dialect_is_chosen_by_the_size_of_numbers(self, fresh: int, read_: int, written: int) -> None:
        usage = {
            "gen_ai.usage.input_tokens": fresh,
            "gen_ai.usage.cache_read.input_tokens": read_,
            "gen_ai.usage.cache_creation.input_tokens": written,
        }
        raw = reading(replace(with_(usage), scope="openlit"))
        assert raw.tokens["inputTokens"] == fresh
        assert raw.provider == "anthropic"


values = st.text(max_size=10) | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.booleans()
NAMES = sorted(
    {name.partition("#")[0] for dialect in DIALECTS for fact in FACTS for name in getattr(dialect.own, fact)}
)
SCOPES = ["", *(scope for dialect in DIALECTS for scope in dialect.scopes)]


@given(
    st.dictionaries(st.sampled_from(NAMES), values),
    st.dictionaries(st.sampled_from(["service.name", "user.id"]), values),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.sampled_from(SCOPES),
)
def test_any_span_is_a_call_or_none_or_refused_with_a_reason(
    attributes: dict[str, Any], resource: dict[str, Any], start: int, end: int, scope: str
) -> None:
    span = replace(with_(attributes), resource=resource, start=start, end=end, scope=scope)
    try:
        found = read(span, "key:1", "")
        for family in families([found]) if isinstance(found, Reading) else ():
            for each in calls(family):
                validate_call(each, now=START // 10**9, retention=400 * 86_400)
    except InvalidRequest as refusal:
        assert refusal.problems


@pytest.mark.parametrize(
    ("scope", "attributes", "told", "tier"),
    [
        (
            "opentelemetry.instrumentation.openai_v2",
            {"openai.request.service_tier": "priority", "openai.response.service_tier": "default"},
            {},
            "default",  # as it was served
        ),
        (
            "opentelemetry.instrumentation.anthropic",
            {
                "gen_ai.usage.cache_creation.input_tokens": 300,
                "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 100,
                "anthropic.response.service_tier": "batch",
            },
            {"cacheCreation1hInputTokens": 100},
            "batch",
        ),
        (
            "pydantic-ai",
            {"gen_ai.usage.details.input_audio_tokens": 70, "gen_ai.usage.details.output_audio_tokens": 8},
            {"inputAudioTokens": 70, "outputAudioTokens": 8},
            None,
        ),
        (
            "logfire.openai",
            {"gen_ai.usage.raw": '{"service_tier": "flex", "server_tool_use": {"web_search_requests": 2}}'},
            {"webSearches": 2},
            "flex",
        ),
        ("openinference.openai", {"llm.token_count.completion_details.audio": 9}, {"outputAudioTokens": 9}, None),
        ("ai", {"ai.response.providerMetadata": '{"openai": {"serviceTier": "flex"}}'}, {}, "flex"),
    ],
)
def test_what_has_another_price_and_how_a_call_was_served_is_read(
    scope: str, attributes: dict[str, object], told: dict[str, int], tier: str | None
) -> None:
    named = {"openinference.span.kind": "LLM", "ai.operationId": "ai.generateText.doGenerate"}
    call = recorded(with_(named | dict(attributes), replace(CHAT, scope=scope)))
    assert (call.other_usage or {}) == told
    assert call.service_tier == tier
