"""GET /api/user/model-calls/export: the calls that the filters leave, as a file."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.identity import READERS
from ledger.exports.query import ExportQuery
from ledger.exports.requests import ExportBody, Exporting, told
from ledger.http.api import Answer, Api, answer

api = Api(READERS)
exporting = Exporting.of(settings())


@api.get(
    "/api/user/model-calls/export",
    responses={
        HTTPStatus.OK: {"description": "It is ready; for who accepts application/json"},
        HTTPStatus.SEE_OTHER: {"description": "It is ready: `Location`"},
        HTTPStatus.ACCEPTED: {"description": "A job writes it: ask at `Location`, after `Retry-After` seconds"},
    },
)
def export_calls(query: Annotated[ExportQuery, Query()]) -> Answer[ExportBody]:
    """The calls of the log as a file

    All rows that the filters leave, in the log's order. The same request again answers with the same export while it is
    written.
    """
    body = told(exporting.ask(api.identity, query), exporting.job.bucket)
    accepts_json = APPLICATION_JSON in (api.current_event.headers.get("accept") or "")
    if "url" not in body:
        response = answer(body, HTTPStatus.ACCEPTED)
        response.headers |= {"Location": f"/api/user/exports/{body['exportId']}", "Retry-After": "2"}
    elif accepts_json:
        response = answer(body)
    else:
        response = answer(body, HTTPStatus.SEE_OTHER)
        response.headers |= {"Location": body["url"]}
    return response


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
