"""GET /api/budgets/check: whether a gateway may make a call."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.budgets.book import BudgetBook
from ledger.budgets.check import REMEMBERED, BudgetCheck, BudgetChecks
from ledger.budgets.queries import CheckQuery
from ledger.budgets.spending import KeptSpending, SpendingReader
from ledger.budgets.store import BudgetStore
from ledger.core.identity import VIEWERS, Role
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse

api = Api(VIEWERS | {Role.RECORDER})
checks = BudgetChecks(
    BudgetBook(BudgetStore(settings().registry_table)),
    SpendingReader.of(settings()),
    KeptSpending(settings().counters_table),
)


@api.get("/api/budgets/check")
def check_budget(query: Annotated[CheckQuery, Query()]) -> JsonResponse[BudgetCheck]:
    """Say whether a call may be made

    A gateway asks before it makes a call. It may be made as long as no budget that it would count for is spent. What
    other calls cost is known some seconds after they end, so a budget may be exceeded by what is under way.
    """
    response = JsonResponse(checks.check(query))
    response.headers["Cache-Control"] = f"private, max-age={REMEMBERED}"
    return response


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
