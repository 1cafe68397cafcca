"""The evaluation of budgets: what was spent of those whose counters have changed, and which thresholds it reached."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.alerts.store import AlertStore
from ledger.budgets.anomaly import Anomalies, Watch
from ledger.budgets.anomaly_alert import anomaly_alert
from ledger.budgets.book import BudgetBook
from ledger.budgets.budget import Limit
from ledger.budgets.spending import KeptSpending, Span, Spending, SpendingReader
from ledger.budgets.standing import Standing, standings
from ledger.budgets.status import statuses
from ledger.budgets.threshold_alert import threshold_alert
from ledger.core.moments import DAY
from ledger.core.scopes import Scope

FORECAST_AGAIN = 300
"""Seconds after which a limit with thresholds of its forecast is forecast again: that reads four weeks."""
LISTED = 90 * DAY
"""Seconds after the end of a period for which its alerts are kept."""
MOST_KNOWN = 10_000


@dataclass(frozen=True)
class Evaluation:
    """Evaluates the budgets of `book`. To repeat it does no harm, nor that several do it at once."""

    book: BudgetBook
    reader: SpendingReader
    kept: KeptSpending
    alerts: AlertStore
    anomalies: Anomalies
    _forecast_at: dict[Span, float] = field(default_factory=dict[Span, float])

    def evaluate(self, changes: Iterable[Mapping[str, Any]]) -> None:
        """Read, and keep, what was spent of the budgets of those scopes whose live counters these changes are of.

        A threshold that is reached is alerted, and so is an anomaly. Nothing is forgotten before that: a batch that
        fails comes again.
        """
        limits = self.book.limits(_scopes(changes))
        watched = [watch for limit in limits if (watch := Watch.of(limit, int(time.time())))]
        spending: dict[Span, Spending] = {}

        def read(spans: set[Span]) -> Mapping[Span, Spending]:
            spending.update(self.reader.read(spans | {watch.span for watch in watched}))
            return spending

        found = standings(limits, read)
        self.kept.keep({standing.span: standing.spending for standing in found})
        now = time.time()
        forecast = statuses(self.reader, self._to_forecast(found, now))
        for standing in [*found, *forecast]:
            self._alert(standing)
        for anomaly in self.anomalies.find(watched, spending):
            self.alerts.raise_once(anomaly_alert(anomaly), anomaly.watch.bucket.end + LISTED)
        self._forecast_at.update((status.span, now) for status in forecast)

    def _to_forecast(self, found: Sequence[Standing], now: float) -> list[Limit]:
        """The limits that are due to be forecast."""
        if len(self._forecast_at) > MOST_KNOWN:
            self._forecast_at.clear()
        return [
            standing.limit
            for standing in found
            if any(threshold.of == "forecast" for threshold in standing.limit.budget.given.thresholds)
            and now - self._forecast_at.get(standing.span, 0) >= FORECAST_AGAIN
        ]

    def _alert(self, standing: Standing) -> None:
        given = standing.limit.budget.given
        stays_open = given.tell_resolved or given.remind_after_hours is not None
        for threshold in given.thresholds:
            if standing.has_reached(threshold):
                alert = threshold_alert(standing, threshold)
                self.alerts.raise_once(alert, standing.period.end + LISTED, stays_open=stays_open)


def _scopes(changes: Iterable[Mapping[str, Any]]) -> set[Scope]:
    """The scopes of the live counters among the items of the Counters table that were changed, not removed."""
    images = (change["dynamodb"].get("NewImage", {}) for change in changes)
    return {Scope.parse(image["view"]["S"]) for image in images if "view" in image}
