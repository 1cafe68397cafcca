"""Day totals: what is packed comes back, and a day that is half replaced is never taken for a whole one."""

from base64 import b64encode
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.day_totals import SURELY_FIT, DayTotals, from_items
from ledger.dynamodb import Item, TornAnswer, is_passing
from ledger.measures import Measures
from ledger.views import Series

DAY = "2026-11-22"
LARGEST_ITEM = 400_000
LONGEST = "\U0001f4b0" * 256

names = st.text(st.characters(codec="utf-8"), max_size=8)
all_series = st.builds(Series, type=names, provider_id=names, model=names, app_did=names, user_did=names)
counts = st.integers(-(10**9), 10**15)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**20), max_value=10**20)
measures = st.builds(
    Measures,
    calls=counts,
    successes=counts,
    unpriced=counts,
    total_usage=amounts,
    credits=amounts,
    output_tokens=counts,
    duration=amounts,
    ttfbs=counts,
)


def stored(*days: DayTotals) -> list[Item]:
    """The items of some days as a Query answers them: in the order of their keys, bytes in Base64."""
    items = [item for day in days for head, chunks in [day.to_items()] for item in (head, *chunks)]
    return [
        {**item, "pack": {"B": b64encode(item["pack"]["B"]).decode()}}
        for item in sorted(items, key=lambda item: item["bucket"]["S"])
    ]


def many(number: int, *, price: int = 1) -> DayTotals:
    """A day of series whose names are random enough not to shrink to nothing, and as long as names can be."""
    names = (f"{place:04d}{LONGEST[4:]}" for place in range(number))
    held = {Series(*[name] * 4): Measures(1, credits=Decimal(price)) for name in names}
    return DayTotals("users", 3, DAY, DAY, held)


@given(st.dictionaries(all_series, measures, max_size=5), st.dictionaries(all_series, measures, max_size=5))
def test_what_is_packed_comes_back(first: dict[Series, Measures], second: dict[Series, Measures]) -> None:
    days = [
        DayTotals("user#a", 0, "2026-11-21", "2026-11-22", first),
        DayTotals("user#a", 0, DAY, DAY, second),
    ]
    read = list(from_items(stored(*reversed(days))))
    assert [(day.scope, day.part, day.day, day.through) for day in read] == [
        (day.scope, day.part, day.day, day.through) for day in days
    ]
    for found, packed in zip(read, days, strict=True):
        assert found.measures == {series: sums for series, sums in packed.measures.items() if sums}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 600))
def test_a_day_of_any_number_of_series_fits_into_items(number: int) -> None:
    day = many(number)
    items = stored(day)
    assert all(len(item["pack"]["B"]) * 3 / 4 < LARGEST_ITEM for item in items)
    assert (len(items) == 1) or number > SURELY_FIT
    [read] = from_items(items)
    assert read == day


def test_chunks_that_the_head_does_not_name_are_ignored() -> None:
    before, after = many(400), many(300, price=2)
    chunks_before = [item for item in stored(before) if "through" not in item]
    items: list[dict[str, Any]] = sorted(stored(after) + chunks_before, key=lambda item: item["bucket"]["S"])
    assert list(from_items(items)) == [after]
    assert list(from_items(chunks_before)) == []


def test_a_day_whose_chunks_are_not_all_there_is_asked_again() -> None:
    head, _, *rest = stored(many(600))
    with pytest.raises(TornAnswer) as torn:
        list(from_items([head, *rest]))
    assert is_passing(torn.value)
