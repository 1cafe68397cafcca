"""How limits stand: what was spent and remains, what is expected, and which thresholds are reached."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import TypedDict

from ledger.budgets.book import BudgetBook
from ledger.budgets.budget import Basis, Limit, Unit
from ledger.budgets.forecast import Forecast, Outlook
from ledger.budgets.queries import BudgetsQuery
from ledger.budgets.spending import SpendingReader
from ledger.budgets.standing import Standing
from ledger.core.identity import Identity


class ForecastBody(TypedDict):
    """The amount at the end of the period, if its rest is like the same weekdays and hours of the last weeks."""

    amount: Decimal
    """After the mean of these weeks."""
    low: Decimal
    """After the cheapest of them."""
    high: Decimal
    """After the dearest of them."""
    weeks: int
    """How many weeks that is by, at most four: those since the first call."""


def forecast_body(forecast: Forecast | None) -> ForecastBody | None:
    """As the API shows it."""
    if forecast is None:
        return None
    return {"amount": forecast.amount, "low": forecast.low, "high": forecast.high, "weeks": forecast.weeks}


class BudgetsPage(TypedDict):
    budgets: list["LimitStatus"]
    total: int
    """How many there are on all pages."""
    page: int
    pageSize: int


class ThresholdStatus(TypedDict):
    percent: int
    of: Basis
    reached: bool


class LimitStatus(TypedDict):
    """A budget, as it stands for one user, one app or everybody."""

    id: str
    name: str
    userDid: str | None
    appDid: str | None
    providerId: str | None
    model: str | None
    unit: Unit
    """Of all amounts."""
    amount: Decimal
    """What may be spent in a period."""
    periodStart: int
    """Unix seconds."""
    resetsAt: int
    """Unix seconds at which the next period begins."""
    spent: Decimal
    """Since the period began."""
    remaining: Decimal
    """Until the amount is spent; 0 where more is spent."""
    atLeast: bool
    """Whether more may be spent than `spent`, since the cost of some calls is unknown."""
    unpricedCalls: int
    """How many calls that is."""
    forecast: ForecastBody | None
    """Null where there was no call in the four weeks before."""
    runsOutAt: int | None
    """Unix seconds at which the amount will be spent, or was when this was read; null where it lasts."""
    thresholds: list[ThresholdStatus]
    asOf: int
    """Unix seconds: every call that was counted before is in it."""


@dataclass(frozen=True)
class Status(Standing):
    """How a limit stands, and what is expected of it."""

    forecast: Forecast | None
    runs_out_at: int | None

    def expected(self, basis: Basis) -> Decimal:
        """Without a forecast, nothing more than what is spent is expected."""
        return self.forecast.amount if basis == "forecast" and self.forecast else super().expected(basis)

    def body(self) -> LimitStatus:
        budget, (scope, provider_id, model, _) = self.limit.budget, self.limit.subject
        return {
            "id": budget.id,
            "name": budget.given.name,
            "userDid": scope.did if scope.kind == "user" else None,
            "appDid": scope.did if scope.kind == "app" else None,
            "providerId": provider_id or None,
            "model": model or None,
            "unit": self.limit.subject.unit,
            "amount": self.limit.amount,
            "periodStart": self.period.start,
            "resetsAt": self.period.end,
            "spent": self.spending.amount,
            "remaining": self.remaining,
            "atLeast": self.spending.unpriced > 0,
            "unpricedCalls": self.spending.unpriced,
            "forecast": forecast_body(self.forecast),
            "runsOutAt": self.runs_out_at,
            "thresholds": [
                {"percent": threshold.percent, "of": threshold.of, "reached": self.has_reached(threshold)}
                for threshold in budget.given.thresholds
            ],
            "asOf": self.as_of,
        }


def statuses(reader: SpendingReader, limits: Iterable[Limit]) -> list[Status]:
    """How limits stand now, in their order, read together."""
    now = int(time.time())
    present = [(limit, limit.budget.period_at(now)) for limit in limits]
    outlooks = [Outlook.of(limit, period, now) for limit, period in present]
    spans = chain(((limit.subject, period) for limit, period in present), *(outlook.spans() for outlook in outlooks))
    spending = reader.read(spans)
    found: list[Status] = []
    for (limit, period), outlook in zip(present, outlooks, strict=True):
        of_period = spending[limit.subject, period]
        forecast = outlook.forecast(of_period.amount, spending)
        runs_out_at = outlook.runs_out_at(limit.amount, of_period.amount, forecast)
        found.append(Status(limit, period, of_period, forecast, runs_out_at))
    return found


def budgets_page(book: BudgetBook, reader: SpendingReader, query: BudgetsQuery, by: Identity) -> BudgetsPage:
    """How the budgets stand that somebody asks for. Raises Forbidden where they may not."""
    limits = query.limits(book, by)
    return {
        "budgets": [status.body() for status in statuses(reader, query.on_page(limits))],
        "total": len(limits),
        "page": query.page,
        "pageSize": query.page_size,
    }
