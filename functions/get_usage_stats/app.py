"""GET /api/user/usage-stats: the caller's own usage."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.identity import READERS
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse
from ledger.statistics.answer_types import Stats
from ledger.statistics.stats_query import StatsQuery
from ledger.statistics.usage_stats import user_stats
from ledger.usage.reader import UsageReader

api = Api(READERS)
reader = UsageReader.of(settings())


@api.get("/api/user/usage-stats")
def get_usage_stats(query: Annotated[StatsQuery, Query()]) -> JsonResponse[Stats]:
    """Your own usage

    Returns the usage of a range: in total, by day, by model, and compared with the period of the same length before it.
    Statistics include calls that have expired from the log. For those, a range begins and ends on a quarter hour.
    """
    return JsonResponse(user_stats(reader, api.identity.did, query))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
