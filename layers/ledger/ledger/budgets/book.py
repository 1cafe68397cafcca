"""All budgets, as they were at most a minute ago, and the limits that they are for somebody."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from aws_lambda_powertools import Logger

from ledger.aws import retries
from ledger.budgets.budget import Budget, Limit
from ledger.budgets.store import BudgetStore
from ledger.core.scopes import Scope

MAX_AGE = 60
"""Seconds for which budgets are used before they are read again."""

logger = Logger()


@dataclass(frozen=True)
class BudgetBook:
    """The budgets of the Registry table. Every method raises one of retries.REQUEST_ERRORS if they never were read."""

    store: BudgetStore
    _cached: list[tuple[float, Sequence[Budget]]] = field(default_factory=list[tuple[float, Sequence[Budget]]])

    def budgets(self) -> Sequence[Budget]:
        """The budgets of this minute, by id, or the last ones known while the Registry table can't be read."""
        if not self._cached or time.time() - self._cached[0][0] > MAX_AGE:
            try:
                self._cached[:] = [(time.time(), self.store.all())]
            except retries.REQUEST_ERRORS:
                if not self._cached:
                    raise
                logger.warning("The budgets can't be read: the last ones known are used", exc_info=True)
        return self._cached[0][1]

    def limits(self, scopes: Collection[Scope]) -> list[Limit]:
        """The limits of these scopes, in the order of the budgets' ids."""
        budgets = self.budgets()
        return [limit for budget in budgets for scope in scopes if (limit := budget.limit(scope))]
