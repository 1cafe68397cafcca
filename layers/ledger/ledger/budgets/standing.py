"""How a limit stands: what was spent of it in its present period."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ledger.budgets.budget import Basis, Limit, Threshold
from ledger.budgets.periods import Period
from ledger.budgets.spending import Span, Spending

type ReadSpending = Callable[[set[Span]], Mapping[Span, Spending]]
"""Returns what was spent in each of some spans."""


@dataclass(frozen=True)
class Standing:
    """A limit, its present period, and what was spent in it."""

    limit: Limit
    period: Period
    spending: Spending

    @property
    def remaining(self) -> Decimal:
        """How much there is until the amount is spent; 0 where more is spent."""
        return max(self.limit.amount - self.spending.amount, Decimal(0))

    @property
    def remaining_share(self) -> Decimal:
        """Of an amount that is not spent, by which budgets of different units can be compared."""
        return self.remaining / self.limit.amount

    @property
    def is_spent(self) -> bool:
        """Whether the whole amount is spent, which is so of an amount of 0 from the beginning."""
        return self.spending.amount >= self.limit.amount

    def expected(self, basis: Basis) -> Decimal:  # noqa: ARG002 - a status knows more
        """The amount that a threshold of this basis is compared with, as far as it is known."""
        return self.spending.amount

    def has_reached(self, threshold: Threshold) -> bool:
        """Whether this share of the amount is spent, or expected to be."""
        return self.expected(threshold.of) * 100 >= self.limit.amount * threshold.percent

    @property
    def as_of(self) -> int:
        """Unix seconds: every call that was counted before is in it."""
        return self.spending.read_at // 1000

    @property
    def span(self) -> Span:
        return self.limit.subject, self.period


def standings(limits: Iterable[Limit], read: ReadSpending) -> list[Standing]:
    """How limits stand in their present periods, in their order."""
    now = int(time.time())
    present = [(limit, limit.budget.period_at(now)) for limit in limits]
    spending = read({(limit.subject, period) for limit, period in present})
    return [Standing(limit, period, spending[limit.subject, period]) for limit, period in present]
