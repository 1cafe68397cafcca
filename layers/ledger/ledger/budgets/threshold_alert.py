"""The alert that a threshold of a limit is reached, once in each of its periods."""

import time
from datetime import datetime

from ledger.alerts.alert import Alert, Delivery
from ledger.alerts.comparison import Comparison
from ledger.budgets.budget import Limit, Threshold
from ledger.budgets.standing import Standing
from ledger.core import keys
from ledger.core.exact_json import plain
from ledger.core.moments import iso


def threshold_alert(standing: Standing, threshold: Threshold) -> Alert:
    """The alert to be raised once a threshold is reached. It has the same id whenever it is reached in a period.

    Another amount is another threshold: whoever raises a budget is told again.
    """
    limit, budget = standing.limit, standing.limit.budget
    amount = standing.expected(threshold.of)
    digest = keys.digest(
        budget.id,
        *map(str, limit.subject),
        str(standing.period.end),
        str(threshold.percent),
        threshold.of,
        plain(limit.amount),
    )
    return Alert(
        id=f"{standing.period.start}-{digest}",
        type="budget.thresholdReached",
        raised_at=iso(time.time()),
        text=_text(standing, threshold),
        data={
            **about(limit),
            "threshold": {"percent": threshold.percent, "of": threshold.of},
            "amount": limit.amount,
            "spent": standing.spending.amount,
            "expected": amount if threshold.of == "forecast" else None,
            "atLeast": standing.spending.unpriced > 0,
            "periodStart": standing.period.start,
            "resetsAt": standing.period.end,
            "asOf": standing.as_of,
        },
        deliveries=tuple(Delivery(channel) for channel in budget.given.channels),
        compared=_compared(standing),
    )


def _compared(standing: Standing) -> Comparison:
    """The period as far as it has gone, beside as much of the one before it."""
    budget, period = standing.limit.budget, standing.period
    before = budget.period_at(period.start - 1)
    end = min(standing.as_of + 1, period.end)
    return Comparison(
        start=period.start,
        end=end,
        previous_start=before.start,
        previous_end=min(before.start + end - period.start, before.end),
        timezone=budget.given.timezone,
        selected=standing.limit.subject.selected,
        origin=budget.origin,
    )


def _text(standing: Standing, threshold: Threshold) -> str:
    """One sentence for people: Each user (alice): at least 41.2 of 50 credits are spent, 80 % or more, until …"""
    resets_at = datetime.fromtimestamp(standing.period.end, standing.limit.budget.zone).isoformat(timespec="minutes")
    said = spent_of(standing)
    if threshold.of == "forecast":
        said += f", and {plain(standing.expected(threshold.of))} are expected"
    return f"{said}, {threshold.percent} % or more, before it begins anew at {resets_at}."


def spent_of(standing: Standing) -> str:
    """Each user (alice): at least 41.2 of 50 credits are spent"""
    limit, spending = standing.limit, standing.spending
    at_least = "at least " if spending.unpriced else ""
    amounts = f"{at_least}{plain(spending.amount)} of {plain(limit.amount)} {limit.budget.given.words}"
    return f"{name(limit)}: {amounts} are spent"


def name(limit: Limit) -> str:
    """What people call a limit: Each user (alice)."""
    did = limit.subject.scope.did
    return f"{limit.budget.given.name} ({did})" if did else limit.budget.given.name


def about(limit: Limit) -> dict[str, str | None]:
    """What an alert's data says of the limit that it is about."""
    scope, provider_id, model, unit = limit.subject
    return {
        "budgetId": limit.budget.id,
        "name": limit.budget.given.name,
        "userDid": scope.did if scope.kind == "user" else None,
        "appDid": scope.did if scope.kind == "app" else None,
        "providerId": provider_id or None,
        "model": model or None,
        "unit": unit,
    }
