"""GET /api/user/model-calls and /api/usage/projects/calls: the call log, page by page, of everything or of an app."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.secrets import get_secret
from ledger.aws.settings import settings
from ledger.call_log.log import CallLog, CallsPage, ProjectCallsPage
from ledger.call_log.query import CallsQuery, ProjectCallsQuery
from ledger.core.identity import READERS
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse

api = Api(READERS)
log = CallLog.of(settings())


@api.get("/api/user/model-calls")
def list_calls(query: Annotated[CallsQuery, Query()]) -> JsonResponse[CallsPage]:
    """The call log, newest first

    Returns your own calls, or with `allUsers` everybody's. `nextToken` continues after the last call of a page, no
    matter what was recorded in the meantime.
    """
    return JsonResponse(log.page(api.identity, query, get_secret(settings().cursor_secret_arn)))


@api.get("/api/usage/projects/calls")
def list_project_calls(query: Annotated[ProjectCallsQuery, Query()]) -> JsonResponse[ProjectCallsPage]:
    """The calls of one app, newest first

    Returns your own calls of the app `appDid` in the last 30 days, or in another range, or with `allUsers` everybody's.
    """
    return JsonResponse(log.project_page(api.identity, query, get_secret(settings().cursor_secret_arn)))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
