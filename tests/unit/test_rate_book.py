"""Which rate holds for a call."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.moments import DAY
from ledger.pricing.meters import Meter
from ledger.pricing.price_list import PriceList
from ledger.pricing.prices import Prices, Steps
from ledger.pricing.rate_book import PricedRate, RateBook, matches
from tests.unit.test_catalogue import AT, CALL

USED = replace(CALL, provider_id="own", model="ab", input_tokens=3, total_usage=Decimal(3))


def rate(name: str, model: str, provider_id: str = "", since: int = 0, price: str = "1") -> PricedRate:
    return priced(name, provider_id, model, since, {Meter.INPUT: Decimal(price), Meter.OUTPUT: Decimal(price)})


def priced(name: str, provider_id: str, model: str, since: int, prices: Mapping[Meter, Decimal]) -> PricedRate:
    return PricedRate(name, provider_id, model, since, Steps((), (Prices(prices),)), {})


def book(*rates: PricedRate) -> PriceList:
    return PriceList(RateBook(sorted(rates, key=lambda each: each.precedence, reverse=True), []))


def priced_by(*rates: PricedRate, call_time: int = AT) -> str | None:
    return book(*rates).price(replace(USED, call_time=call_time)).priced_by


@given(st.text("ab*", max_size=8), st.text("ab", max_size=10))
def test_a_pattern_is_a_glob_of_asterisks_alone(pattern: str, text: str) -> None:
    assert matches(pattern, text) is fnmatchcase(text, pattern)


@pytest.mark.parametrize(("pattern", "text"), [("a?c", "abc"), ("[ab]", "a"), ("a.c", "abc")])
def test_nothing_else_of_a_pattern_is_special(pattern: str, text: str) -> None:
    assert not matches(pattern, text)
    assert matches(pattern, pattern)


PLACES = [
    (provider_id, model, since)
    for provider_id, model, since in product(
        ["", "own", "other"], ["ab", "a*", "*", "*b", "b"], [0, AT - DAY, AT, AT + 1]
    )
]


@given(st.lists(st.sampled_from(PLACES), unique=True), st.randoms())
def test_the_most_specific_rate_of_that_time_wins_however_they_are_ordered(
    places: list[tuple[str, str, int]], chance: "object"
) -> None:
    holding = [
        (provider_id, model, since)
        for provider_id, model, since in places
        if provider_id in ("", "own") and model in ("ab", "a*", "*b", "*") and since <= AT
    ]
    # Said plainly: sort by each rule, the least important first; sorting keeps the order of equals.
    holding.sort(key=lambda place: place[2])
    holding.sort(key=lambda place: place[1])
    holding.sort(key=lambda place: len(place[1].replace("*", "")))
    holding.sort(key=lambda place: place[0] == "own")
    holding.sort(key=lambda place: "*" not in place[1])
    rates = [rate(str(place), place[1], place[0], place[2]) for place in places]
    chance.shuffle(rates)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    assert priced_by(*rates) == (str(holding[-1]) if holding else None)


def test_a_rate_holds_from_the_first_second_of_its_day() -> None:
    early, late = rate("early", "ab"), rate("late", "ab", since=AT)
    assert [priced_by(early, late, call_time=AT + second) for second in (-1, 0)] == ["early", "late"]


def test_what_gateways_put_before_a_model_does_not_hide_it_from_a_rate() -> None:
    assert book(rate("own", "ab", "own")).price(replace(USED, provider_id="OWN", model="own/AB")).priced_by == "own"


def test_a_rate_holds_for_every_name_of_its_provider() -> None:
    prices = book(rate("own", "ab", "gcp.gemini"))
    assert prices.price(replace(USED, provider_id="gemini")).priced_by == "own"
    assert prices.price(replace(USED, provider_id="google-gla")).priced_by == "own"
    assert prices.price(replace(USED, provider_id="vertex_ai")).priced_by is None


def test_a_call_is_priced_by_the_model_that_answered_and_a_rate_may_name_either() -> None:
    asked = replace(USED, provider_id="azure", model="my-deployment", response_model="gpt-4o-mini")
    catalogue = book().price(asked).priced_by or ""
    assert catalogue.endswith("gpt-4o-mini")
    assert book(rate("asked", "my-deployment")).price(asked).priced_by == "asked"
    assert book(rate("answered", "gpt-4o-mini")).price(asked).priced_by == "answered"
    assert book().price(replace(asked, model="gpt-4o-mini", response_model="unknown-2")).priced_by == catalogue


def test_a_rate_that_can_t_say_what_a_call_costs_leaves_it_to_the_next() -> None:
    by_image = priced("image", "own", "ab", 0, {Meter.IMAGE: Decimal(1)})
    assert priced_by(by_image, rate("pattern", "*")) == "pattern"


@given(st.decimals(0, 10**6, places=10), st.integers(0, 10**15 - 1), st.decimals("0.0000000001", 10**6, places=10))
def test_credits_are_the_cost_in_us_dollars_as_it_is_kept_times_their_value(
    price: Decimal, tokens: int, credits_per_usd: Decimal
) -> None:
    prices = PriceList(RateBook([rate("own", "ab", price=str(price))], [(AT, credits_per_usd)]))
    used = replace(USED, input_tokens=tokens, output_tokens=1)
    for call_time, value in ((AT - 1, Decimal(1)), (AT, credits_per_usd)):
        call = prices.price(replace(used, call_time=call_time))
        assert call.cost_usd is not None
        exact = int(call.cost_usd.scaleb(10)) * int(value.scaleb(10))
        assert abs(int(call.credits.scaleb(10)) * 10**10 - exact) * 2 <= 10**10
