"""What a call costs by a list of prices."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.pricing.prices import Prices
from tests.unit.test_catalogue import CALL

ONE = Decimal(1)
prices = st.decimals(0, 1_000_000, places=10, allow_nan=False, allow_infinity=False).map(lambda price: price / 10**6)
counts = st.integers(0, 10**15 - 1)
PRICES = ["input", "output", "cache_read", "cache_creation"]
BUCKETS = ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]


def used(*buckets: int) -> ModelCall:
    return replace(CALL, **dict(zip(BUCKETS, buckets, strict=True)), total_usage=Decimal(sum(buckets)))


@given(st.tuples(prices, prices, prices, prices), st.tuples(counts, counts, counts, counts))
def test_a_cost_is_the_exact_sum_over_the_buckets_to_ten_places(
    each: tuple[Decimal, ...], buckets: tuple[int, ...]
) -> None:
    assume(sum(buckets))
    listed = Prices(**dict(zip(PRICES, each, strict=True)))
    cost = listed.cost(used(*buckets))
    assert cost is not None
    scaled = sum(int(price.scaleb(16)) * number for price, number in zip(each, buckets, strict=True))
    whole, rest = divmod(scaled, 10**6)  # in integers, whose arithmetic is exact
    assert abs(int(cost.scaleb(10)) - whole) <= (rest > 0)
    assert abs(int(cost.scaleb(10)) * 10**6 - scaled) * 2 <= 10**6
    assert cost.as_tuple().exponent == -10


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
    listed = Prices(**dict(zip(PRICES, each, strict=True)))
    both = tuple(a + b for a, b in zip(one, other, strict=True))
    costs = [listed.cost(used(*buckets)) for buckets in (one, other, both)]
    assert costs[0] is not None
    assert costs[1] is not None
    with_all_digits = costs[0].__class__(int(costs[0].scaleb(10)) + int(costs[1].scaleb(10))).scaleb(-10)
    assert costs[2] == with_all_digits


def test_cached_tokens_without_a_price_cost_what_input_costs() -> None:
    assert Prices(input=ONE, output=ONE).cost(used(0, 0, 3, 4)) == 7
    assert Prices(input=ONE, output=ONE, cache_read=ONE / 2, cache_creation=2 * ONE).cost(used(0, 0, 3, 4)) == Decimal(
        "9.5"
    )


@pytest.mark.parametrize("bucket", range(4))
def test_tokens_without_a_price_are_not_free(bucket: int) -> None:
    listed = Prices(**{name: ONE for place, name in enumerate(PRICES) if place != bucket and bucket < 2})
    assert listed.cost(used(*(int(place == bucket) for place in range(4)))) is None


@pytest.mark.parametrize("whole", ["image", "second", "request"])
def test_a_price_for_the_whole_includes_the_tokens(whole: str) -> None:
    generated = replace(used(10, 20, 0, 0), other_usage={"images": Decimal(2), "seconds": Decimal("2.5")})
    cost = Prices(**{whole: Decimal(3)}).cost(generated)
    assert cost == {"image": 6, "second": Decimal("7.5"), "request": 3}[whole]


@pytest.mark.parametrize(
    ("type_", "whole"),
    [(CallType.IMAGE_GENERATION, "image"), (CallType.VIDEO, "second"), (CallType.AUDIO_GENERATION, "second")],
)
def test_a_total_that_is_not_told_in_tokens_is_images_or_seconds(type_: CallType, whole: str) -> None:
    generated = replace(CALL, type=type_, total_usage=Decimal(4))
    assert Prices(**{whole: Decimal("0.25")}).cost(generated) == 1
    assert Prices(**{whole: Decimal("0.25")}).cost(replace(generated, type=CallType.CUSTOM)) is None
    assert Prices(input=ONE, output=ONE).cost(generated) is None


def test_a_success_of_which_nothing_is_told_costs_nobody_knows_what() -> None:
    assert Prices(input=ONE, output=ONE).cost(used(0, 0, 0, 0)) is None
    assert Prices(request=ONE).cost(used(0, 0, 0, 0)) == 1


@pytest.mark.parametrize("status", [CallStatus.FAILED, CallStatus.PROCESSING])
def test_what_did_not_succeed_costs_what_it_used(status: CallStatus) -> None:
    assert Prices(input=ONE, output=ONE, request=ONE).cost(replace(used(0, 0, 0, 0), status=status)) == 0
    assert Prices(input=ONE, output=ONE, request=ONE).cost(replace(used(5, 0, 0, 0), status=status)) == 6
