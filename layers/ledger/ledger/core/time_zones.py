"""The minutes, hours, days, weeks and months of a time zone, as intervals of Unix seconds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledger.core.moments import HOUR, MINUTE

FARTHEST_OFFSET = 14 * 60
"""Minutes. No time zone is farther from UTC."""


@dataclass(frozen=True)
class LocalDay:
    """The part of a calendar day that lies in a range, from `start` up to, not including, `end`.

    `midnight` is the first second of the whole day.
    """

    date: date
    start: int
    end: int
    midnight: int


@dataclass(frozen=True)
class TimeBucket:
    """A period of a range. It begins at `timestamp`, which may be before the range, and ends before `end`."""

    timestamp: int
    end: int


def named_zone(name: str) -> tzinfo:
    """Returns the IANA time zone with this name. Raises ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("an IANA time zone, such as Europe/Berlin") from None


def fixed_zone(offset: int) -> tzinfo:
    """Returns the time zone of an offset in minutes with JavaScript's sign: UTC-8 is 480, China is -480."""
    return timezone(timedelta(minutes=-offset))


def days(start: int, end: int, zone: tzinfo) -> list[LocalDay]:
    """The days of a time zone that cover [start, end), ascending. The first and the last may be cut.

    A day begins at its first second: where clocks skip midnight, at the end of the gap.
    """
    found: list[LocalDay] = []
    today = datetime.fromtimestamp(start, zone).date()
    while start < end:
        tomorrow = today + timedelta(days=1)
        until = min(end, midnight(tomorrow, zone))
        found.append(LocalDay(today, start, until, midnight(today, zone)))
        today, start = tomorrow, until
    return found


def minutes(start: int, end: int, zone: tzinfo) -> list[TimeBucket]:
    """The minutes of a time zone's clocks that cover [start, end), ascending. The first and the last may be cut."""
    return _by_the_clock(start, end, zone, MINUTE)


def hours(start: int, end: int, zone: tzinfo) -> list[TimeBucket]:
    """The hours of a time zone's clocks that cover [start, end), ascending. The first and the last may be cut.

    Where clocks change by part of an hour, the next hour is shorter by that part.
    """
    return _by_the_clock(start, end, zone, HOUR)


def weeks(start: int, end: int, zone: tzinfo) -> list[TimeBucket]:
    """The weeks of a time zone, from Monday on, that cover [start, end), ascending. The first and last may be cut."""
    return _of_days(start, end, zone, lambda day: day - timedelta(days=day.weekday()))


def months(start: int, end: int, zone: tzinfo) -> list[TimeBucket]:
    """The months of a time zone that cover [start, end), ascending. The first and the last may be cut."""
    return _of_days(start, end, zone, lambda day: day.replace(day=1))


def midnight_before(second: int, ago: int, zone: tzinfo) -> int:
    """When the day began that was `ago` days before the day of this second."""
    return midnight(datetime.fromtimestamp(second, zone).date() - timedelta(days=ago), zone)


def midnight(day: date, zone: tzinfo) -> int:
    """The first second of a calendar day: where clocks skip midnight, the end of the gap."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def _by_the_clock(start: int, end: int, zone: tzinfo, unit: int) -> list[TimeBucket]:
    found: list[TimeBucket] = []
    second = start
    while second < end:
        local = datetime.fromtimestamp(second, zone)
        begun = second - (local.minute * MINUTE + local.second) % unit
        until = min(end, begun + unit)
        found.append(TimeBucket(second if found else begun, until))
        second = until
    return found


def _of_days(start: int, end: int, zone: tzinfo, first: Callable[[date], date]) -> list[TimeBucket]:
    """Periods of whole days, given which day is the first of the period that has a day."""
    periods = groupby(days(start, end, zone), lambda day: first(day.date))
    return [TimeBucket(midnight(day, zone), [*of_period][-1].end) for day, of_period in periods]
