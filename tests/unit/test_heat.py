"""The simulation of heat counts every write once, and more shards spread it."""

import pytest

from bench.heat import LIMIT, heats

RATE = 1_000.0
SAMPLE = 300


def test_every_call_writes_once_to_each_index() -> None:
    heat = heats(RATE, sample=SAMPLE)
    for where in ("Calls", "Calls.byUser", "Calls.byTime"):
        assert sum(heat[where].values()) == pytest.approx(RATE)  # pyright: ignore[reportUnknownMemberType]


def test_heat_is_proportional_to_the_rate() -> None:
    slow, fast = (max(heats(rate, sample=SAMPLE)["Calls.byUser"].values()) for rate in (RATE, 10 * RATE))
    assert fast == pytest.approx(10 * slow)  # pyright: ignore[reportUnknownMemberType]


def test_more_time_shards_cool_the_index_by_time_and_nothing_else() -> None:
    few, many = (heats(RATE, shards=shards, sample=SAMPLE) for shards in (4, 32))
    assert max(many["Calls.byTime"].values()) < max(few["Calls.byTime"].values()) / 4
    assert many["Calls.byUser"] == few["Calls.byUser"]


@pytest.mark.parametrize("users", [1, 2, 100, 10_000])
def test_keys_of_counters_that_are_new_at_midnight_bear_1_800_calls_a_second_unsplit(users: int) -> None:
    """However few users make them: calls of one user share counters, and are counted together (decision 21)."""
    assert max(heats(1_800, users=users, sample=3_000)["Counters"].values()) < LIMIT
