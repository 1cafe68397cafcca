"""POST, GET and DELETE /api/admin/keys: the API keys of gateways and scripts."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger import api_keys
from ledger.http import Api, PathName, answer
from ledger.identity import ADMINISTRATORS
from ledger.settings import settings

api = Api(ADMINISTRATORS)
table = settings().registry_table


@api.post("/api/admin/keys")
def create_key(request: Annotated[api_keys.KeyRequest, Body()]) -> Response[str]:
    return answer(api_keys.create(table, request, api.identity), HTTPStatus.CREATED)


@api.get("/api/admin/keys")
def list_keys() -> Response[str]:
    return answer({"keys": api_keys.existing(table)})


@api.delete("/api/admin/keys/<key_id>")
def revoke_key(key_id: PathName) -> Response[str]:
    api_keys.revoke(table, key_id)
    return Response(HTTPStatus.NO_CONTENT.value, body="")


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
