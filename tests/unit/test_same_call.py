"""Spans of the same call are one call, in whatever order and in whatever requests they come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.calls.model_call import CallType
from ledger.gateways.reading import Reading
from ledger.gateways.same_call import families
from ledger.gateways.span_call import calls

SECOND: Final = 10**9
TOKENS: Final = {"inputTokens": 10, "outputTokens": 5, "cacheReadInputTokens": 0, "cacheCreationInputTokens": 0}
RESPONSE: Final = "msg_0123456789abcdefghij"
SDK: Final = "com.anthropic.sdk.python"


def span(name: str, parent: str = "", **fields: Any) -> Reading:
    """A span of a model. Those below others begin later."""
    fields = {"provider": "anthropic", "requested_model": "claude-sonnet-4-5", "asker": "key:1", **fields}
    start = fields.pop("start", 1_000 + len(name)) * SECOND
    return Reading(
        fields.pop("trace", "t"),
        name,
        parent,
        fields.pop("scope", "a"),
        fields.pop("type", CallType.CHAT_COMPLETION),
        start,
        fields.pop("end", 1_100) * SECOND,
        **fields,
    )


def made(*spans: Reading) -> list[dict[str, Any]]:
    """The calls that these spans are."""
    return [call for family in families(spans) for call in calls(family)]


def one(*spans: Reading) -> dict[str, Any]:
    (call,) = made(*spans)
    return call


class TestNested:
    def test_a_span_below_another_is_the_same_call(self) -> None:
        outer = span("o", user="alice", app="shop", tokens={**TOKENS, "outputTokens": 6})
        inner = span("in", "o", scope="b", tokens=TOKENS, response_id=RESPONSE, ttfb=40, app="sdk")
        call = one(outer, inner)
        assert (call["id"], call["userDid"], call["appDid"]) == ("t-in", "alice", "shop")
        assert (call["usageMetrics"], call["requestId"], call["ttfb"]) == (TOKENS, RESPONSE, 40)
        assert call["metadata"] == {"mergedSpans": 2, "instrumentations": ["a", "b"]}

    @pytest.mark.parametrize("outer_has_usage", [True, False])
    def test_the_usage_is_that_of_the_span_that_has_it(self, outer_has_usage: bool) -> None:
        none = dict[str, int]()
        outer, inner = (TOKENS, none) if outer_has_usage else (none, TOKENS)
        assert one(span("o", tokens=outer), span("in", "o", tokens=inner))["usageMetrics"] == TOKENS

    def test_a_span_above_several_calls_is_none_of_them_and_says_whose_they_are(self) -> None:
        outer = span("o", user="alice", tokens={**TOKENS, "inputTokens": 20}, cost=1)
        first, second = (span(name, "o", tokens=TOKENS, start=1_010) for name in ("i1", "i2"))
        found = made(outer, first, second)
        assert [(call["id"], call["userDid"], call["usageMetrics"]) for call in found] == [
            ("t-i1", "alice", TOKENS),
            ("t-i2", "alice", TOKENS),
        ]
        assert [call["costUsd"] for call in found] == [None, None]

    def test_of_several_attempts_without_usage_the_last_that_succeeded_used_it(self) -> None:
        outer = span("o", tokens=TOKENS)
        attempts = [span("i1", "o", is_failed=True, end=1_020), span("i2", "o", end=1_050)]
        found = made(outer, *attempts)
        assert [(call["status"], call["usageMetrics"]) for call in found] == [("failed", None), ("success", TOKENS)]

    def test_a_failure_that_both_report_is_one(self) -> None:
        outer = span("o", is_failed=True, error="RateLimitError", requested_model="")
        inner = span("in", "o", is_failed=True, error="429")
        call = one(outer, inner)
        assert (call["status"], call["errorReason"], call["model"]) == ("failed", "429", "claude-sonnet-4-5")

    def test_three_instrumentations_are_one_call_of_the_innermost(self) -> None:
        spans = [span("o", user="alice"), span("mid", "o", tokens=TOKENS), span("inner", "mid", scope=SDK)]
        for order in permutations(spans):
            assert (one(*order)["id"], one(*order)["userDid"]) == ("t-inner", "alice")

    def test_a_stream_that_is_announced_and_reported_is_what_was_reported(self) -> None:
        announced = span("o", announces=True, scope="logfire.anthropic")
        below = span("in", "o", scope=SDK, tokens=TOKENS)
        report = span("log", trace="u", scope="logfire.anthropic", tokens=TOKENS)
        assert one(announced, below, report)["id"] == "u-log"

    @pytest.mark.parametrize(
        "inner",
        [
            {"type": CallType.EMBEDDING, "requested_model": "text-embedding-3-small", "provider": "openai"},
            {"requested_model": "claude-haiku-4-5"},
            {"requested_model": "", "provider": "openai"},
            {"start": 1_200, "end": 1_210},
        ],
        ids=["another type", "another model", "another provider", "another time"],
    )
    def test_what_a_tool_calls_within_a_call_is_a_call_of_its_own(self, inner: dict[str, Any]) -> None:
        outer = span("o", tokens=TOKENS)
        found = made(outer, span("in", "o", **{"tokens": {**TOKENS, "inputTokens": 3}, **inner}))
        assert sorted(call["usageMetrics"]["inputTokens"] for call in found) == [3, 10]

    def test_a_gateway_may_name_another_provider_than_the_sdk_by_which_it_is_reached(self) -> None:
        outer = span("o", provider="groq", requested_model="llama-3.3-70b")
        assert one(outer, span("in", "o", provider="openai", requested_model="llama-3.3-70b"))["revision"] == 2

    def test_spans_that_are_each_others_parents_end_nowhere_but_harm_nobody(self) -> None:
        made(span("a", "b"), span("b", "a"), span("c", "c"))


class TestSameResponse:
    def test_what_is_between_two_spans_of_a_response_is_the_same_call(self) -> None:
        outer, inner = span("o", response_id=RESPONSE), span("in", "mid", response_id=RESPONSE, scope=SDK)
        assert one(outer, span("mid", "o", scope="b", tokens=TOKENS), inner)["id"] == "t-in"

    def test_what_is_below_one_of_two_spans_of_a_response_is_the_same_call(self) -> None:
        outer, own = span("o", response_id=RESPONSE), span("y", response_id=RESPONSE, scope=SDK, trace="u")
        assert one(outer, span("in", "o", scope="b", tokens=TOKENS), own)["usageMetrics"] == TOKENS

    def test_siblings_with_the_same_response_are_one_call(self) -> None:
        outer = span("x", response_id=RESPONSE, tokens={**TOKENS, "outputTokens": 6}, user="alice")
        own = span("y", response_id=RESPONSE, tokens=TOKENS, scope=SDK, trace="u")
        call = one(outer, own)
        assert (call["id"], call["userDid"], call["usageMetrics"]) == ("u-y", "alice", TOKENS)

    def test_the_model_that_answered_may_have_a_name_that_only_one_of_them_knows(self) -> None:
        named = span("x", response_id=RESPONSE, answered_model="claude-sonnet-4-5")
        dated = span("y", response_id=RESPONSE, answered_model="claude-sonnet-4-5-20250929", scope=SDK, trace="u")
        assert one(named, dated)["responseModel"] == "claude-sonnet-4-5-20250929"

    @pytest.mark.parametrize(
        "other",
        [
            {"response_id": "msg_another_0123456789ab"},
            {"provider": "bedrock"},
            {"requested_model": "claude-opus-4-5"},
            {"start": 1_200, "end": 1_210},
            {"scope": "a"},
        ],
        ids=["another response", "another provider", "another model", "another time", "the same instrumentation"],
    )
    def test_what_is_not_surely_the_same_stays_two(self, other: dict[str, Any]) -> None:
        known = {"response_id": RESPONSE, "scope": "b"} | other
        assert len(made(span("x", response_id=RESPONSE), span("y", **known))) == 2

    def test_ids_that_a_server_repeats_tell_nothing(self) -> None:
        ollama = {"provider": "ollama", "response_id": "chatcmpl-123"}
        assert len(made(span("x", **ollama), span("y", scope="b", **ollama))) == 2


@dataclass
class NaiveLedger:
    """Keeps every span, and under the id of each what it became by the highest revision: a call, or None."""

    spans: dict[str, Reading] = field(default_factory=dict[str, Reading])
    calls: dict[str, tuple[int, dict[str, Any] | None]] = field(
        default_factory=dict[str, tuple[int, dict[str, Any] | None]]
    )

    def receive(self, request: Sequence[Reading]) -> None:
        self.spans |= {each.id: each for each in request}
        came = {each.id for each in request}
        for family in families(self.spans.values()):
            if any(each.id in came for each in family.spans):
                for call in calls(family):
                    self._put(call["id"], family.revision, call)
                for each in family.withdrawn:
                    self._put(each, family.revision, None)

    def _put(self, call_id: str, revision: int, call: dict[str, Any] | None) -> None:
        known, _ = self.calls.get(call_id, (0, None))
        assert known <= revision, "a family only grows"
        self.calls[call_id] = revision, call

    @property
    def end(self) -> list[dict[str, Any]]:
        return [call for _, (_, call) in sorted(self.calls.items()) if call]


names = st.sampled_from(["s1", "s2", "s3", "s4", "s5", "s6"])
spans = st.builds(
    span,
    names,
    st.just("") | names,
    scope=st.sampled_from(["a", "b", SDK]),
    trace=st.sampled_from(["t", "t", "t", "u"]),
    start=st.integers(1_000, 1_003),
    end=st.integers(1_003, 1_006),
    provider=st.sampled_from(["anthropic", "openai"]),
    requested_model=st.sampled_from(["", "claude-sonnet-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"]),
    type=st.sampled_from([CallType.CHAT_COMPLETION, CallType.CHAT_COMPLETION, CallType.EMBEDDING]),
    response_id=st.sampled_from(["", RESPONSE, "msg_another_0123456789ab", "chatcmpl-1"]),
    tokens=st.sampled_from([{}, TOKENS]),
    user=st.sampled_from(["", "alice", "bob"]),
    is_failed=st.booleans(),
    announces=st.sampled_from([False, False, False, True]),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Reading], list[list[Reading]]]:
    """Some spans, and requests that bring all of them, in any order, some of them again."""
    distinct = list({each.id: each for each in draw(st.lists(spans, max_size=8))}.values())
    again = draw(st.lists(st.sampled_from(distinct), max_size=3)) if distinct else []
    order = draw(st.permutations(distinct + again))
    requests: list[list[Reading]] = [[]]
    for each in order:
        if draw(st.booleans()):
            requests.append([])
        requests[-1].append(each)
    return distinct, requests


@settings(max_examples=300)
@given(deliveries())
def test_the_end_is_the_same_for_every_order_and_every_cut_into_requests(
    delivery: tuple[list[Reading], list[list[Reading]]],
) -> None:
    distinct, requests = delivery
    at_once, bit_by_bit = NaiveLedger(), NaiveLedger()
    at_once.receive(distinct)
    for request in requests:
        bit_by_bit.receive(request)
    assert bit_by_bit.end == at_once.end


@given(st.lists(spans, max_size=8))
def test_nothing_is_counted_twice_and_no_usage_is_lost_that_nobody_repeats(found: list[Reading]) -> None:
    distinct = list({each.id: each for each in found}.values())
    for family in families(distinct):
        made_ = calls(family)
        ids = [call["id"] for call in made_]
        assert len(set(ids)) == len(ids) <= len(family.spans)
        assert {*ids, *family.withdrawn} == {each.id for each in family.spans if not each.announces}
        if len(family.spans) == 1 and not family.spans[0].announces:
            assert made_[0]["usageMetrics"] == (family.spans[0].tokens or None)


@given(spans)
def test_a_reading_comes_back_as_it_was_stored(reading: Reading) -> None:
    stored = msgspec.msgpack.encode(reading)
    assert msgspec.msgpack.decode(stored, type=Reading) == reading
    assert len(stored) < 512
