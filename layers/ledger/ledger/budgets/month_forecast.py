"""What the present month will have cost when it ends, whether there is a budget for it or not."""

import time
from decimal import Decimal
from typing import TypedDict

from pydantic import field_validator
from pydantic_core.core_schema import ValidationInfo

from ledger.budgets.budget import Subject
from ledger.budgets.forecast import Outlook
from ledger.budgets.periods import period_at
from ledger.budgets.spending import SpendingReader
from ledger.budgets.status import ForecastBody, forecast_body
from ledger.core.identity import VIEWERS, Identity
from ledger.core.scopes import EVERYBODY, Scope
from ledger.http.query_parameters import Did, WhoseQuery, ZoneQuery


class ForecastQuery(ZoneQuery, WhoseQuery):
    """Whose month: one's own, a user's, an app's or everybody's, of all models or of one."""

    user_did: Did | None = None
    """One user; another than oneself is for viewer, admin and owner."""
    app_did: Did | None = None
    """One app; for viewer, admin and owner."""
    provider_id: Did = ""
    """One provider only."""
    model: Did = ""
    """One model only."""

    @field_validator("app_did")
    @classmethod
    def _is_alone(cls, app_did: str | None, info: ValidationInfo) -> str | None:
        if app_did and info.data.get("user_did"):
            raise ValueError("not together with userDid")
        return app_did

    def subject(self, by: Identity) -> Subject:
        """Raises Forbidden where the caller may not ask."""
        if self.everybody or self.app_did or self.user_did not in (None, by.did):
            by.require(VIEWERS)
        if self.app_did:
            scope = Scope.of_app(self.app_did)
        elif self.everybody and not self.user_did:
            scope = EVERYBODY
        else:
            scope = Scope.of_user(self.user_did or by.did)
        return Subject(scope, self.provider_id, self.model)


class MonthForecast(TypedDict):
    monthStart: int
    """Unix seconds: the first of this month, in the time zone."""
    monthEnd: int
    """Unix seconds at which the next month begins."""
    spent: Decimal
    """Credits since the month began."""
    unpricedCalls: int
    """How many calls cost more than is known."""
    forecast: ForecastBody | None
    """Null where there was no call in the four weeks before."""
    asOf: int
    """Unix seconds: every call that was counted before is in it."""


def month_forecast(reader: SpendingReader, query: ForecastQuery, by: Identity) -> MonthForecast:
    """As budgets are forecast. Raises Forbidden where the caller may not ask."""
    now = int(time.time())
    subject, month = query.subject(by), period_at(now, "month", query.zone)
    outlook = Outlook.of_subject(subject, query.zone, month, now)
    spending = reader.read([(subject, month), *outlook.spans()])
    spent = spending[subject, month]
    return {
        "monthStart": month.start,
        "monthEnd": month.end,
        "spent": spent.amount,
        "unpricedCalls": spent.unpriced,
        "forecast": forecast_body(outlook.forecast(spent.amount, spending)),
        "asOf": spent.read_at // 1000,
    }
