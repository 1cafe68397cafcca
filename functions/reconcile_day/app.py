"""GET /api/admin/reconcile: compares the counters of a day with its calls."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.reconciliation import DayQuery, Reconciliation, reconcile
from ledger.aws.settings import settings
from ledger.calls.calls_table import Calls
from ledger.core.identity import VIEWERS
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse

api = Api(VIEWERS)
calls = Calls.of(settings())
counters = CounterTable.of(settings())


@api.get("/api/admin/reconcile")
def reconcile_day(query: Annotated[DayQuery, Query()]) -> JsonResponse[Reconciliation]:
    """Compare the counters of a UTC day with its calls

    Changes nothing. Normally there is no difference; calls of the last seconds may not be counted yet.
    """
    return JsonResponse(reconcile(calls, counters, query.day.isoformat()))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
