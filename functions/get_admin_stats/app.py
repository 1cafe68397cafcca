"""GET /api/user/admin/user-stats: the usage of everybody, of one user or of one app."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.calls.directory import Directory
from ledger.core.identity import VIEWERS
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse
from ledger.query.engine import QueryEngine
from ledger.statistics.answer_types import Stats
from ledger.statistics.archived_groups import GroupedUsage
from ledger.statistics.boards import BoardReader
from ledger.statistics.stats_query import AdminStatsQuery
from ledger.statistics.usage_stats import admin_stats
from ledger.usage.reader import UsageReader

api = Api(VIEWERS)
reader = UsageReader.of(settings())
boards = BoardReader(GroupedUsage(QueryEngine.of(settings())), Directory(settings().registry_table))


@api.get("/api/user/admin/user-stats")
def get_admin_stats(query: Annotated[AdminStatsQuery, Query()]) -> JsonResponse[Stats]:
    """The usage of everybody, of one user, of one app, or of one user in one app

    Returns the usage of a range: in total, by day, by model, and compared with the period of the same length before it.
    The usage of everybody also ranks the users and apps with the most credits.
    """
    stats = admin_stats(reader, query)
    return JsonResponse({**stats, **boards.read(query, api.time_left)} if query.is_everybody else stats)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
