"""POST, GET and DELETE /api/admin/keys: the API keys of gateways and scripts."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.access import api_keys
from ledger.aws.settings import settings
from ledger.core.identity import ADMINISTRATORS
from ledger.http.api import Answer, Api, PathName, answer

api = Api(ADMINISTRATORS)
table = settings().registry_table


@api.post("/api/admin/keys", responses={HTTPStatus.CREATED: {"description": "The key, with its secret this once"}})
def create_key(request: Annotated[api_keys.KeyRequest, Body()]) -> Answer[api_keys.NewApiKey]:
    """Make an API key

    For a gateway or a script. Only an owner makes an owner's.
    """
    return answer(api_keys.create(table, request, api.identity), HTTPStatus.CREATED)


@api.get("/api/admin/keys")
def list_keys() -> Answer[api_keys.ApiKeys]:
    """List the API keys, without their secrets"""
    return answer(api_keys.ApiKeys(keys=api_keys.existing(table)))


@api.delete("/api/admin/keys/<id>", responses={HTTPStatus.NO_CONTENT: {"description": "It is revoked"}})
def revoke_key(id: PathName) -> Answer[None]:
    """Revoke an API key

    It is refused within a minute.
    """
    api_keys.revoke(table, id)
    return answer(None, HTTPStatus.NO_CONTENT)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
