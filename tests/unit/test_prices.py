"""What a call costs by a list of prices."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.core.money import ten_places
from ledger.pricing.meters import PARTS, Meter
from ledger.pricing.prices import Prices
from tests.unit.test_catalogue import CALL

ONE = Decimal(1)
prices = st.decimals(0, 1_000_000, places=10, allow_nan=False, allow_infinity=False).map(lambda price: price / 10**6)
counts = st.integers(0, 10**15 - 1)
PRICES = list(PARTS)
BUCKETS = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]
BOTH = {Meter.INPUT: ONE, Meter.OUTPUT: ONE}


def used(*buckets: int, **told: int) -> ModelCall:
    return replace(
        CALL,
        **dict(zip(BUCKETS, buckets, strict=True)),
        total_usage=Decimal(sum(buckets)),
        other_usage={name: Decimal(number) for name, number in told.items()} or None,
    )


def cost(listed: dict[Meter, Decimal], call: ModelCall) -> Decimal | None:
    charges = Prices(listed).charges(call)
    return charges and charges.cost


@given(st.tuples(prices, prices, prices, prices), st.tuples(counts, counts, counts, counts))
def test_a_cost_is_the_exact_sum_over_the_buckets_to_ten_places(
    each: tuple[Decimal, ...], buckets: tuple[int, ...]
) -> None:
    assume(sum(buckets))
    charged = cost(dict(zip(PRICES, each, strict=True)), used(*buckets))
    assert charged is not None
    scaled = sum(int(price.scaleb(16)) * number for price, number in zip(each, buckets, strict=True))
    whole, rest = divmod(scaled, 10**6)  # in integers, whose arithmetic is exact
    assert abs(int(charged.scaleb(10)) - whole) <= (rest > 0)
    assert abs(int(charged.scaleb(10)) * 10**6 - scaled) * 2 <= 10**6
    assert charged.as_tuple().exponent == -10


@given(
    st.tuples(prices, prices, prices, prices).map(
        lambda each: tuple(price.quantize(Decimal("1e-10")) for price in each)
    ),
    st.tuples(counts, counts, counts, counts),
    st.tuples(counts, counts, counts, counts),
)
def test_the_cost_of_two_calls_is_that_of_one_that_used_as_much(
    each: tuple[Decimal, ...], one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    assume(sum(one) and sum(other))
    listed = dict(zip(PRICES, each, strict=True))
    both = tuple(a + b for a, b in zip(one, other, strict=True))
    costs = [cost(listed, used(*buckets)) for buckets in (one, other, both)]
    assert costs[0] is not None
    assert costs[1] is not None
    with_all_digits = costs[0].__class__(int(costs[0].scaleb(10)) + int(costs[1].scaleb(10))).scaleb(-10)
    assert costs[2] == with_all_digits


def test_cached_tokens_without_a_price_cost_what_input_costs() -> None:
    assert cost(BOTH, used(0, 0, 3, 4)) == 7
    cached = {Meter.CACHE_READ: ONE / 2, Meter.CACHE_CREATION: 2 * ONE}
    assert cost(BOTH | cached, used(0, 0, 3, 4)) == Decimal("9.5")


@pytest.mark.parametrize(
    ("buckets", "told", "meter"),
    [
        ((9, 0, 0, 0), {"inputAudioTokens": 4}, Meter.INPUT_AUDIO),
        ((9, 0, 0, 0), {"inputImageTokens": 4}, Meter.INPUT_IMAGE),
        ((0, 9, 0, 0), {"outputAudioTokens": 4}, Meter.OUTPUT_AUDIO),
        ((0, 9, 0, 0), {"outputImageTokens": 4}, Meter.OUTPUT_IMAGE),
        ((0, 9, 0, 0), {"reasoningTokens": 4}, Meter.REASONING),
        ((0, 0, 9, 0), {"cacheReadAudioTokens": 4}, Meter.CACHE_READ_AUDIO),
        ((0, 0, 9, 0), {"cacheReadImageTokens": 4}, Meter.CACHE_READ_IMAGE),
        ((0, 0, 0, 9), {"cacheCreation1hInputTokens": 4}, Meter.CACHE_CREATION_1H),
    ],
)
def test_what_is_told_of_a_bucket_has_its_own_price_else_that_of_the_bucket(
    buckets: tuple[int, ...], told: dict[str, int], meter: Meter
) -> None:
    call = used(*buckets, **told)
    assert cost(BOTH, call) == 9
    assert cost(BOTH | {meter: 100 * ONE}, call) == 405
    more = used(*buckets, **dict.fromkeys(told, 20))
    assert cost(BOTH | {meter: 100 * ONE}, more) == 900  # there are no more of them than the bucket has


def test_searches_are_charged_beside_tokens_and_are_not_free_where_nobody_knows_their_price() -> None:
    searched = used(2, 3, 0, 0, webSearches=2)
    assert cost(BOTH | {Meter.WEB_SEARCH: ONE / 100}, searched) == Decimal("5.02")
    assert cost(BOTH, searched) is None
    assert cost(BOTH | {Meter.REQUEST: ONE}, searched) == 6


def test_a_multiplier_is_of_tokens_and_not_of_fees() -> None:
    listed = Prices(BOTH | {Meter.WEB_SEARCH: ONE, Meter.REQUEST: ONE})
    half = listed.times(ONE / 2).charges(used(4, 6, 0, 0, webSearches=1))
    assert half
    assert half.costs == {Meter.INPUT: 2, Meter.OUTPUT: 3, Meter.WEB_SEARCH: 1, Meter.REQUEST: 1}


@given(st.dictionaries(st.sampled_from(Meter), prices), st.data())
def test_the_costs_of_all_meters_add_up_to_the_rounded_cost_to_the_last_decimal(
    own: dict[Meter, Decimal], data: st.DataObject
) -> None:
    listed = BOTH | {Meter.WEB_SEARCH: ONE / 7} | own
    told = data.draw(st.dictionaries(st.sampled_from([meter.value for meter in Meter][4:13]), counts))
    call = used(*data.draw(st.tuples(counts, counts, counts, counts)), **told)
    charges = Prices(listed).charges(call)
    if charges is None:
        assert not call.tokens
        assert not call.other_usage or not call.other_usage.get("webSearches")
        return
    assert all(part >= 0 and part.as_tuple().exponent == -10 for part in charges.costs.values())
    assert sum(int(part.scaleb(10)) for part in charges.costs.values()) == int(charges.cost.scaleb(10))
    assert charges.cost == ten_places(charges.cost)
    alone = sum(1 for part in charges.costs.values() if part)
    exact = sum(int(price.scaleb(30)) * int(number) for price, number in _exactly(listed, call))
    assert abs(int(charges.cost.scaleb(10)) * 10**20 - exact) <= 10**20 * max(alone, 1)


def _exactly(listed: dict[Meter, Decimal], call: ModelCall) -> list[tuple[Decimal, Decimal]]:
    """Each price and its number, one bucket after the other, by hand."""
    told = {name: int(number) for name, number in (call.other_usage or {}).items()}
    pairs: list[tuple[Decimal, Decimal]] = []

    def count(price: Meter, number: int, *otherwise: Meter) -> None:
        found = next(listed[meter] for meter in (price, *otherwise) if meter in listed)
        pairs.append((found, Decimal(number)))

    audio = min(told.get("inputAudioTokens", 0), call.input_tokens)
    image = min(told.get("inputImageTokens", 0), call.input_tokens - audio)
    count(Meter.INPUT_AUDIO, audio, Meter.INPUT)
    count(Meter.INPUT_IMAGE, image, Meter.INPUT)
    count(Meter.INPUT, call.input_tokens - audio - image)
    thought = min(told.get("reasoningTokens", 0), call.output_tokens)
    spoken = min(told.get("outputAudioTokens", 0), call.output_tokens - thought)
    drawn = min(told.get("outputImageTokens", 0), call.output_tokens - thought - spoken)
    count(Meter.REASONING, thought, Meter.OUTPUT)
    count(Meter.OUTPUT_AUDIO, spoken, Meter.OUTPUT)
    count(Meter.OUTPUT_IMAGE, drawn, Meter.OUTPUT)
    count(Meter.OUTPUT, call.output_tokens - thought - spoken - drawn)
    heard = min(told.get("cacheReadAudioTokens", 0), call.cache_read_input_tokens)
    seen = min(told.get("cacheReadImageTokens", 0), call.cache_read_input_tokens - heard)
    count(Meter.CACHE_READ_AUDIO, heard, Meter.CACHE_READ, Meter.INPUT)
    count(Meter.CACHE_READ_IMAGE, seen, Meter.CACHE_READ, Meter.INPUT)
    count(Meter.CACHE_READ, call.cache_read_input_tokens - heard - seen, Meter.INPUT)
    hour = min(told.get("cacheCreation1hInputTokens", 0), call.cache_creation_input_tokens)
    count(Meter.CACHE_CREATION_1H, hour, Meter.CACHE_CREATION, Meter.INPUT)
    count(Meter.CACHE_CREATION, call.cache_creation_input_tokens - hour, Meter.INPUT)
    pairs.append((listed[Meter.WEB_SEARCH], Decimal(told.get("webSearches", 0))))
    if Meter.REQUEST in listed:
        pairs.append((listed[Meter.REQUEST], ONE))
    return pairs


def test_a_cache_saves_what_its_tokens_would_have_cost_as_input() -> None:
    cached = {Meter.CACHE_READ: ONE / 10, Meter.CACHE_CREATION: ONE * 5 / 4, Meter.CACHE_CREATION_1H: 2 * ONE}
    listed = Prices(BOTH | cached)

    def saved(read: int, written: int, hour: int) -> Decimal | None:
        charges = listed.charges(used(10, 10, read, written, cacheCreation1hInputTokens=hour))
        return charges and charges.cache_savings

    assert saved(100, 0, 0) == 90
    assert saved(100, 40, 0) == 80
    assert saved(0, 40, 40) == -40
    assert saved(0, 0, 0) is None
    assert Prices(BOTH).charges(used(1, 1, 5, 5)).cache_savings == 0  # pyright: ignore[reportOptionalMemberAccess]


@pytest.mark.parametrize("bucket", range(4))
def test_tokens_without_a_price_are_not_free(bucket: int) -> None:
    listed = {name: ONE for place, name in enumerate(PRICES) if place != bucket and bucket < 2}
    assert cost(listed, used(*(int(place == bucket) for place in range(4)))) is None


@pytest.mark.parametrize("whole", [Meter.IMAGE, Meter.SECOND, Meter.REQUEST])
def test_a_price_for_the_whole_includes_the_tokens(whole: Meter) -> None:
    generated = replace(used(10, 20, 0, 0), other_usage={"images": Decimal(2), "seconds": Decimal("2.5")})
    expected = {Meter.IMAGE: 6, Meter.SECOND: Decimal("7.5"), Meter.REQUEST: 3}
    assert cost({whole: Decimal(3)}, generated) == expected[whole]


@pytest.mark.parametrize(
    ("type_", "whole"),
    [
        (CallType.IMAGE_GENERATION, Meter.IMAGE),
        (CallType.VIDEO, Meter.SECOND),
        (CallType.AUDIO_GENERATION, Meter.SECOND),
    ],
)
def test_a_total_that_is_not_told_in_tokens_is_images_or_seconds(type_: CallType, whole: Meter) -> None:
    generated = replace(CALL, type=type_, total_usage=Decimal(4))
    assert cost({whole: Decimal("0.25")}, generated) == 1
    assert cost({whole: Decimal("0.25")}, replace(generated, type=CallType.CUSTOM)) is None
    assert cost(BOTH, generated) is None


def test_a_success_of_which_nothing_is_told_costs_nobody_knows_what() -> None:
    assert cost(BOTH, used(0, 0, 0, 0)) is None
    assert cost({Meter.REQUEST: ONE}, used(0, 0, 0, 0)) == 1


@pytest.mark.parametrize("status", [CallStatus.FAILED, CallStatus.PROCESSING])
def test_what_did_not_succeed_costs_what_it_used(status: CallStatus) -> None:
    listed = BOTH | {Meter.REQUEST: ONE}
    assert cost(listed, replace(used(0, 0, 0, 0), status=status)) == 0
    assert cost(listed, replace(used(5, 0, 0, 0), status=status)) == 6
