"""DELETE /api/admin/users/{did} and GET /api/admin/erasures/{id}: a user is erased in the background, and how far."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws import invocations
from ledger.aws.settings import settings
from ledger.core.errors import NotFound
from ledger.core.identity import ADMINISTRATORS
from ledger.erasure.store import ErasureBody, Erasures
from ledger.http.api import Answer, Api, PathName, answer

api = Api(ADMINISTRATORS)
erasures = Erasures(settings().registry_table)
logger = Logger()


@api.delete("/api/admin/users/<did>", responses={HTTPStatus.ACCEPTED: {"description": "It is under way: `Location`"}})
def erase_user(did: PathName) -> Answer[ErasureBody]:
    """Erase a user

    Their calls are removed in the background, and counted away; their details and API keys are forgotten.
    """
    erasure = erasures.begin(did)
    logger.info("A user is to be erased", did=did, by=api.identity.did, erasureId=erasure.id)
    invocations.invoke_async(settings().erase_calls_function, erasureId=erasure.id)
    response = answer(erasure.to_json(), HTTPStatus.ACCEPTED)
    response.headers["Location"] = f"/api/admin/erasures/{erasure.id}"
    return response


@api.get("/api/admin/erasures/<id>")
def get_erasure(id: PathName) -> Answer[ErasureBody]:
    """How far an erasure is"""
    erasure = erasures.find(id)
    if erasure is None:
        raise NotFound("no such erasure, or it is forgotten")
    return answer(erasure.to_json())


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
