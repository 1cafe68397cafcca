"""GET /api/user/usage-stats: what the asking user has used."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aggregates.counters_table import CounterTable
from ledger.aws.settings import settings
from ledger.calls.calls_table import Calls
from ledger.core.identity import READERS
from ledger.http.api import Answer, Api, answer
from ledger.statistics.answer_types import Stats
from ledger.statistics.stats_query import StatsQuery
from ledger.statistics.usage_stats import user_stats
from ledger.usage.reader import UsageReader

api = Api(READERS)
reader = UsageReader(Calls.of(settings()), CounterTable.of(settings()))


@api.get("/api/user/usage-stats")
def get_usage_stats(query: Annotated[StatsQuery, Query()]) -> Answer[Stats]:
    """Your own usage

    What was used in a range: in all, by day, by model, and beside the period of the same length before it.
    Statistics keep calls that have left the log; in that far past a range begins and ends at full quarter hours.
    """
    return answer(user_stats(reader, api.identity.did, query))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
