"""The days of every time zone, against the plain way: what date is it there at this instant?"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core.time_zones import LocalDay, TimeBucket, days, fixed_zone, minutes, months, named_zone, weeks

HOUR = 3_600
DAY = 24 * HOUR
ZONES = sorted(available_timezones() - {"localtime"})
FIRST = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(2035, 1, 1, tzinfo=UTC).timestamp())

zones = st.sampled_from(ZONES).map(named_zone) | st.integers(-56, 56).map(lambda quarter: fixed_zone(quarter * 15))
instants = st.integers(FIRST, LAST)


def local_date(instant: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(instant, zone).date()


def midnight(zone: str, *day: int) -> int:
    return int(datetime(*day, tzinfo=ZoneInfo(zone)).timestamp())  # pyright: ignore[reportArgumentType]


def check(start: int, end: int, zone: tzinfo) -> list[LocalDay]:
    """The days of a range, when they are what they should be."""
    found = days(start, end, zone)
    assert found[0].start == start
    assert found[-1].end == end
    for before, after in pairwise(found):
        assert before.end == after.start
        assert before.date < after.date
    for day in found:
        assert day.start < day.end
        assert day.midnight == day.start or (day is found[0] and day.midnight < day.start)
        assert local_date(day.midnight, zone) == day.date
        assert local_date(day.midnight - 1, zone) < day.date
        instants = {day.start, day.end - 1, *range(day.start, day.end, HOUR // 2)}
        assert {local_date(instant, zone) for instant in instants} == {day.date}
    return found


@given(instants, st.integers(1, 40 * DAY), zones)
def test_days_cover_any_range_in_any_zone_and_each_instant_lies_in_its_own_date(
    start: int, length: int, zone: tzinfo
) -> None:
    check(start, start + length, zone)


@given(instants, zones)
def test_a_range_of_one_second_is_one_day(start: int, zone: tzinfo) -> None:
    (day,) = check(start, start + 1, zone)
    assert (day.date, day.start, day.end) == (local_date(start, zone), start, start + 1)


@pytest.mark.parametrize("name", ["Asia/Kolkata", "America/Sao_Paulo", "UTC"])
def test_a_range_without_a_second_has_no_day(name: str) -> None:
    assert days(FIRST, FIRST, named_zone(name)) == []


def changes(zone: tzinfo) -> Iterator[int]:
    """The instants at which clocks are changed."""

    def offset(instant: int) -> timedelta | None:
        return datetime.fromtimestamp(instant, zone).utcoffset()

    for before, after in pairwise(range(FIRST, LAST, 7 * DAY)):
        low, high = before, after
        if offset(low) == offset(high):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offset(before) else (low, middle)
        yield high


def test_the_days_around_every_change_of_clocks_in_every_zone_are_right() -> None:
    seen = 0
    for name in ZONES:
        zone = named_zone(name)
        for change in changes(zone):
            seen += 1
            start, end = change - 30 * HOUR, change + 30 * HOUR
            found = days(start, end, zone)
            assert (found[0].start, found[-1].end) == (start, end), name
            for before, after in pairwise(found):
                assert before.end == after.start, (name, change)
                assert local_date(before.end - 1, zone) == before.date, (name, change)
                assert local_date(after.start, zone) == after.date == before.date + timedelta(days=1), (name, change)
            assert all(day.start < day.end for day in found), (name, change)
    assert seen > 5_000


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
        ("Europe/Berlin", (2026, 7, 1), 24),
        ("America/New_York", (2026, 3, 8), 23),
        ("America/New_York", (2026, 11, 1), 25),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("Asia/Kolkata", (2026, 3, 29), 24),
        # Clocks that skip midnight: the day begins at 1:00.
        ("America/Sao_Paulo", (2018, 11, 4), 23),
        ("Asia/Beirut", (2026, 3, 29), 23),
        ("Africa/Cairo", (2026, 4, 24), 23),
        ("America/Santiago", (2026, 9, 6), 23),
        # Clocks that go back at midnight: the day before ends twice.
        ("America/Sao_Paulo", (2019, 2, 16), 25),
        ("Asia/Beirut", (2026, 10, 24), 25),
        ("Africa/Cairo", (2026, 10, 29), 25),
        # Midnight itself comes twice: the day begins with the first.
        ("America/Havana", (2026, 11, 1), 25),
    ],
)
def test_a_day_is_as_long_as_clocks_make_it(zone: str, day: tuple[int, int, int], hours: float) -> None:
    noon = int(datetime(*day, 12, tzinfo=ZoneInfo(zone)).timestamp())
    found = check(noon - 3 * DAY, noon + 3 * DAY, named_zone(zone))
    assert [found.end - found.start for found in found if found.date == date(*day)] == [hours * HOUR]


@pytest.mark.parametrize(
    ("zone", "utc_midnight"),
    [("Asia/Kolkata", "18:30"), ("Asia/Kathmandu", "18:15"), ("Pacific/Chatham", "10:15"), ("Asia/Tehran", "20:30")],
)
def test_the_days_of_half_hour_and_45_minute_zones_begin_at_their_own_midnight(zone: str, utc_midnight: str) -> None:
    start = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
    starts = [day.start for day in check(start, start + 5 * DAY, named_zone(zone))[1:]]
    assert {datetime.fromtimestamp(start, UTC).strftime("%H:%M") for start in starts} == {utc_midnight}


@pytest.mark.parametrize(
    ("offset", "zone"),
    [(480, "Etc/GMT+8"), (-480, "Asia/Shanghai"), (-330, "Asia/Kolkata"), (0, "UTC"), (-840, "Etc/GMT-14")],
)
def test_an_offset_has_the_sign_of_javascript(offset: int, zone: str) -> None:
    assert days(FIRST, FIRST + 9 * DAY, fixed_zone(offset)) == days(FIRST, FIRST + 9 * DAY, named_zone(zone))


def test_ten_years_have_every_day_of_the_calendar_once() -> None:
    start, end = midnight("Europe/Berlin", 2016, 1, 1), midnight("Europe/Berlin", 2026, 1, 1)
    found = [day.date for day in days(start, end, named_zone("Europe/Berlin"))]
    assert found == [date(2016, 1, 1) + timedelta(days=n) for n in range(3_653)]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "../../etc/passwd",
        "/etc/localtime",
        "Europe",
        "Europe/Berlin\0",
        "Europe/Berlin ",
        "x" * 300,
        "🦜",
    ],
    ids=ascii,
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="IANA time zone"):
        named_zone(name)


@given(zone=zones, start=instants, length=st.integers(1, 100 * DAY), instant=st.data())
def test_weeks_and_months_are_those_of_the_calendar(
    zone: tzinfo, start: int, length: int, instant: st.DataObject
) -> None:
    second = instant.draw(st.integers(start, start + length - 1))
    today = local_date(second, zone)
    for periods, first in ((weeks, today - timedelta(days=today.weekday())), (months, today.replace(day=1))):
        found = periods(start, start + length, zone)
        assert covers(found, start, start + length)
        period = next(one for one in found if second < one.end)
        assert local_date(period.timestamp, zone) == first
        assert local_date(period.timestamp - 1, zone) < first


@given(zone=zones, start=instants, length=st.integers(1, HOUR))
def test_minutes_are_those_of_the_clock(zone: tzinfo, start: int, length: int) -> None:
    found = minutes(start, start + length, zone)
    assert covers(found, start, start + length)
    assert all(datetime.fromtimestamp(one.timestamp, zone).second == 0 for one in found)
    assert all(one.end - one.timestamp <= 60 for one in found)


def covers(found: list[TimeBucket], start: int, end: int) -> bool:
    """Whether buckets follow each other from the start to the end."""
    follow = all(one.end == following.timestamp for one, following in pairwise(found))
    return found[0].timestamp <= start < found[0].end and found[-1].end == end and follow
