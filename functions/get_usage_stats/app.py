"""GET /api/user/usage-stats: what the asking user has used."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.calls import Calls
from ledger.counter_table import CounterTable
from ledger.http import Answer, Api, answer
from ledger.identity import READERS
from ledger.queries import StatsQuery
from ledger.settings import settings
from ledger.statistics import user_stats
from ledger.stats_shapes import Stats
from ledger.usage import UsageReader

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
