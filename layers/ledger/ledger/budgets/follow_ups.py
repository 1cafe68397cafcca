"""What is said of an alert after it was raised: reminders while its threshold is reached, and that it is not any more.

All of it follows from the budget, from what is kept of its spending and from the clock, and is known by its id.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ledger.alerts.alert import Alert, Delivery
from ledger.alerts.store import AlertStore
from ledger.budgets.budget import Budget, Limit, Subject, Threshold
from ledger.budgets.evaluation import LISTED
from ledger.budgets.periods import Period
from ledger.budgets.spending import KeptSpending
from ledger.budgets.standing import Standing
from ledger.budgets.store import BudgetStore
from ledger.budgets.threshold_alert import name, spent_of, threshold_alert
from ledger.core.moments import HOUR, iso, unix
from ledger.core.scopes import EVERYBODY, Scope


@dataclass(frozen=True)
class Followed:
    """An open alert, its limit as it is now, the present period of that, and the threshold."""

    alert: Alert
    limit: Limit
    period: Period
    threshold: Threshold

    @property
    def is_over(self) -> bool:
        """Whether another period has begun."""
        return self.period.end != self.alert.data["resetsAt"]


@dataclass(frozen=True)
class FollowUps:
    """Follows the alerts that stay open. To repeat it does no harm.

    Budgets are read anew: an alert may be of one that others do not know yet.
    """

    budgets: BudgetStore
    kept: KeptSpending
    alerts: AlertStore

    def run(self) -> None:
        """Say what is to be said now. Alerts of what an administrator has changed meanwhile are closed."""
        now = int(time.time())
        open_alerts = list(self.alerts.open())
        budgets = {budget.id: budget for budget in self.budgets.all()} if open_alerts else {}
        followed = [one for alert in open_alerts if (one := self._followed(alert, budgets, now))]
        spending = self.kept.find({(one.limit.subject, one.period) for one in followed})
        for one in followed:
            found = spending.get((one.limit.subject, one.period))
            if one.is_over:
                self._resolve(
                    one, f"{name(one.limit)} has begun anew, {one.threshold.percent} % or more had been reached", {}
                )
            elif found and one.threshold.of == "actual":
                self._follow(one, Standing(one.limit, one.period, found), now)

    def _followed(self, alert: Alert, budgets: Mapping[str, Budget], now: int) -> Followed | None:
        budget = budgets.get(alert.data["budgetId"])
        limit = budget and budget.limit(_subject(alert.data).scope)
        threshold = Threshold.model_validate(alert.data["threshold"])
        if limit is None or limit.subject != _subject(alert.data) or threshold not in limit.budget.given.thresholds:
            self.alerts.close(alert)
            return None
        return Followed(alert, limit, limit.budget.period_at(now), threshold)

    def _follow(self, one: Followed, standing: Standing, now: int) -> None:
        limit = one.limit
        if not standing.has_reached(one.threshold):
            text = f"{spent_of(standing)}, less than {one.threshold.percent} % again"
            self._resolve(
                one, text, {"spent": standing.spending.amount, "amount": limit.amount, "asOf": standing.as_of}
            )
        elif limit.amount != one.alert.data["amount"]:
            self.alerts.close(one.alert)  # one about the new amount is raised
        elif hours := limit.budget.given.remind_after_hours:
            times = int(now - unix(one.alert.raised_at)) // (hours * HOUR)
            if times:
                again = threshold_alert(standing, one.threshold)
                reminder = replace(again, id=f"{again.id}-{times}", type="budget.thresholdReminder")
                self._raise(reminder, one)

    def _resolve(self, one: Followed, text: str, data: Mapping[str, Any]) -> None:
        if one.limit.budget.given.tell_resolved:
            resolved = Alert(
                id=f"{one.alert.id}-resolved",
                type="budget.thresholdResolved",
                raised_at=iso(time.time()),
                text=f"{text}.",
                data={**one.alert.data, **data},
                deliveries=tuple(Delivery(channel) for channel in one.limit.budget.given.channels),
            )
            self._raise(resolved, one)
        self.alerts.close(one.alert)

    def _raise(self, alert: Alert, one: Followed) -> None:
        self.alerts.raise_once(alert, one.period.end + LISTED)


def _subject(data: Mapping[str, Any]) -> Subject:
    """What an alert says that it is about."""
    match data:
        case {"userDid": str(did)}:
            scope = Scope.of_user(did)
        case {"appDid": str(did)}:
            scope = Scope.of_app(did)
        case _:
            scope = EVERYBODY
    return Subject(scope, data["providerId"] or "", data["model"] or "", data["unit"])
