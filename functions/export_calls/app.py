"""GET /api/user/model-calls/export: the calls that match the filters, as a file."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.content_types import APPLICATION_JSON
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.invocations import invoke_async
from ledger.aws.settings import settings
from ledger.core.identity import READERS
from ledger.exports.job import ExportBody
from ledger.exports.query import ExportQuery
from ledger.exports.starter import ExportStarter
from ledger.http.api import Api
from ledger.http.file_response import FileResponse
from ledger.http.json_response import JsonResponse

api = Api(READERS)
starter = ExportStarter.of(settings())


@api.get(
    "/api/user/model-calls/export",
    responses={
        HTTPStatus.OK: {"description": "The export is ready, and the client accepts application/json"},
        HTTPStatus.SEE_OTHER: {
            "description": "The export is ready: the file is at `Location`, and up to 5 MB of CSV also the body"
        },
        HTTPStatus.ACCEPTED: {"description": "It is being written: ask at `Location` after `Retry-After` seconds"},
    },
)
def export_calls(query: Annotated[ExportQuery, Query()]) -> JsonResponse[ExportBody] | FileResponse:
    """Export the call log as a file

    All calls that match the filters, in the order of the log. Repeating the request while the export is being written
    returns the same export.
    """
    export, needs_worker = starter.start(api.identity, query)
    if needs_worker:
        invoke_async(settings().write_export_function, id=export.id)
    body = export.body(starter.worker.bucket)
    accepts_json = APPLICATION_JSON in (api.current_event.headers.get("accept") or "")
    if "url" not in body:
        response = JsonResponse(body, HTTPStatus.ACCEPTED)
        response.headers |= {"Location": f"/api/user/exports/{body['exportId']}", "Retry-After": "2"}
    elif accepts_json:
        response = JsonResponse(body)
    elif text := export.text(starter.worker.bucket):
        response = FileResponse(text, export.content_type, export.filename, body["url"])
    else:
        response = JsonResponse(body, HTTPStatus.SEE_OTHER)
        response.headers |= {"Location": body["url"]}
    return response


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
