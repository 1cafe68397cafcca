"""What is packed comes back, and a pack that is half replaced is never taken for a whole one."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.aggregates import day_cuts, day_slots, day_totals, packs
from ledger.aggregates.day_slots import DaySlots, Slots
from ledger.aggregates.day_totals import DayTotals
from ledger.aggregates.packs import Pack
from ledger.aws.dynamodb import Item
from ledger.aws.retries import TornRead, is_retryable
from ledger.core import moments
from ledger.core.moments import QUARTER_HOUR, day_start
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Series

DAY = "2026-11-22"
START = day_start(DAY)
USER = Scope.of_user("a")
LARGEST_ITEM = 400_000
LONGEST = "\U0001f4b0" * 256

names = st.text(st.characters(codec="utf-8"), max_size=8)
all_series = st.builds(Series, type=names, provider_id=names, model=names, app_did=names, user_did=names)
measures = st.builds(Measures, *[st.integers(-(10**9), 10**9) | st.integers(-(10**37), 10**37)] * len(Measures._fields))
slots = st.dictionaries(st.integers(0, 95).map(lambda number: START + number * QUARTER_HOUR), measures, max_size=5)


def stored(*packed: Pack) -> list[Item]:
    """The items of some packs as a Query answers them: in the order of their keys, bytes in Base64."""
    items = [item for pack in packed for item in (pack.head, *pack.chunks)]
    return [
        {**item, "pack": {"B": b64encode(item["pack"]["B"]).decode()}}
        for item in sorted(items, key=lambda item: (item["scope"]["S"], item["bucket"]["S"]))
    ]


def many(number: int, *, price: int = 1) -> DayTotals:
    """A day of series whose names are random enough not to shrink to nothing, and as long as names can be."""
    names = (f"{place:04d}{LONGEST[4:]}" for place in range(number))
    held = {Series(*[name] * 4): Measures(1, credits_units=price) for name in names}
    return DayTotals(EVERYBODY, DAY, DAY, held)


@given(st.dictionaries(all_series, measures, max_size=5), st.dictionaries(all_series, measures, max_size=5))
def test_totals_that_are_packed_come_back(first: dict[Series, Measures], second: dict[Series, Measures]) -> None:
    days = [
        DayTotals(USER, "2026-11-21", "2026-11-22", first),
        DayTotals(USER, DAY, "2026-11-23", second),
    ]
    read = list(day_totals.from_items(stored(*(totals.to_pack() for totals in reversed(days)))))
    assert [replace(totals, measures={}) for totals in read] == [replace(totals, measures={}) for totals in days]
    assert read[0].measures == {series: sums for series, sums in first.items() if sums}
    assert read[1].measures == {series: sums for series, sums in second.items() if sums}


@given(st.dictionaries(all_series, slots, max_size=4), st.lists(st.integers(0, 96), min_size=2, max_size=6))
def test_slots_that_are_packed_come_back_and_any_part_of_them(of_day: dict[Series, Slots], cuts: list[int]) -> None:
    both = [DaySlots.of(scope, DAY, DAY, of_day).to_pack() for scope in (USER, EVERYBODY)]
    read = list(day_slots.from_items(stored(*both)))
    assert [(day.scope, day.day, day.through) for day in read] == [(EVERYBODY, DAY, DAY), (USER, DAY, DAY)]
    for day in read:
        assert day.slots() == used(of_day)
        for first, last in pairwise(sorted(cuts)):
            start, end = START + first * QUARTER_HOUR, START + last * QUARTER_HOUR
            within = {series: [sums[slot] for slot in sums if start <= slot < end] for series, sums in of_day.items()}
            found = {series: sums for series, sums in day.between(start, end) if sums}
            assert found == {series: total for series, sums in within.items() if (total := Measures.sum(sums))}


@settings(max_examples=20)
@given(st.dictionaries(all_series, slots, max_size=3))
def test_halves_that_are_packed_come_back_and_are_what_the_slots_add_up_to(of_day: dict[Series, Slots]) -> None:
    made = list(day_cuts.cuts(EVERYBODY, DAY, DAY, of_day))
    read = [
        day_cuts.from_pack(head, entries) for cut in made for head, entries in packs.unpacked(stored(cut.to_pack()))
    ]
    assert [(cut.scope, cut.day, cut.through) for cut in read] == [(EVERYBODY, DAY, DAY)] * 95
    assert [cut.cut for cut in read] == list(range(START + QUARTER_HOUR, START + moments.DAY, QUARTER_HOUR))
    slots = DaySlots.of(EVERYBODY, DAY, DAY, of_day)
    for cut in read:
        for start, end in ((START, cut.cut), (cut.cut, START + moments.DAY), (START, START + moments.DAY)):
            of_slots = {series: sums for series, sums in slots.between(start, end) if sums}
            assert {series: sums for series, sums in cut.between(start, end) if sums} == of_slots


def used(of_day: Mapping[Series, Slots]) -> dict[Series, dict[int, Measures]]:
    """What is not zero."""
    found = {series: {slot: sums for slot, sums in slots.items() if sums} for series, slots in of_day.items()}
    return {series: slots for series, slots in found.items() if slots}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 600))
def test_totals_of_any_number_of_series_fit_into_items(number: int) -> None:
    day = many(number)
    items = stored(day.to_pack())
    assert all(len(item["pack"]["B"]) * 3 / 4 < LARGEST_ITEM for item in items)
    assert (len(items) == 1) or number > day_totals.SURELY_FIT
    [read] = day_totals.from_items(items)
    assert read == day


@pytest.mark.parametrize("number", [day_slots.SURELY_FIT, 60])
def test_slots_of_any_number_of_series_fit_into_items(number: int) -> None:
    """Names of control characters, which JSON writes as six each, and the longest sums that DynamoDB could hold."""
    busiest = {START + slot * QUARTER_HOUR: Measures(*[10**23 + slot] * 14) for slot in range(96)}
    of_day = {Series(*[f"{place:04d}" + "\x01" * 252] * 4): busiest for place in range(number)}
    items = stored(DaySlots.of(EVERYBODY, DAY, DAY, of_day).to_pack())
    assert (len(items) == 1) == (number <= day_slots.SURELY_FIT)
    assert {item["day"]["S"] for item in items} == {items[0]["day"]["S"]}
    [read] = day_slots.from_items(items)
    assert read.slots() == of_day


def test_chunks_that_the_head_does_not_name_are_ignored() -> None:
    before, after = many(400), many(300, price=2)
    chunks_before = [item for item in stored(before.to_pack()) if "through" not in item]
    items = sorted(stored(after.to_pack()) + chunks_before, key=lambda item: item["bucket"]["S"])
    assert list(day_totals.from_items(items)) == [after]
    assert list(day_totals.from_items(chunks_before)) == []


def test_a_pack_whose_chunks_are_not_all_there_is_asked_again() -> None:
    head, _, *rest = stored(many(600).to_pack())
    with pytest.raises(TornRead) as torn:
        list(day_totals.from_items([head, *rest]))
    assert is_retryable(torn.value)
