"""A budget as the API shows it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypedDict

from ledger.budgets.budget import AnomalyBucket, Basis, Budget, Each, Unit
from ledger.budgets.periods import PeriodKind


class ThresholdBody(TypedDict):
    percent: int
    of: Basis


class BudgetBody(TypedDict):
    """A budget as the API shows it."""

    id: str
    name: str
    userDid: str | None
    appDid: str | None
    each: Each | None
    providerId: str | None
    model: str | None
    amount: Decimal
    """What may be spent in a period."""
    unit: Unit
    exceptions: Mapping[str, Decimal]
    """Other amounts, by the did of a user or an app."""
    period: PeriodKind
    days: int | None
    """Of a rolling period."""
    timezone: str
    thresholds: list[ThresholdBody]
    channels: list[str]
    remindAfterHours: int | None
    tellResolved: bool
    anomalies: AnomalyBucket | None
    updatedAt: str
    """ISO 8601."""
    updatedBy: str
    """The did of the administrator who set it."""


def body(budget: Budget) -> BudgetBody:
    given = budget.given
    return {
        "id": budget.id,
        "name": given.name,
        "userDid": given.user_did,
        "appDid": given.app_did,
        "each": given.each,
        "providerId": given.provider_id,
        "model": given.model,
        "amount": given.amount,
        "unit": given.unit,
        "exceptions": given.exceptions,
        "period": given.period,
        "days": given.days,
        "timezone": given.timezone,
        "thresholds": [{"percent": threshold.percent, "of": threshold.of} for threshold in given.thresholds],
        "channels": given.channels,
        "remindAfterHours": given.remind_after_hours,
        "tellResolved": given.tell_resolved,
        "anomalies": given.anomalies,
        "updatedAt": budget.updated_at,
        "updatedBy": budget.updated_by,
    }
