"""Anomalies: an hour or a day in which far more is spent than in the same hour or on the same weekday of weeks before.

What is usual is the median of these, and how far they lie from it the median of their distances from it (MAD), times
1.4826, with which it is the standard deviation of what is normally distributed. Neither is moved by a few odd weeks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import dropwhile, pairwise
from statistics import median
from typing import Self

from ledger.budgets.budget import Limit
from ledger.budgets.forecast import PastWeek, weeks_before
from ledger.budgets.periods import Period, period_at
from ledger.budgets.spending import Span, Spending, SpendingReader
from ledger.core.moments import HOUR, MINUTE

WEEKS = 8
"""How many weeks are looked back."""
FEWEST = 4
"""Weeks since the first call, at the least: before that, nothing is known to be unusual."""
NORMAL = Decimal("1.4826")
FAR = 6
"""Deviations from the median, from which on something is an anomaly."""
LEAST_DEVIATION = Decimal("0.1")
"""Of the median: what is nearly the same every week may vary by that much."""
LEAST_EXCESS = Decimal("0.05")
"""Of the amount of the budget: what costs less more than is usual is not worth an alert."""
MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Usual:
    """What is usually spent, and how far from that is still usual, by how many weeks."""

    median: Decimal
    deviation: Decimal
    weeks: int

    @classmethod
    def of(cls, spent: Sequence[Decimal]) -> Self | None:
        """By what was spent in each of the weeks since the first call; None where they are too few."""
        if len(spent) < FEWEST:
            return None
        middle = median(spent)
        distance = median(abs(one - middle) for one in spent)
        return cls(middle, max(NORMAL * distance, LEAST_DEVIATION * middle), len(spent))

    def is_far_below(self, spent: Decimal, amount: Decimal) -> bool:
        """Whether so much is an anomaly of a budget of an amount."""
        excess = spent - self.median
        return excess > FAR * self.deviation and excess >= LEAST_EXCESS * amount


@dataclass(frozen=True)
class Watch:
    """A limit whose anomalies are alerted, and the present hour or day."""

    limit: Limit
    bucket: Period

    @classmethod
    def of(cls, limit: Limit, second: int) -> Self | None:
        """That of a moment; None where nobody wants to know."""
        zone = limit.budget.zone
        match limit.budget.given.anomalies:
            case "day":
                return cls(limit, period_at(second, "day", zone))
            case "hour":
                clock = datetime.fromtimestamp(second, zone)
                start = second - clock.minute * MINUTE - clock.second
                return cls(limit, Period(start, start + HOUR))
            case None:
                return None

    @property
    def span(self) -> Span:
        return self.limit.subject, self.bucket

    @property
    def weeks(self) -> list[PastWeek]:
        """The weeks before, the earliest first, each with its same hour or weekday."""
        subject, zone = self.limit.subject, self.limit.budget.zone
        starts = [weeks_before(self.bucket.start, ago, zone) for ago in range(WEEKS, -1, -1)]
        ends = [weeks_before(self.bucket.end, ago, zone) for ago in range(WEEKS, 0, -1)]
        return [
            PastWeek((subject, Period(start, after)), (subject, Period(start, end)))
            for (start, after), end in zip(pairwise(starts), ends, strict=True)
        ]


@dataclass(frozen=True)
class Anomaly:
    """Far more than is usual, in an hour or a day."""

    watch: Watch
    spending: Spending
    usual: Usual


@dataclass(frozen=True)
class Anomalies:
    """Finds them. What is usual is read once for each hour or day of a subject."""

    reader: SpendingReader
    _usual: dict[Span, Usual | None] = field(default_factory=dict[Span, Usual | None])

    def find(self, watched: Sequence[Watch], spending: Mapping[Span, Spending]) -> list[Anomaly]:
        """Those of the present, by what was spent in it."""
        self._learn([watch for watch in watched if watch.span not in self._usual])
        return [
            Anomaly(watch, spending[watch.span], usual)
            for watch in watched
            if (usual := self._usual[watch.span])
            and usual.is_far_below(spending[watch.span].amount, watch.limit.amount)
        ]

    def _learn(self, watched: Sequence[Watch]) -> None:
        if len(self._usual) > MOST_KNOWN:
            self._usual.clear()
        weeks_of = {watch.span: watch.weeks for watch in watched}
        spending = self.reader.read({span for weeks in weeks_of.values() for week in weeks for span in week.spans})
        for span, weeks in weeks_of.items():
            known = list(dropwhile(lambda week: not spending[week.whole].calls, weeks))
            self._usual[span] = Usual.of([spending[week.part].amount for week in known])
