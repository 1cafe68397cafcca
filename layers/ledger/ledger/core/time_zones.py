"""The days and hours of a time zone, as intervals of Unix seconds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledger.core.moments import HOUR

FARTHEST_OFFSET = 14 * 60
"""Minutes; no place is farther from UTC."""


@dataclass(frozen=True)
class Day:
    """The part of a calendar day that lies in a range, from `start` up to, not including, `end`.

    `midnight` is the first instant of the whole day.
    """

    date: date
    start: int
    end: int
    midnight: int


@dataclass(frozen=True)
class Bucket:
    """An hour or a day of a range: it begins at `timestamp`, which may lie before the range, and ends before `end`."""

    timestamp: int
    end: int


def zone(name: str) -> tzinfo:
    """The IANA time zone of this name. Raises ValueError for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("an IANA time zone, such as Europe/Berlin") from None


def fixed_zone(offset: int) -> tzinfo:
    """The zone of an offset in minutes with JavaScript's sign: UTC-8 is 480, China is -480."""
    return timezone(timedelta(minutes=-offset))


def days(start: int, end: int, place: tzinfo) -> list[Day]:
    """The days of a zone that cover [start, end), ascending; the first and the last may be cut.

    A day begins at its first instant: where clocks skip midnight, at the end of the gap.
    """
    found: list[Day] = []
    today = datetime.fromtimestamp(start, place).date()
    while start < end:
        tomorrow = today + timedelta(days=1)
        until = min(end, _midnight(tomorrow, place))
        found.append(Day(today, start, until, _midnight(today, place)))
        today, start = tomorrow, until
    return found


def hours(start: int, end: int, place: tzinfo) -> list[Bucket]:
    """The hours of a zone's clocks that cover [start, end), ascending; the first and the last may be cut.

    Where clocks change by part of an hour, the hour after is as much shorter.
    """
    found: list[Bucket] = []
    second = start
    while second < end:
        local = datetime.fromtimestamp(second, place)
        begun = second - local.minute * 60 - local.second
        until = min(end, begun + HOUR)
        found.append(Bucket(second if found else begun, until))
        second = until
    return found


def midnight_before(second: int, ago: int, place: tzinfo) -> int:
    """When the day began that was so many days before the day of this second."""
    return _midnight(datetime.fromtimestamp(second, place).date() - timedelta(days=ago), place)


def _midnight(day: date, place: tzinfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=place).timestamp())
