"""Whether a gateway may make a call: what is left of every budget that the call would count for."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypedDict

from aws_lambda_powertools import Logger

from ledger.aws.retries import REQUEST_ERRORS
from ledger.budgets.book import BudgetBook
from ledger.budgets.budget import Unit
from ledger.budgets.queries import CheckQuery
from ledger.budgets.spending import KeptSpending, Span, Spending, SpendingReader
from ledger.budgets.standing import Standing, standings

REMEMBERED = 5
"""Seconds for which a gateway may keep an answer."""
SURE = 60
"""Seconds for which what is kept counts as what is spent, unless it is evaluated again: what the evaluation misses, if
anything, is found by then."""

type Reason = Literal["noBudget", "withinBudget", "budgetReached", "unknown"]

logger = Logger()


class CheckedBudget(TypedDict):
    id: str
    name: str


class BudgetCheck(TypedDict):
    """Whether a call may be made now."""

    allowed: bool
    reason: Reason
    """`unknown` where the ledger could not read what was spent: then `onFailure` decides."""
    budget: CheckedBudget | None
    """The budget that is reached, the one that resets last; else the one of which the smallest share remains."""
    remaining: Decimal | None
    """What remains of that budget; null where there is none."""
    unit: Unit | None
    """Of what remains."""
    resetsAt: int | None
    """Unix seconds at which its next period begins; null where there is none."""
    asOf: int | None
    """Unix seconds: every call that was counted before is in it."""


@dataclass(frozen=True)
class BudgetChecks:
    """Checks calls against the budgets of `book`, by what the evaluation keeps seconds after calls are counted."""

    book: BudgetBook
    reader: SpendingReader
    kept: KeptSpending

    def check(self, query: CheckQuery) -> BudgetCheck:
        """Whether a call may be made. It may as long as no budget that it would count for is spent."""
        try:
            return self._check(query)
        except REQUEST_ERRORS:
            logger.exception("What was spent can't be read", extra={"answered": query.on_failure})
            return _answer(allowed=query.on_failure == "allow", reason="unknown")

    def _check(self, query: CheckQuery) -> BudgetCheck:
        limits = [limit for limit in self.book.limits(query.scopes) if limit.is_about(query.provider_ids, query.model)]
        found = standings(limits, self._spending)
        if not found:
            return _answer(allowed=True, reason="noBudget")
        spent = [standing for standing in found if standing.is_spent]
        if spent:
            return _answer(
                allowed=False, reason="budgetReached", of=max(spent, key=lambda standing: standing.period.end)
            )
        least = min(found, key=lambda standing: standing.remaining_share)
        return _answer(allowed=True, reason="withinBudget", of=least)

    def _spending(self, spans: set[Span]) -> dict[Span, Spending]:
        """What is kept; what is not, as nothing was spent of it lately, is read and kept for the next check."""
        oldest = (time.time() - SURE) * 1000
        found = {span: spending for span, spending in self.kept.find(spans).items() if spending.read_at >= oldest}
        if stale := spans - found.keys():
            read = self.reader.read(stale)
            self.kept.keep(read)
            found |= read
        return found


def _answer(*, allowed: bool, reason: Reason, of: Standing | None = None) -> BudgetCheck:
    return {
        "allowed": allowed,
        "reason": reason,
        "budget": {"id": of.limit.budget.id, "name": of.limit.budget.given.name} if of else None,
        "remaining": of.remaining if of else None,
        "unit": of.limit.subject.unit if of else None,
        "resetsAt": of.period.end if of else None,
        "asOf": of.as_of if of else None,
    }
