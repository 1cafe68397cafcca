"""LiteLLM's rows become calls: rows as version 1.106 of the proxy sent them, and invalid ones."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.calls.call_input import validate_call
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core.errors import InvalidRequest
from ledger.gateways import litellm_call
from ledger.gateways.litellm_batch import rows
from ledger.gateways.litellm_payload import picked, read

NOW = 1_795_400_000
ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "litellm_rows.json").read_text())
SENT = {
    "success": ROWS[0],
    "stream": ROWS[1],
    "failure": ROWS[2],
    "embedding": ROWS[3],
    "image": ROWS[4],
    "unknown model": ROWS[5],
}


def call(row: Any, asker: str) -> dict[str, Any]:
    """The call of a row, which is the same for its JSON and for the decoded value."""
    of_value = read(row)
    assert of_value
    try:
        sent = msgspec.Raw(msgspec.json.encode(row))
    except UnicodeEncodeError:  # which only Python writes
        pass
    else:
        assert read(sent) == of_value
    return litellm_call.call(of_value, asker)


def recorded(row: Any, asker: str = "key:1") -> ModelCall:
    return validate_call(call(row, asker), now=NOW, retention=400 * 86_400).to_call(NOW)


def changed(row: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    """A row with some fields replaced, also those of its metadata and usage_object, by their names."""
    made = json.loads(json.dumps(row))
    for name, value in fields.items():
        if name.startswith("user_api_key"):
            made["metadata"][name] = value
        elif name == "usage":
            made["metadata"]["usage_object"] = value
        else:
            made[name] = value
    return made


class TestWhatTheProxySends:
    def test_a_success_is_a_call_of_the_end_user_with_the_providers_model_and_its_own_times(self) -> None:
        found = recorded(SENT["success"])
        assert (found.id, found.request_id) == (SENT["success"]["litellm_call_id"], SENT["success"]["id"])
        assert (found.user_did, found.provider_id, found.model) == ("alice", "openai", "gpt-4o-mini")
        assert (found.type, found.status) == (CallType.CHAT_COMPLETION, CallStatus.SUCCESS)
        assert (found.input_tokens, found.output_tokens, found.total_usage) == (10, 20, 30)
        assert (found.call_time, found.duration, found.ttfb) == (1_795_380_868, Decimal("0.094"), None)
        assert json.loads(found.metadata or "") == {"tags": ["team-a", "night"], "modelGroup": "fast"}
        assert found.trace_id == SENT["success"]["trace_id"]
        assert call(SENT["success"], "")["costUsd"] == Decimal("0.0000135")

    def test_a_stream_lasts_until_its_end_and_has_a_time_to_the_first_token(self) -> None:
        found = recorded(SENT["stream"])
        assert (found.duration, found.ttfb) == (Decimal("2.825"), 923)

    def test_a_failure_says_why_and_costs_what_nobody_said(self) -> None:
        found = recorded(SENT["failure"])
        assert found.status is CallStatus.FAILED
        assert found.error_reason == "litellm.RateLimitError: this is a mock rate limit error"
        assert (found.id, found.request_id) == (SENT["failure"]["id"], None)
        assert "costUsd" not in call(SENT["failure"], "")

    def test_an_embedding_counts_its_prompt_although_its_total_is_told_as_zero(self) -> None:
        assert SENT["embedding"]["total_tokens"] == 0
        found = recorded(SENT["embedding"])
        assert (found.type, found.input_tokens, found.total_usage) == (CallType.EMBEDDING, 10, 10)

    def test_an_image_generation_counts_images(self) -> None:
        found = recorded(SENT["image"])
        assert (found.type, found.total_usage, found.other_usage) == (CallType.IMAGE_GENERATION, 1, {"images": 1})
        several = changed(SENT["image"], usage={"output_image_count": 3})
        assert recorded(several).total_usage == 3

    @pytest.mark.parametrize("cost", [0, 0.0, None])
    def test_a_cost_of_zero_beside_tokens_is_no_price(self, cost: float | None) -> None:
        assert SENT["unknown model"]["response_cost"] == 0
        found = recorded(changed(SENT["unknown model"], response_cost=cost))
        assert (found.total_usage, found.cost_source) == (30, CostSource.UNPRICED)

    def test_a_cache_hit_is_free_and_its_tokens_count(self) -> None:
        found = recorded(changed(SENT["success"], cache_hit=True, response_cost=0.0))
        assert (found.credits, found.cost_source, found.total_usage) == (0, CostSource.REPORTED, 30)
        assert json.loads(found.metadata or "")["cacheHit"] is True

    @pytest.mark.parametrize("row", SENT.values(), ids=SENT)
    def test_what_is_picked_of_a_row_says_the_same_and_holds_no_prompt_and_no_answer(self, row: dict[str, Any]) -> None:
        assert call(picked(row), "") == call(row, "")
        for hidden in ("secret question", "forty-two", "some words", "a cat", "127.0.0.1"):
            assert hidden not in json.dumps(picked(row))
            assert hidden not in str(recorded(row))

    @pytest.mark.parametrize(
        ("call_type", "expected"),
        [
            ("completion", "chatCompletion"),
            ("aresponses", "chatCompletion"),
            ("anthropic_messages", "chatCompletion"),
            ("atext_completion", "chatCompletion"),
            ("_arealtime", "chatCompletion"),
            ("aspeech", "audioGeneration"),
            ("atranscription", "audioGeneration"),
            ("aimage_edit", "imageGeneration"),
            ("avideo_generation", "video"),
            ("arerank", "custom"),
            ("alist_containers", "custom"),
        ],
    )
    def test_the_type_follows_the_kind_of_call(self, call_type: str, expected: str) -> None:
        assert recorded(changed(SENT["embedding"], call_type=call_type)).type == expected

    def test_a_pass_through_that_gave_tokens_is_a_chat(self) -> None:
        assert recorded(changed(SENT["success"], call_type="pass_through_endpoint")).type is CallType.CHAT_COMPLETION


class TestWhoUsedIt:
    NOBODY: Mapping[str, Any] = changed(
        SENT["success"], end_user=None, user_api_key_end_user_id=None, model_parameters={}, user_api_key_user_id=None,
        user_api_key_hash=None,
    )  # fmt: skip

    @pytest.mark.parametrize(
        "fields",
        [
            {"end_user": "x"},
            {"user_api_key_end_user_id": "x", "user_api_key_user_id": "key's user"},
            {"model_parameters": {"user": "x"}, "user_api_key_user_id": "key's user"},
            {"user_api_key_user_id": "x", "user_api_key_alias": "alias"},
            {"user_api_key_alias": "x", "user_api_key_hash": "hash"},
            {"user_api_key_hash": "x"},
        ],
        ids=str,
    )
    def test_the_end_user_then_the_keys_user_then_the_key(self, fields: dict[str, Any]) -> None:
        assert recorded(changed(self.NOBODY, **fields)).user_did == "x"

    def test_whoever_asks_where_nobody_is_named(self) -> None:
        found = recorded(self.NOBODY, "key:42")
        assert (found.user_did, json.loads(found.metadata or "")["userFrom"]) == ("key:42", "apiKey")
        assert "userFrom" not in json.loads(recorded(SENT["success"]).metadata or "")

    @given(st.text(min_size=257, max_size=500))
    def test_ids_and_names_of_any_length_are_cut_and_never_refused(self, name: str) -> None:
        fields = dict.fromkeys(("id", "litellm_call_id", "trace_id", "model_id", "end_user", "model"), name)
        found, other = recorded(changed(self.NOBODY, **fields)), recorded(changed(self.NOBODY, end_user=name + "x"))
        assert found.user_did != other.user_did
        assert len(found.user_did) <= 256

    def test_the_app_is_the_keys_team_else_the_key(self) -> None:
        team = changed(self.NOBODY, user_api_key_team_id="t1", user_api_key_team_alias="Team", user_api_key_alias="k")
        assert recorded(team).app_did == "t1"
        assert call(team, "")["appInfo"] == {"appName": "Team"}
        assert recorded(changed(self.NOBODY, user_api_key_alias="k")).app_did == "k"
        assert recorded(self.NOBODY).app_did is None

    def test_the_mail_address_is_the_key_users_own(self) -> None:
        mail = {"user_api_key_user_email": "anna@example.com", "user_api_key_user_id": "anna"}
        assert call(changed(self.NOBODY, **mail), "")["userInfo"] == {"email": "anna@example.com"}
        assert call(changed(self.NOBODY, **mail, end_user="ben"), "")["userInfo"] is None


class TestModels:
    @pytest.mark.parametrize(
        ("provider", "model", "expected"),
        [
            ("openai", "openai/gpt-4o", ("openai", "gpt-4o")),
            ("openai", "gpt-4o", ("openai", "gpt-4o")),
            ("openrouter", "openrouter/openai/gpt-4o", ("openrouter", "openai/gpt-4o")),
            ("bedrock", "anthropic.claude-sonnet-4", ("bedrock", "anthropic.claude-sonnet-4")),
            (None, "groq/llama-3", ("groq", "llama-3")),
            (None, "", ("litellm", "fast")),
            ("bedrock_converse", "bedrock_converse/amazon.nova-pro-v1:0", ("bedrock", "amazon.nova-pro-v1:0")),
        ],
    )
    def test_a_models_provider_stands_beside_it(
        self, provider: str | None, model: str, expected: tuple[str, str]
    ) -> None:
        found = recorded(changed(SENT["success"], custom_llm_provider=provider, model=model))
        assert (found.provider_id, found.model) == expected


class TestTokens:
    @given(
        fresh=st.integers(0, 10**6),
        read=st.integers(0, 10**6),
        written=st.integers(0, 10**6),
        output=st.integers(0, 10**6),
        reasoning=st.integers(0, 10**6),
        anthropic=st.booleans(),
    )
    def test_buckets_are_disjoint_and_add_up_to_all_tokens(
        self, fresh: int, read: int, written: int, output: int, reasoning: int, anthropic: bool
    ) -> None:
        """LiteLLM's prompt tokens include the cached tokens, and its completion tokens the reasoning tokens."""
        usage: dict[str, Any] = {"completion_tokens_details": {"reasoning_tokens": reasoning}}
        if anthropic:
            usage |= {"cache_read_input_tokens": read, "cache_creation_input_tokens": written}
        usage["prompt_tokens_details"] = {"cached_tokens": read, "cache_creation_tokens": written}
        prompt, completion = fresh + read + written, output + reasoning
        tokens = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
        row = changed(SENT["success"], **tokens, usage=usage)
        found = recorded(row)
        assert (found.input_tokens, found.output_tokens) == (fresh, completion)
        assert (found.cache_read_input_tokens, found.cache_creation_input_tokens) == (read, written)
        assert found.total_usage == prompt + completion

    def test_cached_tokens_that_cannot_be_within_the_prompt_are_beside_it(self) -> None:
        row = changed(SENT["success"], prompt_tokens=5, usage={"cache_read_input_tokens": 100})
        assert (recorded(row).input_tokens, recorded(row).cache_read_input_tokens) == (5, 100)

    @given(st.floats(0, 10**6))
    def test_a_cost_keeps_the_digits_it_was_sent_with(self, cost: float) -> None:
        found = call(changed(SENT["success"], response_cost=cost), "").get("costUsd")
        assert float(found or 0) == cost


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20) | st.just("\ud800"),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)


@st.composite
def broken_rows(draw: st.DrawFn) -> Any:
    """A valid row with invalid values in some of its fields."""
    row = json.loads(json.dumps(draw(st.sampled_from(ROWS))))
    for _ in range(draw(st.integers(1, 3))):
        within = [row.get(name) for name in ("metadata", "model_parameters")]
        place = draw(st.sampled_from([row, *(cast("dict[str, Any]", one) for one in within if isinstance(one, dict))]))
        if place:
            place[draw(st.sampled_from(sorted(place)))] = draw(junk)
    return row


class TestJunk:
    @given((junk | broken_rows()).filter(lambda row: row is not None))
    @example({"metadata": {"usage_object": {"prompt_tokens_details": []}}})
    @example({"startTime": 1e300})
    def test_a_row_is_a_call_or_refused_with_a_reason_and_can_be_kept_either_way(self, row: Any) -> None:
        try:
            recorded(row)
        except InvalidRequest as refusal:
            assert refusal.problems
        json.dumps(picked(row)).encode()
        assert len(json.dumps(picked(row))) < 100_000

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"prompt_tokens": "many"}, "prompt_tokens"),
            ({"prompt_tokens": -1}, "prompt_tokens"),
            ({"completion_tokens": 1.5}, "completion_tokens"),
            ({"response_cost": True}, "response_cost"),
            ({"response_cost": -0.1}, "response_cost"),
            ({"startTime": "yesterday"}, "startTime"),
            ({"startTime": 4_000_000_000}, "callTime"),
            ({"model": {"name": "x"}}, "model"),
        ],
        ids=str,
    )
    def test_a_refusal_names_the_field(self, fields: dict[str, Any], named: str) -> None:
        with pytest.raises(InvalidRequest) as refusal:
            recorded(changed(SENT["success"], **fields))
        assert [problem.field for problem in refusal.value.problems] == [named]


class TestPrices:
    def test_what_has_another_price_is_told_beside_the_buckets(self) -> None:
        used = {
            "prompt_tokens_details": {
                "cached_tokens": 2,
                "audio_tokens": 3,
                "image_tokens": 1,
                "cache_creation_tokens": 4,
                "cache_creation_token_details": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 3},
            },
            "completion_tokens_details": {"audio_tokens": 6, "image_tokens": 5, "reasoning_tokens": 4},
            "server_tool_use": {"web_search_requests": 2},
        }
        found = recorded(changed(SENT["success"], usage=used))
        assert (found.input_tokens, found.output_tokens) == (4, 20)
        assert found.other_usage == {
            "inputAudioTokens": 3,
            "inputImageTokens": 1,
            "cacheCreation1hInputTokens": 3,
            "outputAudioTokens": 6,
            "outputImageTokens": 5,
            "reasoningTokens": 4,
            "webSearches": 2,
        }

    def test_the_tier_is_the_one_that_served_a_call_and_not_the_one_it_asked_for(self) -> None:
        asked = {"model_parameters": {"service_tier": "priority"}}
        assert recorded(changed(SENT["success"], **asked)).service_tier is None
        assert recorded(changed(SENT["success"], **asked, service_tier="default")).service_tier == "default"
        assert recorded(changed(SENT["success"], **asked, usage={"service_tier": "batch"})).service_tier == "batch"


class TestBodies:
    ROW = '{"id": "a"}'

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("[]", []),
            (f"[{ROW}, null]", [{"id": "a"}, None]),
            (ROW, [{"id": "a"}]),
            (f"{ROW}\n{ROW}\n", [{"id": "a"}, {"id": "a"}]),
            (f"{ROW}\r\n\r\n{ROW}", [{"id": "a"}, {"id": "a"}]),
            (f"{ROW}\n{{broken\n{ROW}", [{"id": "a"}, "{broken", {"id": "a"}]),
            ('[{"id": "\\ud83d"}]', [{"id": "\ud83d"}]),
            ("null", [None]),
        ],
    )
    def test_rows_come_in_an_array_line_by_line_or_alone(self, body: str, expected: list[Any]) -> None:
        assert [json.loads(bytes(row)) if isinstance(row, msgspec.Raw) else row for row in rows(body)] == expected

    def test_not_a_number_is_understood_as_python_writes_it(self) -> None:
        ((row),) = rows('[{"response_cost": NaN}]')
        with pytest.raises(InvalidRequest, match="response_cost"):
            call(row, "")

    @pytest.mark.parametrize("body", ["", "{", "[{]", "plain text\nof two lines", "[" * 100_000])
    def test_anything_else_is_refused(self, body: str) -> None:
        with pytest.raises(InvalidRequest, match="body"):
            rows(body)

    @given(st.lists(junk, max_size=4))
    def test_whatever_python_can_write_can_be_read(self, sent: list[Any]) -> None:
        assert len(rows(json.dumps(sent))) == len(sent)
