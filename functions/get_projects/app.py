"""GET /api/usage/projects, …/group-trends and …/trends: the apps that were used, and their usage over time."""

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
from ledger.statistics.projects import (
    Projects,
    ProjectTrend,
    ProjectTrends,
    project_trend,
    project_trends,
    projects,
)
from ledger.statistics.usage_query import ProjectsQuery, UsageQuery
from ledger.usage.reader import UsageReader

api = Api(READERS)
reader = UsageReader.of(settings())
archive = GroupedUsage(QueryEngine.of(settings()))
directory = Directory(settings().registry_table)


@api.get("/api/usage/projects")
def get_projects(query: Annotated[ProjectsQuery, Query()]) -> JsonResponse[Projects]:
    """The apps that were used, page by page

    Returns your own usage of each app, or with `allUsers` everybody's.
    """
    return JsonResponse(projects(reader, archive, directory, api.identity, query, api.time_left))


@api.get("/api/usage/projects/group-trends")
def get_project_trends(query: Annotated[UsageQuery, Query()]) -> JsonResponse[ProjectTrends]:
    """The usage of the most used apps over time

    Returns your own usage of each app in each hour or day, or with `allUsers` everybody's.
    """
    return JsonResponse(project_trends(reader, archive, directory, api.identity, query, api.time_left))


@api.get("/api/usage/projects/trends")
def get_project_trend(query: Annotated[UsageQuery, Query()]) -> JsonResponse[ProjectTrend]:
    """The usage of one app over time

    Returns your own usage of the app `appDid` in each hour or day, or with `allUsers` everybody's.
    """
    return JsonResponse(project_trend(reader, directory, api.identity, query))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
