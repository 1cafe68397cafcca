"""The quota of a user in the shape of AIGNE Hub, from the user's own budget."""

import time
from datetime import UTC
from decimal import Decimal
from typing import TypedDict

from ledger.budgets.book import BudgetBook
from ledger.budgets.budget import Subject
from ledger.budgets.periods import period_at
from ledger.budgets.spending import SpendingReader
from ledger.budgets.standing import Standing
from ledger.core.money import EXACT, ten_places
from ledger.core.scopes import Scope

DAYS = 30
"""Days, today included, whose mean `dailyAvgCredits` is."""


class QuotaBody(TypedDict):
    """Your own budget, of all models, in its present period. Of several, the one of which the least remains.

    Without one, `total`, `remaining` and `estimatedDaysRemaining` are null.
    """

    total: Decimal | None
    remaining: Decimal | None
    used: Decimal
    """Without a budget, in this month of UTC."""
    pendingCredit: int
    """Always 0: nothing is owed here."""
    estimatedDaysRemaining: Decimal | None
    """Days for which what remains lasts at `dailyAvgCredits`; null where nothing is spent."""
    dailyAvgCredits: Decimal
    """Credits a day, over the last 30 days of UTC, today included."""
    currency: str
    """Always `credits`."""


def quota(book: BudgetBook, reader: SpendingReader, did: str) -> QuotaBody:
    """The quota of a user: of their budgets in credits."""
    subject, now = Subject(Scope.of_user(did)), int(time.time())
    limits = [limit for limit in book.limits([subject.scope]) if limit.subject == subject]
    periods = [limit.budget.period_at(now) for limit in limits]
    month, last_days = period_at(now, "month", UTC), period_at(now, "rolling", UTC, DAYS)
    spending = reader.read((subject, period) for period in {*periods, month, last_days})
    standings = [
        Standing(limit, period, spending[subject, period]) for limit, period in zip(limits, periods, strict=True)
    ]
    tightest = min(standings, key=lambda standing: standing.remaining, default=None)
    daily = ten_places(EXACT.divide(spending[subject, last_days].amount, Decimal(DAYS)))
    return {
        "total": tightest.limit.amount if tightest else None,
        "remaining": tightest.remaining if tightest else None,
        "used": tightest.spending.amount if tightest else spending[subject, month].amount,
        "pendingCredit": 0,
        "estimatedDaysRemaining": ten_places(EXACT.divide(tightest.remaining, daily)) if tightest and daily else None,
        "dailyAvgCredits": daily,
        "currency": "credits",
    }
