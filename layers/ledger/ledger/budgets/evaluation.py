"""The evaluation of budgets: what was spent of those whose counters have changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.budgets.book import BudgetBook
from ledger.budgets.spending import KeptSpending, SpendingReader
from ledger.budgets.standing import standings
from ledger.core.scopes import Scope


@dataclass(frozen=True)
class Evaluation:
    """Evaluates the budgets of `book`. To repeat it does no harm, nor that several do it at once."""

    book: BudgetBook
    reader: SpendingReader
    kept: KeptSpending

    def evaluate(self, changes: Iterable[Mapping[str, Any]]) -> None:
        """Read, and keep, what was spent of the budgets of those scopes whose live counters these changes are of."""
        found = standings(self.book.limits(_scopes(changes)), self.reader.read)
        self.kept.keep({standing.span: standing.spending for standing in found})


def _scopes(changes: Iterable[Mapping[str, Any]]) -> set[Scope]:
    """The scopes of the live counters among the items of the Counters table that were changed, not removed."""
    images = (change["dynamodb"].get("NewImage", {}) for change in changes)
    return {Scope.parse(image["view"]["S"]) for image in images if "view" in image}
