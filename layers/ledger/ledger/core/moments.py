"""Moments and the units in which time is counted. Times are Unix seconds unless a name says otherwise."""

from datetime import UTC, date, datetime, timedelta

QUARTER_HOUR = 900
HOUR = 3_600
DAY = 86_400

CLOCK_AHEAD = 300
"""Seconds by which the clock of whoever sends a call may be ahead."""
CLOCK_SKEW = 60
"""Seconds by which the clock of the function that wrote a call may be ahead of the clock of the one that reads it."""


def iso(moment: float) -> str:
    """A Unix time in ISO 8601 with milliseconds, in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix(moment: str) -> float:
    """The Unix time of a moment in ISO 8601."""
    return datetime.fromisoformat(moment).timestamp()


def utc_day(second: float) -> str:
    """The UTC day of a Unix time, such as 2026-11-22."""
    return datetime.fromtimestamp(second, UTC).date().isoformat()


def day_start(day: str) -> int:
    """The first second of a UTC day."""
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


def week(day: str) -> list[str]:
    """The seven UTC days, from Monday on, of the week in which a day lies."""
    this = date.fromisoformat(day)
    return [(this + timedelta(number - this.weekday())).isoformat() for number in range(7)]


def floor_quarter_hour(second: int) -> int:
    """The start of the quarter hour that holds a second."""
    return second // QUARTER_HOUR * QUARTER_HOUR


def ceil_quarter_hour(second: int) -> int:
    """The first start of a quarter hour that is not before a second."""
    return -(-second // QUARTER_HOUR) * QUARTER_HOUR
