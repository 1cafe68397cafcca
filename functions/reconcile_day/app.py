"""GET /api/admin/reconcile: whether the counters of a day equal its calls."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.calls import Calls
from ledger.counter_table import CounterTable
from ledger.http import Answer, Api, answer
from ledger.identity import ADMINISTRATORS
from ledger.queries import DayQuery
from ledger.reconciliation import Reconciliation, reconcile
from ledger.settings import settings

api = Api(ADMINISTRATORS)
calls = Calls.of(settings())
counters = CounterTable.of(settings())


@api.get("/api/admin/reconcile")
def reconcile_day(query: Annotated[DayQuery, Query()]) -> Answer[Reconciliation]:
    """Compare the counters of a UTC day with its calls

    Nothing is changed. No difference is the normal state; calls of the last seconds may not be counted yet.
    """
    return answer(reconcile(calls, counters, query.day.isoformat()))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
