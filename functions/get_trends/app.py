"""GET /api/usage/trends: usage over time, and what it is made of."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.calls import Calls
from ledger.counter_table import CounterTable
from ledger.http import Answer, Api, answer
from ledger.identity import READERS
from ledger.registry import Registry
from ledger.settings import settings
from ledger.trends import trends
from ledger.trends_body import Trends
from ledger.usage import UsageReader
from ledger.usage_queries import TrendsQuery

api = Api(READERS)
reader = UsageReader(Calls.of(settings()), CounterTable.of(settings()))
registry = Registry(settings().registry_table)


@api.get("/api/usage/trends")
def get_trends(query: Annotated[TrendsQuery, Query()]) -> Answer[Trends]:
    """Usage over time, and what it is made of

    By the hour or day, told apart by model, provider, type, app or user, and beside the period of the same length
    before. Your own, or with `allUsers` everybody's.
    """
    return answer(trends(reader, registry, api.identity, query))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
