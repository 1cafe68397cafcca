"""What is usual is the median of weeks before, and an anomaly is far above it: beside a naive reference."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.budgets.anomaly import Usual

amounts = st.decimals(0, 1_000, places=4)


def middle(values: list[Decimal]) -> Decimal:
    """The median, said plainly."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


@settings(max_examples=60)
@given(weeks=st.lists(amounts, max_size=8), spent=amounts, budget=amounts)
def test_it_is_more_than_six_deviations_and_a_twentieth_of_the_budget_above_the_median(
    weeks: list[Decimal], spent: Decimal, budget: Decimal
) -> None:
    usual = Usual.of(weeks)
    if usual is None:
        assert len(weeks) < 4
        return
    median = middle(weeks)
    deviation = max(Decimal("1.4826") * middle([abs(one - median) for one in weeks]), median / 10)
    assert usual == Usual(median, deviation, len(weeks))
    assert usual.is_far_below(spent, budget) == (spent > median + 6 * deviation and spent >= median + budget / 20)


@settings(max_examples=30)
@given(weeks=st.lists(amounts, min_size=4, max_size=8), odd=amounts)
def test_one_odd_week_of_many_moves_it_no_further_than_the_other_weeks_reach(
    weeks: list[Decimal], odd: Decimal
) -> None:
    usual = Usual.of([*weeks, odd])
    assert usual
    assert min(weeks) <= usual.median <= max(weeks)
