"""Parts of a day cover it without overlapping, and none is much larger than another may be."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledger.archive.parts import LARGEST, divided
from ledger.core.moments import DAY, QUARTER_HOUR, day_start

START = day_start("2026-11-22")
QUARTERS = range(START, START + DAY, QUARTER_HOUR)
CALLS = st.dictionaries(st.sampled_from(QUARTERS), st.integers(0, 5 * LARGEST) | st.integers(0, 20_000), max_size=96)


@given(CALLS)
def test_parts_follow_each_other_from_the_first_second_to_the_last(calls: dict[int, int]) -> None:
    parts = divided("2026-11-22", calls)
    assert [part.number for part in parts] == list(range(len(parts)))
    assert parts[0].first == START
    assert parts[-1].last == START + DAY - 1
    assert all(before.last + 1 == after.first for before, after in pairwise(parts))
    assert {part.day for part in parts} == {"2026-11-22"}


@given(CALLS)
def test_no_part_has_much_more_than_it_should_and_no_two_fit_into_one(calls: dict[int, int]) -> None:
    """Where a quarter hour is divided, its calls are taken to be spread evenly over its seconds."""
    parts = divided("2026-11-22", calls)
    sizes = [
        sum(
            of_quarter * max(0, min(part.last + 1, quarter + QUARTER_HOUR) - max(part.first, quarter)) / QUARTER_HOUR
            for quarter, of_quarter in calls.items()
        )
        for part in parts
    ]
    assert max(sizes) <= LARGEST * 1.01
    assert all(before + after > LARGEST * 0.5 for before, after in pairwise(sizes))


def test_a_day_of_a_hundred_million_calls_has_parts_that_a_function_writes_in_time() -> None:
    calls = dict.fromkeys(QUARTERS, 100_000_000 // 96)
    assert len(divided("2026-11-22", calls)) == 192
