"""What real instrumentations sent arrives as the calls that were made: once, whole, and priced as the provider does."""

from collections import Counter
from decimal import Decimal
from typing import Any, Final

import pytest

from ledger.calls.call_input import validate_call
from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.core.moments import DAY
from ledger.gateways.reading import Reading
from ledger.gateways.same_call import families
from ledger.gateways.span_call import calls
from ledger.gateways.span_reading import read
from ledger.pricing.price_list import PriceList
from ledger.pricing.rate_book import RateBook
from tests.spans import CLIENTS, recorded

CHAT: Final = ("openai", "gpt-4o-mini", "success", (60, 20, 40, 0))
STREAM_WITHOUT_USAGE: Final = ("openai", "gpt-4o-mini", "success", (0, 0, 0, 0))
EMBEDDING: Final = ("openai", "text-embedding-3-small", "success", (8, 0, 0, 0))
CLAUDE: Final = ("anthropic", "claude-sonnet-4-5", "success", (60, 20, 30, 10))
NOTHING: Final = (0, 0, 0, 0)


def failed(model: str, provider: str = "openai") -> tuple[Any, ...]:
    return provider, model, "failed", NOTHING


EVERYTHING: Final = (
    *(CHAT, CHAT, STREAM_WITHOUT_USAGE, CHAT, EMBEDDING, failed("gpt-4o-mini-fail")),
    *(CLAUDE, CLAUDE, CLAUDE, failed("claude-fail", "anthropic")),
)

# What each client is known to have called. What arrives otherwise has its reason beside it, and in docs/gateways.md.
ARRIVES: Final = {
    "agents": [CHAT, CHAT, failed("gpt-fail")],
    "litellm": [CHAT, CHAT, CHAT, EMBEDDING, CLAUDE, failed("gpt-4o-mini-fail")],
    "litellmv2": [CHAT, CHAT, CHAT, EMBEDDING, CLAUDE, failed("gpt-4o-mini-fail")],
    "logfire": EVERYTHING,
    "logfire5": EVERYTHING,
    "msagent": [CHAT, CHAT],
    # The dated model is all that the span of a response has. The other call's span has no details of its tokens.
    "oiagents": [
        ("openai", "gpt-4o-mini-2024-07-18", "success", (60, 20, 40, 0)),
        ("openai", "gpt-4o-mini", "success", (100, 20, 0, 0)),
    ],
    "openinference": [
        *EVERYTHING,
        CLAUDE,  # the SDK's own span of `messages.stream`: neither below the other, nor of the same response
    ],
    "openinferencelangchain": [
        *(CHAT, CHAT, CLAUDE, failed("gpt-fail")),
        CLAUDE,  # the SDK's own span: LangChain's is not above it and has no response id
    ],
    # It estimates the tokens of a stream without usage, and leaves out a stream's cached tokens.
    "openlit": [
        *(CHAT, CHAT, ("openai", "gpt-4o-mini", "success", (4, 3, 0, 0)), CHAT, EMBEDDING, failed("gpt-4o-mini-fail")),
        *(CLAUDE, *[("anthropic", "claude-sonnet-4-5", "success", (60, 20, 0, 0))] * 2),
    ],
    "openllmetry": [
        *EVERYTHING,
        failed("claude-fail", "anthropic"),  # the SDK's own span: a failure has no response by which to know it
    ],
    "openllmetrylangchain": [CHAT, CHAT, CLAUDE, failed("gpt-fail")],
    "opentelemetry": EVERYTHING,
    "pydanticai": [CHAT, CHAT, CLAUDE, failed("gpt-fail"), failed("claude-fail", "anthropic")],
    "strands": [CHAT, CLAUDE],
    "vercel6": [CHAT, CHAT, CLAUDE, CHAT, EMBEDDING, EMBEDDING, failed("gpt-fail")],
    "vercel7": [CHAT, CHAT, CLAUDE, CHAT, EMBEDDING, EMBEDDING, failed("gpt-fail")],
}
COSTS: Final = {CHAT: "0.000024", EMBEDDING: "0.00000016", CLAUDE: "0.0005265"}
"""US dollars by the providers' prices: 60 × 0.15 + 40 × 0.075 + 20 × 0.6 for a million, and so on."""


def arrived(client: str) -> list[ModelCall]:
    spans = recorded(client).spans
    read_ = [read(span, "key:1", "") for span in spans]
    now = max(span.end for span in spans) // 10**9 + 60
    made = [call for family in families(one for one in read_ if isinstance(one, Reading)) for call in calls(family)]
    return [validate_call(call, now=now, retention=400 * DAY).to_call(now) for call in made]


def told(call: ModelCall) -> tuple[Any, ...]:
    buckets = call.input_tokens, call.output_tokens, call.cache_read_input_tokens, call.cache_creation_input_tokens
    return call.provider_id, call.model, call.status.value, buckets


@pytest.mark.parametrize("client", CLIENTS)
def test_each_call_arrives_once_with_its_tokens(client: str) -> None:
    assert Counter(map(told, arrived(client))) == Counter(ARRIVES[client])


@pytest.mark.parametrize("client", CLIENTS)
def test_each_call_costs_what_the_provider_charges(client: str) -> None:
    prices = PriceList(RateBook([], []))
    for call in map(prices.price, arrived(client)):
        if (expected := COSTS.get(told(call))) is not None:
            assert call.cost_usd == Decimal(expected)
            is_litellm = client.startswith("litellm")
            assert call.cost_source == ("reported" if is_litellm else "catalogue")


@pytest.mark.parametrize("client", CLIENTS)
def test_each_call_has_its_type_and_the_times_that_it_took(client: str) -> None:
    for call in arrived(client):
        assert call.type is (CallType.EMBEDDING if "embedding" in call.model else CallType.CHAT_COMPLETION)
        assert call.duration
        assert call.ttfb is None or call.ttfb <= call.duration * 1000
        assert (call.error_reason is not None) == (call.status is CallStatus.FAILED)


@pytest.mark.parametrize("client", ["openinference", "vercel6"])
def test_calls_are_under_their_user(client: str) -> None:
    users = Counter(call.user_did for call in arrived(client))
    assert users["alice"] >= len(arrived(client)) - 1  # all but Anthropic's SDK's own, which names nobody


@pytest.mark.parametrize("client", CLIENTS)
def test_no_recording_has_a_prompt_or_an_answer(client: str) -> None:
    for span in recorded(client).spans:
        assert not {"hello", "hi"} & set(str(span.attributes).replace("'", " ").replace('"', " ").split())
