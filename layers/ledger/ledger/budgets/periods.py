"""The periods of budgets: calendar days, weeks and months of a time zone, and days that roll on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from ledger.core.time_zones import midnight

type PeriodKind = Literal["day", "week", "month", "rolling"]
"""A calendar day, a week from Monday on, a calendar month, or a number of days of which today is the last."""


@dataclass(frozen=True)
class Period:
    """From `start` up to, not including, `end`, in Unix seconds. At `end` the next period begins."""

    start: int
    end: int


def period_at(second: int, kind: PeriodKind, zone: tzinfo, days: int = 1) -> Period:
    """The period of a kind that a moment lies in, in the days of a time zone. `days` is how many of them roll on."""
    first, last = _days(datetime.fromtimestamp(second, zone).date(), kind, days)
    return Period(midnight(first, zone), midnight(last + timedelta(days=1), zone))


def _days(today: date, kind: PeriodKind, days: int) -> tuple[date, date]:
    """The first and the last day of a period."""
    match kind:
        case "day":
            return today, today
        case "week":
            monday = today - timedelta(days=today.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            first = today.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case "rolling":
            return today - timedelta(days=days - 1), today
