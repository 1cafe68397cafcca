"""GET /api/usage/trends: usage over time, by model, provider, type, app or user."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.calls.directory import Directory
from ledger.core.identity import READERS
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse
from ledger.query.engine import QueryEngine
from ledger.statistics.archived_groups import GroupedUsage
from ledger.statistics.trend_answers import Trends
from ledger.statistics.trends import trends
from ledger.statistics.usage_query import TrendsQuery
from ledger.usage.reader import UsageReader

api = Api(READERS)
reader = UsageReader.of(settings())
archive = GroupedUsage(QueryEngine.of(settings()))
directory = Directory(settings().registry_table)


@api.get("/api/usage/trends")
def get_trends(query: Annotated[TrendsQuery, Query()]) -> JsonResponse[Trends]:
    """Usage over time

    Returns the usage of each hour or day, grouped by model, provider, type, app or user, and compared with the period
    of the same length before. It is your own usage, or with `allUsers` everybody's. As in AIGNE Hub, those who may read
    everybody's get that without asking: they read their own with `allUsers=false`.
    """
    return JsonResponse(trends(reader, archive, directory, api.identity, query, api.time_left))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
