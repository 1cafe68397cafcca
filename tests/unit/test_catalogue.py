"""The catalogue: current models at the prices their providers publish, and the library's own sums as the reference."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import genai_prices
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core.money import ten_places
from ledger.pricing.catalogue import listing
from ledger.pricing.meters import Meter
from ledger.pricing.prices import Charges
from ledger.pricing.tiers import special_tier

AT = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
CALL = ModelCall(
    id="a",
    user_did="alice",
    call_time=AT,
    provider_id="openai",
    model="gpt-5",
    type=CallType.CHAT_COMPLETION,
    status=CallStatus.SUCCESS,
    credits=Decimal(0),
    cost_source=CostSource.UNPRICED,
    total_usage=Decimal(0),
)


def call(provider_id: str, model: str, *buckets: int, type_: CallType = CallType.CHAT_COMPLETION) -> ModelCall:
    """A call that used so many input, output, cache read and cache creation tokens."""
    fresh, output, read, written = (*buckets, 0, 0, 0, 0)[:4]
    return replace(
        CALL,
        provider_id=provider_id,
        model=model,
        type=type_,
        input_tokens=fresh,
        output_tokens=output,
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
        total_usage=Decimal(sum(buckets)),
    )


def charges(call: ModelCall) -> Charges | None:
    found = listing(call.provider_id, call.model)
    return found.prices(call, special_tier(call)).prices.charges(call) if found else None


def cost(call: ModelCall) -> Decimal | None:
    found = charges(call)
    return found and found.cost


# Provider, model, then fresh input, output, cached input and written input tokens, then the sum by hand.
BY_HAND = [
    # 1,200 * 1.25 + 300 * 10 + 8,000 * 0.125 = 1,500 + 3,000 + 1,000 millionths
    ("openai", "gpt-5", (1_200, 300, 8_000, 0), "0.0055"),
    ("openai", "gpt-5.1", (1_200, 300, 8_000, 0), "0.0055"),
    # 1,000 * 0.4 + 250 * 1.6 + 4,000 * 0.1 = 400 + 400 + 400
    ("openai", "gpt-4.1-mini-2025-04-14", (1_000, 250, 4_000, 0), "0.0012"),
    # 17 * 0.02
    ("openai", "text-embedding-3-small", (17,), "0.00000034"),
    # 100 * 2.5 + 10 * 10 + 64 * 1.25 = 250 + 100 + 80
    ("azure", "gpt-4o", (100, 10, 64), "0.00043"),
    # 3 * 1,000 + 15 * 200 + 0.3 * 5,000 + 3.75 * 2,000 = 3,000 + 3,000 + 1,500 + 7,500
    ("anthropic", "claude-sonnet-4-5-20250929", (1_000, 200, 5_000, 2_000), "0.015"),
    # 15 * 100 + 75 * 40 + 1.5 * 1,000 + 18.75 * 400 = 1,500 + 3,000 + 1,500 + 7,500
    ("anthropic", "claude-opus-4-1", (100, 40, 1_000, 400), "0.0135"),
    # 3.3 * 1,000 + 16.5 * 200 + 0.33 * 5,000 + 4.125 * 2,000 = 3,300 + 3,300 + 1,650 + 8,250
    ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", (1_000, 200, 5_000, 2_000), "0.0165"),
    # 1.25 * 1,000 + 10 * 100 + 0.125 * 199,000 = 1,250 + 1,000 + 24,875
    ("vertex_ai", "gemini-2.5-pro", (1_000, 100, 199_000), "0.027125"),
    # One incoming token more, and all of them cost the price beyond 200,000: 2.5, 15 and 0.25 a million.
    # 2.5 * 1,001 + 15 * 100 + 0.25 * 199,000 = 2,502.5 + 1,500 + 49,750
    ("vertex_ai", "gemini-2.5-pro", (1_001, 100, 199_000), "0.0537525"),
    # 0.3 * 10 + 2.5 * 3 = 3 + 7.5
    ("gemini", "gemini-2.5-flash", (10, 3), "0.0000105"),
    # 3 * 7 + 15 * 1 + 0.75 * 4 = 21 + 15 + 3
    ("xai", "grok-4", (7, 1, 4), "0.000039"),
    # 2 * 500 + 6 * 50; cached tokens without a price of their own cost what input costs: 2 * 100
    ("mistral", "mistral-large-latest", (500, 50, 100), "0.0015"),
    # 3 * 1,000 + 15 * 100 millionths, and 14 thousandths for a thousand requests
    ("perplexity", "sonar-pro", (1_000, 100), "0.0185"),
    # 0.88 * 100 + 0.88 * 100
    ("together_ai", "meta-llama/Llama-3.3-70B-Instruct-Turbo", (100, 100), "0.000176"),
    ("openrouter", "anthropic/claude-sonnet-4.5", (1_000, 200), "0.006"),
]


@pytest.mark.parametrize(("provider_id", "model", "buckets", "by_hand"), BY_HAND)
def test_a_current_model_costs_what_it_costs_by_hand(
    provider_id: str, model: str, buckets: tuple[int, ...], by_hand: str
) -> None:
    assert cost(call(provider_id, model, *buckets)) == Decimal(by_hand)


# Provider, model, service tier, the four buckets, what is told of them, then the costs by hand, in millionths.
type ByHand = Mapping[str, int | Decimal]
WHOLE: list[tuple[str, str, str | None, tuple[int, ...], dict[str, int], ByHand]] = [
    # Half of 1.25, 10 and 0.125, and twice of them
    (
        "openai",
        "gpt-5",
        "flex",
        (1_200, 300, 8_000, 0),
        {},
        {"inputTokens": 750, "outputTokens": 1_500, "cacheReadInputTokens": 500},
    ),
    ("openai", "gpt-5", "batch", (1_200, 300, 0, 0), {}, {"inputTokens": 750, "outputTokens": 1_500}),
    ("openai", "gpt-5", "priority", (1_200, 300, 0, 0), {}, {"inputTokens": 3_000, "outputTokens": 6_000}),
    ("openai", "gpt-5", "default", (1_200, 300, 0, 0), {}, {"inputTokens": 1_500, "outputTokens": 3_000}),
    # 10 thousandths a search; of 300 output tokens 200 were reasoning, at the price of output
    (
        *("openai", "gpt-5", None, (1_200, 300, 0, 0), {"webSearches": 2, "reasoningTokens": 200}),
        {"inputTokens": 1_500, "reasoningTokens": 2_000, "outputTokens": 1_000, "webSearches": 20_000},
    ),
    # 3.75 for five minutes, 6 for an hour; half of each in a batch
    (
        *("anthropic", "claude-sonnet-4-5", "standard", (100, 10, 1_000, 500), {"cacheCreation1hInputTokens": 200}),
        {
            "inputTokens": 300,
            "outputTokens": 150,
            "cacheReadInputTokens": 300,
            "cacheCreation1hInputTokens": 1_200,
            "cacheCreationInputTokens": 1_125,
        },
    ),
    (
        *("anthropic", "claude-sonnet-4-5", "batch", (100, 10, 1_000, 500), {"cacheCreation1hInputTokens": 200}),
        {
            "inputTokens": 150,
            "outputTokens": 75,
            "cacheReadInputTokens": 150,
            "cacheCreation1hInputTokens": 600,
            "cacheCreationInputTokens": Decimal("562.5"),
        },
    ),
    # 10 thousandths a search, also in a batch
    (
        "anthropic",
        "claude-sonnet-4-5",
        "batch",
        (2, 0, 0, 0),
        {"webSearches": 1},
        {"inputTokens": 3, "webSearches": 10_000},
    ),
    # 4, 16 and 0.4 for text, 32, 64 and 0.4 for audio, 5 for images
    (
        *("openai", "gpt-realtime", None, (1_000, 500, 300, 0)),
        {"inputAudioTokens": 600, "inputImageTokens": 100, "outputAudioTokens": 400, "cacheReadAudioTokens": 200},
        {
            "inputAudioTokens": 19_200,
            "inputImageTokens": 500,
            "inputTokens": 1_200,
            "outputAudioTokens": 25_600,
            "outputTokens": 1_600,
            "cacheReadAudioTokens": 80,
            "cacheReadInputTokens": 40,
        },
    ),
    # A batch halves input and output in both steps, and leaves what is cached: 1.25, 7.5, and 0.25
    (
        *("gemini", "gemini-2.5-pro", "batch", (1_001, 100, 199_000, 0), {}),
        {"inputTokens": Decimal("1251.25"), "outputTokens": 750, "cacheReadInputTokens": 49_750},
    ),
    # 0.3 for text, 1 for audio
    (
        "gemini",
        "gemini-2.5-flash",
        None,
        (1_000, 0, 0, 0),
        {"inputAudioTokens": 250},
        {"inputAudioTokens": 250, "inputTokens": 225},
    ),
]


@pytest.mark.parametrize(("provider_id", "model", "tier", "buckets", "told", "by_hand"), WHOLE)
def test_each_meter_and_tier_of_a_current_model_costs_what_it_costs_by_hand(
    provider_id: str,
    model: str,
    tier: str | None,
    buckets: tuple[int, ...],
    told: dict[str, int],
    by_hand: ByHand,
) -> None:
    used = replace(
        call(provider_id, model, *buckets),
        service_tier=tier,
        other_usage={name: Decimal(number) for name, number in told.items()},
    )
    found = charges(used)
    assert found
    assert {meter.value: part * 10**6 for meter, part in found.costs.items()} == by_hand
    assert found.cost * 10**6 == sum(by_hand.values())


@pytest.mark.parametrize(
    ("provider_id", "model", "tier", "is_of_tier"),
    [
        ("openai", "gpt-5", "flex", True),
        ("openai", "gpt-5", "FLEX", True),
        ("openai", "gpt-5", "scale", False),
        ("google", "gemini-2.5-flash", "ON_DEMAND_BATCH", True),
        ("mistral", "mistral-large-latest", "flex", False),
        ("azure", "gpt-5", "flex", False),  # what OpenAI charges for flex is not what Azure does
    ],
)
def test_a_tier_has_only_the_prices_of_the_provider_that_served_it(
    provider_id: str, model: str, tier: str, is_of_tier: bool
) -> None:
    found = listing(provider_id, model)
    served = replace(call(provider_id, model, 10), service_tier=tier)
    assert found
    listed = found.prices(served, special_tier(served))
    assert listed.is_of_tier is is_of_tier
    if not is_of_tier:
        assert listed.prices is found.prices(served, None).prices


def test_what_comes_out_of_an_image_generation_is_priced_as_images() -> None:
    image = call("google", "gemini-3.1-flash-image-preview", 10, 1_120, type_=CallType.IMAGE_GENERATION)
    assert cost(image) == Decimal("0.067205")  # 0.5 * 10 + 60 * 1,120 millionths
    assert cost(replace(image, type=CallType.CHAT_COMPLETION)) == Decimal("0.003365")  # 3 * 1,120


def test_audio_is_priced_by_the_second() -> None:
    spoken = replace(call("openai", "whisper-1", type_=CallType.AUDIO_GENERATION), total_usage=Decimal("90.5"))
    assert cost(spoken) == Decimal("0.00905")  # 0.36 an hour is 0.0001 a second
    assert cost(replace(spoken, type=CallType.CUSTOM, other_usage={"seconds": Decimal(10)})) == Decimal("0.001")


def test_a_price_is_that_of_the_time_of_the_call() -> None:
    midnight = AT // 86_400 * 86_400
    dear, cheap = (
        replace(call("deepseek", "deepseek-chat", 1_000_000, 0, 1_000_000), call_time=midnight + hour * 3_600)
        for hour in (1, 17)
    )
    assert (cost(dear), cost(cheap)) == (Decimal("0.34"), Decimal("0.17"))  # 0.27 + 0.07, and half of it at night
    before, since = (
        replace(
            call("deepseek", "deepseek-v4-pro", 1_000_000),
            call_time=int(datetime(2026, 8, day, tzinfo=UTC).timestamp()),
        )
        for day in (16, 17)
    )
    assert (cost(before), cost(since)) == (Decimal("0.435"), Decimal("0.66"))


@pytest.mark.parametrize(
    ("provider_id", "model", "name"),
    [
        ("openai", "openai/gpt-5", "openai/gpt-5"),
        ("OpenAI", "GPT-5", "openai/gpt-5"),
        ("azure", "azure/eu/gpt-4o", "azure/gpt-4o"),
        ("azure.ai.openai", "gpt-4o", "azure/gpt-4o"),
        (
            "bedrock",
            "bedrock/us-east-1/anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        (
            "aws.bedrock",
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        ("gcp.vertex_ai", "claude-sonnet-4@20250514", "google/claude-4-sonnet"),
        ("gemini", "gemini/gemini-2.5-flash", "google/gemini-2.5-flash"),
        ("openrouter", "openrouter/anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
        ("a-router-of-ours", "openai/gpt-5", "openai/gpt-5"),
    ],
)
def test_a_model_is_found_as_gateways_spell_it(provider_id: str, model: str, name: str) -> None:
    found = listing(provider_id, model)
    assert found
    assert found.name == f"genai-prices {genai_prices.__version__}: {name}"


@pytest.mark.parametrize(
    ("provider_id", "model"),
    [
        ("openai", "a-model-that-nobody-knows"),
        ("openai_like", "gpt-5"),  # somebody's own server
        ("hosted_vllm", "gpt-5"),
        ("openai", "somebody/gpt-5"),
        ("", ""),
        ("/", "/"),
        ("openai", "openai/"),
    ],
)
def test_what_is_not_in_the_catalogue_is_not_guessed(provider_id: str, model: str) -> None:
    assert listing(provider_id, model) is None


def test_a_model_whose_tokens_have_no_price_costs_nobody_knows_what() -> None:
    assert cost(call("openai", "whisper-1", 100)) is None


counts = st.integers(0, 2_000_000)
models = st.sampled_from(
    [("deepseek", "deepseek-v4-pro"), *((provider_id, model) for provider_id, model, *_ in BY_HAND)]
)
times = st.integers(AT - 800 * 86_400, AT)


def by_library(call: ModelCall) -> Decimal:
    """What genai-prices itself says. It takes input with the cached tokens in it."""
    found = listing(call.provider_id, call.model)
    assert found
    provider_id = found.name.partition(": ")[2].partition("/")[0]
    told = call.other_usage or {}
    usage = genai_prices.Usage(
        input_tokens=call.input_tokens + call.cache_read_input_tokens + call.cache_creation_input_tokens,
        cache_read_tokens=call.cache_read_input_tokens,
        cache_write_tokens=call.cache_creation_input_tokens,
        cache_write_1h_tokens=min(int(told.get(Meter.CACHE_CREATION_1H, 0)), call.cache_creation_input_tokens),
        output_tokens=call.output_tokens,
        web_searches=int(told.get(Meter.WEB_SEARCH, 0)),
    )
    at = datetime.fromtimestamp(call.call_time, UTC)
    tier = call.service_tier
    context = {"processing": tier, "service_tier": tier} if tier else None
    return genai_prices.calc_price(
        usage, call.model, provider_id=provider_id, genai_request_timestamp=at, price_context=context
    ).total_price


@given(
    models,
    st.tuples(counts, counts, counts, counts),
    st.dictionaries(st.sampled_from([Meter.CACHE_CREATION_1H, Meter.WEB_SEARCH]), st.integers(0, 1_000).map(Decimal)),
    st.sampled_from([None, "batch", "flex", "priority"]),
    times,
)
def test_every_sum_is_that_of_the_library(
    model: tuple[str, str],
    buckets: tuple[int, int, int, int],
    told: dict[str, Decimal],
    tier: str | None,
    call_time: int,
) -> None:
    priced = replace(call(*model, *buckets), call_time=call_time, service_tier=tier, other_usage=told)
    mine = cost(priced)
    if mine is None:  # it used nothing, or something that has no price: the library counts that as free
        assert not sum(buckets) or "embedding" in model[1] or told.get(Meter.WEB_SEARCH)
    else:
        assert mine == ten_places(by_library(priced))
