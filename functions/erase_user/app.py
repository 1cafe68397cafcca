"""POST /api/admin/erasures begins to erase a user; GET /api/admin/erasures/{id} shows how far that has come."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.invocations import invoke_async
from ledger.aws.settings import settings
from ledger.core.errors import NotFound
from ledger.core.identity import ADMINISTRATORS, VIEWERS
from ledger.erasure.job import ErasureBody, ErasureRequest
from ledger.erasure.store import ErasureStore
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse

api = Api(ADMINISTRATORS, readers=VIEWERS)
store = ErasureStore(settings().registry_table)
logger = Logger()


@api.post(
    "/api/admin/erasures",
    responses={HTTPStatus.ACCEPTED: {"description": "The user is being erased: ask at `Location`"}},
)
def erase_user(request: Annotated[ErasureRequest, Body()]) -> JsonResponse[ErasureBody]:
    """Erase a user

    Their calls are removed in the background, and with them the statistics; so are their details, API keys and exports.
    """
    erasure = store.begin(request.user_did)
    logger.info("A user is to be erased", did=request.user_did, by=api.identity.did, erasureId=erasure.id)
    invoke_async(settings().erase_calls_function, id=erasure.id)
    response = JsonResponse(erasure.body(), HTTPStatus.ACCEPTED)
    response.headers["Location"] = f"/api/admin/erasures/{erasure.id}"
    return response


@api.get("/api/admin/erasures/<id>")
def get_erasure(id: PathParameter) -> JsonResponse[ErasureBody]:
    """Get the progress of an erasure"""
    erasure = store.find(id)
    if erasure is None:
        raise NotFound("no such erasure; erasures are remembered for 90 days")
    return JsonResponse(erasure.body())


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
