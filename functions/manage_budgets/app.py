"""PUT, GET and DELETE /api/admin/budgets: how much may be spent, by whom, in which time."""

from http import HTTPStatus
from typing import Annotated, Any, TypedDict

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.budgets.budget import BudgetInput
from ledger.budgets.budget_body import BudgetBody, body
from ledger.budgets.store import BudgetHistory, BudgetStore
from ledger.core.identity import ADMINISTRATORS, VIEWERS
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse

api = Api(ADMINISTRATORS, readers=VIEWERS)
store = BudgetStore(settings().registry_table)


class Budgets(TypedDict):
    budgets: list[BudgetBody]
    """By id."""


@api.put("/api/admin/budgets/<id>")
def put_budget(id: PathParameter, given: Annotated[BudgetInput, Body()]) -> JsonResponse[BudgetBody]:
    """Set a budget

    Replaces the budget with this id, which you choose. It is in force within a minute. What was spent in its present
    period counts, also before the budget was set.
    """
    return JsonResponse(body(store.put(id, given, api.identity, api.origin)))


@api.get("/api/admin/budgets")
def list_budgets() -> JsonResponse[Budgets]:
    """List the budgets"""
    return JsonResponse(Budgets(budgets=[body(budget) for budget in store.all()]))


@api.get("/api/admin/budgets/<id>")
def get_budget(id: PathParameter) -> JsonResponse[BudgetHistory]:
    """Get a budget, with who changed it and when

    A budget that was deleted is null, and its changes are still there.
    """
    return JsonResponse(store.history(id))


@api.delete("/api/admin/budgets/<id>", responses={HTTPStatus.NO_CONTENT: {"description": "The budget is deleted"}})
def delete_budget(id: PathParameter) -> JsonResponse[None]:
    """Delete a budget

    It is in force no more within a minute.
    """
    store.delete(id, api.identity)
    return JsonResponse(None, HTTPStatus.NO_CONTENT)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
