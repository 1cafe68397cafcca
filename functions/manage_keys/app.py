"""POST, GET and DELETE /api/admin/keys: the API keys of gateways and scripts."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.access import api_keys
from ledger.aws.settings import settings
from ledger.core.identity import ADMINISTRATORS, VIEWERS
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse

api = Api(ADMINISTRATORS, readers=VIEWERS)
table = settings().registry_table


@api.post(
    "/api/admin/keys",
    responses={HTTPStatus.CREATED: {"description": "The key, with its secret this once"}},
)
def create_key(request: Annotated[api_keys.KeyRequest, Body()]) -> JsonResponse[api_keys.NewApiKey]:
    """Create an API key

    The key is for a gateway or a script. Only an owner can create a key with the role of an owner.
    """
    return JsonResponse(api_keys.create(table, request, api.identity), HTTPStatus.CREATED)


@api.get("/api/admin/keys")
def list_keys() -> JsonResponse[api_keys.ApiKeys]:
    """List the API keys, without their secrets"""
    return JsonResponse(api_keys.ApiKeys(keys=api_keys.existing(table)))


@api.delete("/api/admin/keys/<id>", responses={HTTPStatus.NO_CONTENT: {"description": "The key is revoked"}})
def revoke_key(id: PathParameter) -> JsonResponse[None]:
    """Revoke an API key

    Requests with the key are refused within a minute.
    """
    api_keys.revoke(table, id)
    return JsonResponse(None, HTTPStatus.NO_CONTENT)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
