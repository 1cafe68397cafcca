"""Forecasts, against the plain way: what of the last weeks comes again, week after week, before the period ends?"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.budgets.budget import Budget, BudgetInput, Limit
from ledger.budgets.forecast import WEEK, WEEKS, Forecast, Outlook
from ledger.budgets.periods import PeriodKind
from ledger.budgets.spending import Span, Spending
from ledger.core.moments import QUARTER_HOUR
from ledger.core.money import ten_places
from ledger.core.scopes import EVERYBODY

type Bills = Sequence[tuple[int, Decimal]]
"""When calls were made, and what each cost."""

moments = st.integers(*(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2025, 2028)))
kinds = st.sampled_from(["day", "week", "month"])
costs = st.decimals(0, 100, places=4)


def limit(kind: PeriodKind = "month", zone: str = "UTC", amount: Decimal = Decimal(100)) -> Limit:
    given = BudgetInput.model_validate({"name": "All", "amount": amount, "period": kind, "timezone": zone})
    found = Budget("all", given, "", "", "").limit(EVERYBODY)
    assert found
    return found


def spent_in(span: Span, bills: Bills) -> Spending:
    """What a naive reader of the calls says."""
    period = span[1]
    within = [cost for second, cost in bills if period.start <= second < period.end]
    return Spending(sum(within, Decimal(0)), len(within), 0, 0)


def outlook_of(limit: Limit, now: int) -> Outlook:
    return Outlook.of(limit, limit.budget.period_at(now), now)


def forecast_of(outlook: Outlook, spent: Decimal, bills: Bills) -> Forecast | None:
    spending: Mapping[Span, Spending] = {span: spent_in(span, bills) for span in outlook.spans()}
    return outlook.forecast(spent, spending)


@given(kinds, moments, st.lists(st.tuples(st.integers(1, WEEKS * WEEK), costs), max_size=20), costs)
def test_the_rest_of_a_period_is_expected_to_be_like_the_same_hours_of_the_last_weeks(
    kind: PeriodKind, now: int, ages: Sequence[tuple[int, Decimal]], spent: Decimal
) -> None:
    outlook = outlook_of(limit(kind), now)
    bills = [(outlook.now - age, cost) for age, cost in ages]
    forecast = forecast_of(outlook, spent, bills)
    if not bills:
        assert forecast is None
        return
    weeks_ago = [(age - 1) // WEEK + 1 for age, _ in ages]
    expected = {week: Decimal(0) for week in range(1, max(weeks_ago) + 1)}
    for (second, cost), week in zip(bills, weeks_ago, strict=True):
        again = second + week * WEEK
        while again < outlook.end:
            expected[week] += cost
            again += WEEK
    amounts = list(expected.values())
    assert forecast == Forecast(
        spent + ten_places(sum(amounts, Decimal(0)) / len(amounts)),
        spent + min(amounts),
        spent + max(amounts),
        len(amounts),
    )


@example("day", 1_762_056_901, "America/St_Johns")  # an hour that is shown twice
@given(kinds, moments, st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"]))
def test_weeks_before_begin_when_the_clocks_showed_the_same_and_follow_each_other(
    kind: PeriodKind, now: int, zone: str
) -> None:
    of_zone = limit(kind, zone)
    outlook = outlook_of(of_zone, now)
    assert outlook.now % QUARTER_HOUR == 0
    starts = [week.whole[1].start for week in outlook.weeks]
    assert [week.whole[1].end for week in outlook.weeks] == [*starts[1:], outlook.now]
    shown = datetime.fromtimestamp(outlook.now, of_zone.budget.zone).replace(tzinfo=None)
    for ago, start in zip(range(WEEKS, 0, -1), starts, strict=True):
        then = shown - timedelta(weeks=ago)
        showed = datetime.fromtimestamp(start, of_zone.budget.zone).replace(tzinfo=None)
        assert abs(showed - then) <= timedelta(hours=1), "an hour that was skipped"
    for week in outlook.weeks:
        assert week.whole[1].start <= week.part[1].start <= week.part[1].end <= week.whole[1].end


def test_what_is_dearer_on_some_days_is_expected_on_those_days_only() -> None:
    """The rest of October 2026 is a Saturday: what Saturdays cost counts, and other days don't."""
    saturday = datetime(2026, 10, 31, tzinfo=UTC)
    days = [saturday - timedelta(days=ago) for ago in range(1, 29)]
    bills = [(int(day.timestamp()), Decimal(1 if day.weekday() == 5 else 1_000)) for day in days]
    forecast = forecast_of(outlook_of(limit(), int(saturday.timestamp())), Decimal(5), bills)
    assert forecast == Forecast(Decimal(6), Decimal(6), Decimal(6), 4)


def test_without_a_call_in_the_last_weeks_there_is_no_forecast() -> None:
    assert forecast_of(outlook_of(limit(), 1_790_000_000), Decimal(5), []) is None


@pytest.mark.parametrize(
    ("amount", "spent", "expected", "hours"),
    [
        (100, 100, 0, 0),
        (100, 120, 50, 0),
        (100, 50, 100, 12),
        (100, 75, 100, 6),
        (100, 50, 50, None),
        (100, 0, 99, None),
    ],
    ids=["spent", "more than spent", "at noon", "sooner", "just enough", "lasts"],
)
def test_an_amount_runs_out_when_what_is_expected_is_spent_evenly(
    amount: int, spent: int, expected: int, hours: int | None
) -> None:
    midnight = int(datetime(2026, 10, 31, tzinfo=UTC).timestamp())
    outlook = outlook_of(limit("day"), midnight)
    whole = Decimal(spent + expected)
    at = outlook.runs_out_at(Decimal(amount), Decimal(spent), Forecast(whole, whole, whole, 4))
    assert at == (None if hours is None else midnight + hours * 3_600)


def test_nobody_knows_when_an_amount_runs_out_without_a_forecast() -> None:
    assert outlook_of(limit(), 1_790_000_000).runs_out_at(Decimal(100), Decimal(99), None) is None
