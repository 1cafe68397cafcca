"""What is expected to be spent until a period ends: what was spent at the same weekdays and hours of the last weeks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from ledger.budgets.budget import Limit, Subject
from ledger.budgets.periods import Period
from ledger.budgets.spending import Span, Spending
from ledger.core.moments import DAY, ceil_quarter_hour
from ledger.core.money import EXACT, ten_places

WEEKS = 4
"""How many weeks are looked back."""
WEEK = 7 * DAY


@dataclass(frozen=True)
class PastWeek:
    """A week before now: what was spent in all of it, and in that part of it which stands for the rest of the period.

    The rest of a period is a number of whole weeks and a part of one.
    """

    whole: Span
    part: Span

    @property
    def spans(self) -> tuple[Span, Span]:
        return self.whole, self.part


@dataclass(frozen=True)
class Forecast:
    """The amount at the end of a period: as after the mean of the weeks, the cheapest and the dearest of them."""

    amount: Decimal
    low: Decimal
    high: Decimal
    weeks: int
    """How many weeks that is by: those since the first call, at most WEEKS."""


@dataclass(frozen=True)
class Outlook:
    """How a limit's period will go on, from a quarter hour on that is now or begins soon."""

    now: int
    end: int
    weeks: Sequence[PastWeek]
    """The earliest first."""

    @classmethod
    def of(cls, limit: Limit, period: Period, second: int) -> "Outlook":
        return cls.of_subject(limit.subject, limit.budget.zone, period, second)

    @classmethod
    def of_subject(cls, subject: Subject, zone: tzinfo, period: Period, second: int) -> "Outlook":
        """How a period goes on that no budget is about."""
        now = min(ceil_quarter_hour(second), period.end)
        rest = (period.end - now) % WEEK
        return cls(now, period.end, [_week(subject, now, rest, ago, zone) for ago in range(WEEKS, 0, -1)])

    def spans(self) -> Iterator[Span]:
        """What has to be read for the forecast."""
        for week in self.weeks:
            yield from week.spans

    def forecast(self, spent: Decimal, spending: Mapping[Span, Spending]) -> Forecast | None:
        """The amount at the end of the period. None where there was no call in the last weeks to know it by."""
        known = list(self.weeks)
        while known and not spending[known[0].whole].calls:
            del known[0]
        if not known:
            return None
        whole_weeks = (self.end - self.now) // WEEK
        expected = [whole_weeks * spending[week.whole].amount + spending[week.part].amount for week in known]
        mean = ten_places(EXACT.divide(sum(expected, Decimal(0)), Decimal(len(expected))))
        return Forecast(spent + mean, spent + min(expected), spent + max(expected), len(known))

    def runs_out_at(self, amount: Decimal, spent: Decimal, forecast: Forecast | None) -> int | None:
        """When the amount will be spent, in Unix seconds: now where it is, None where it lasts or nobody knows.

        What is expected is taken to be spent evenly until the end of the period.
        """
        if spent >= amount:
            return self.now
        if forecast is None or forecast.amount <= amount:
            return None
        share = EXACT.divide(amount - spent, forecast.amount - spent)
        return self.now + int(share * (self.end - self.now))


def _week(subject: Subject, now: int, rest: int, ago: int, zone: tzinfo) -> PastWeek:
    start, end = weeks_before(now, ago, zone), weeks_before(now, ago - 1, zone)
    return PastWeek((subject, Period(start, end)), (subject, Period(start, min(start + rest, end))))


def weeks_before(second: int, weeks: int, zone: tzinfo) -> int:
    """The moment at which the clocks of a zone showed the same, so many weeks before."""
    shown = datetime.fromtimestamp(second, zone)
    return int((shown - timedelta(weeks=weeks)).replace(fold=shown.fold).timestamp())  # of two hours shown, the same
