"""Moments and units of time. Moments are Unix seconds, unless a name says otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime

MINUTE = 60
QUARTER_HOUR = 900
HOUR = 3_600
DAY = 86_400
FOREVER = 100 * 366 * DAY
"""Seconds that nothing outlives."""

type TimeLeft = Callable[[], float]
"""Returns the seconds that a worker has left; at zero or below it has to stop."""

CLOCK_AHEAD = 300
"""Seconds by which the clock of a gateway may be ahead of ours."""
CLOCK_SKEW = 60
"""Seconds by which the clock of a function that writes may be ahead of that of one that reads."""


def iso(moment: float) -> str:
    """Returns a moment in ISO 8601, in UTC with milliseconds: 2026-11-22T10:00:00.000Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix(moment: str) -> float:
    """Returns the Unix seconds of a moment in ISO 8601."""
    return datetime.fromisoformat(moment).timestamp()


def utc_day(second: float) -> str:
    """Returns the UTC day of a moment, such as 2026-11-22."""
    return datetime.fromtimestamp(second, UTC).date().isoformat()


def day_start(day: str) -> int:
    """Returns the first second of a UTC day."""
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())


def floor_quarter_hour(second: int) -> int:
    """Returns the first second of the quarter hour that has this second."""
    return second // QUARTER_HOUR * QUARTER_HOUR


def ceil_quarter_hour(second: int) -> int:
    """Returns this second where a quarter hour begins with it, else the first second of the next quarter hour."""
    return -(-second // QUARTER_HOUR) * QUARTER_HOUR
