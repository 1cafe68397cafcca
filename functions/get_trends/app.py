"""GET /api/usage/trends: usage over time, and what it is made of."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.calls import Calls
from ledger.counter_table import CounterTable
from ledger.http import Api, answer
from ledger.identity import READERS
from ledger.registry import Registry
from ledger.settings import settings
from ledger.trends import trends
from ledger.usage import UsageReader
from ledger.usage_queries import TrendsQuery

api = Api(READERS)
reader = UsageReader(Calls.of(settings()), CounterTable.of(settings()))
registry = Registry(settings().registry_table)


@api.get("/api/usage/trends")
def get_trends(query: Annotated[TrendsQuery, Query()]) -> Response[str]:
    return answer(trends(reader, registry, api.identity, query))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
