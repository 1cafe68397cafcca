"""GET /api/budgets, /api/usage/quota and /api/usage/forecast: how budgets stand, and what a month will cost."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.budgets.aigne_quota import QuotaBody, quota
from ledger.budgets.book import BudgetBook
from ledger.budgets.month_forecast import ForecastQuery, MonthForecast, month_forecast
from ledger.budgets.queries import BudgetsQuery
from ledger.budgets.spending import SpendingReader
from ledger.budgets.status import BudgetsPage, budgets_page
from ledger.budgets.store import BudgetStore
from ledger.core.identity import READERS
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse

api = Api(READERS)
book = BudgetBook(BudgetStore(settings().registry_table))
reader = SpendingReader.of(settings())


@api.get("/api/budgets")
def get_budgets(query: Annotated[BudgetsQuery, Query()]) -> JsonResponse[BudgetsPage]:
    """How budgets stand

    Returns your own budgets, or those of a user or an app, or with `allUsers` all that are not one for each user or
    app: what was spent and remains, what is expected, and when they run out.
    """
    return JsonResponse(budgets_page(book, reader, query, api.identity))


@api.get("/api/usage/quota")
def get_quota() -> JsonResponse[QuotaBody]:
    """Your own budget, in the shape of AIGNE Hub

    Of your budgets of all models, the one of which the least remains.
    """
    return JsonResponse(quota(book, reader, api.identity.did))


@api.get("/api/usage/forecast")
def get_forecast(query: Annotated[ForecastQuery, Query()]) -> JsonResponse[MonthForecast]:
    """What this month will cost

    Credits at the end of the present month of a time zone, if its rest is like the same weekdays and hours of the last
    four weeks: your own, or those of a user, an app or, with `allUsers`, everybody.
    """
    return JsonResponse(month_forecast(reader, query, api.identity))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
