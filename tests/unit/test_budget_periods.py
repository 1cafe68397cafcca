"""The periods of budgets, against the plain way: which calendar days, in the zone, does an instant lie in?"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.budgets.periods import PeriodKind, period_at
from ledger.core.moments import QUARTER_HOUR
from ledger.core.time_zones import named_zone

ZONES = sorted(available_timezones() - {"localtime"})
FIRST = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(2036, 1, 1, tzinfo=UTC).timestamp())

zones = st.sampled_from(ZONES).map(named_zone)
instants = st.integers(FIRST, LAST)

SAME: dict[PeriodKind, Callable[[date], object]] = {
    "day": lambda day: day,
    "week": lambda day: day.isocalendar()[:2],
    "month": lambda day: (day.year, day.month),
}
"""What the days of a period have in common, and no other day has."""


@given(st.sampled_from(sorted(SAME)), instants, zones)
def test_a_period_has_the_instants_of_its_calendar_days_and_no_other(
    kind: PeriodKind, instant: int, zone: tzinfo
) -> None:
    period = period_at(instant, kind, zone)

    def belongs(second: int) -> bool:
        return SAME[kind](local(second)) == SAME[kind](local(instant))

    def local(second: int) -> date:
        return datetime.fromtimestamp(second, zone).date()

    assert period.start <= instant < period.end
    assert belongs(period.start)
    assert belongs(period.end - 1)
    assert not belongs(period.start - 1)
    assert not belongs(period.end)


@given(instants, st.integers(1, 366), zones)
def test_a_rolling_period_has_as_many_days_as_it_says_of_which_today_is_the_last(
    instant: int, days: int, zone: tzinfo
) -> None:
    period = period_at(instant, "rolling", zone, days)
    today = datetime.fromtimestamp(instant, zone).date()
    first = today - timedelta(days=days - 1)
    assert datetime.fromtimestamp(period.start, zone).date() == first
    assert datetime.fromtimestamp(period.start - 1, zone).date() < first
    assert datetime.fromtimestamp(period.end - 1, zone).date() == today
    assert datetime.fromtimestamp(period.end, zone).date() > today


@given(st.sampled_from(["day", "week", "month"]), instants, zones)
def test_periods_follow_each_other_without_a_gap(kind: PeriodKind, instant: int, zone: tzinfo) -> None:
    period = period_at(instant, kind, zone)
    assert period_at(period.end, kind, zone).start == period.end
    assert period_at(period.start - 1, kind, zone).end == period.start


@given(st.sampled_from(["day", "week", "month", "rolling"]), instants, zones)
def test_periods_begin_and_end_on_quarter_hours_so_no_call_is_read_for_them(
    kind: PeriodKind, instant: int, zone: tzinfo
) -> None:
    period = period_at(instant, kind, zone)
    assert (period.start % QUARTER_HOUR, period.end % QUARTER_HOUR) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "zone", "instant", "start", "end"),
    [
        ("day", "Europe/Berlin", "2026-03-29T12:00+02:00", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        ("day", "Europe/Berlin", "2026-10-25T12:00+01:00", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
        ("month", "Asia/Kolkata", "2026-02-28T23:59+05:30", "2026-02-01T00:00+05:30", "2026-03-01T00:00+05:30"),
        ("month", "UTC", "2028-02-29T23:59+00:00", "2028-02-01T00:00+00:00", "2028-03-01T00:00+00:00"),
        ("week", "Pacific/Chatham", "2026-01-01T00:00+13:45", "2025-12-29T00:00+13:45", "2026-01-05T00:00+13:45"),
        ("day", "Africa/Cairo", "2026-04-24T12:00+03:00", "2026-04-24T01:00+03:00", "2026-04-25T00:00+03:00"),
    ],
    ids=["clocks go forward", "clocks go back", "half an hour", "leap year", "across a year", "no midnight"],
)
def test_days_that_are_not_like_others(kind: PeriodKind, zone: str, instant: str, start: str, end: str) -> None:
    period = period_at(second(instant), kind, named_zone(zone))
    assert (period.start, period.end) == (second(start), second(end))


def second(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
