"""GET /api/user/me: the caller, as the credentials identify them."""

from typing import Any, TypedDict

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.calls.directory import Directory, UnknownUser, UserInfo
from ledger.core.identity import Role
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse

api = Api(frozenset(Role))
directory = Directory(settings().registry_table)


class Me(TypedDict):
    """The caller. `expiresAt`, in Unix seconds, is null for credentials that don't expire."""

    did: str
    role: Role
    expiresAt: int | None
    userInfo: UserInfo | UnknownUser


@api.get("/api/user/me")
def get_identity() -> JsonResponse[Me]:
    """You, as your credentials identify you"""
    caller = api.identity
    info = directory.look_up([caller.did], []).user(caller.did)
    return JsonResponse(
        {"did": caller.did, "role": caller.role, "expiresAt": caller.expires_at or None, "userInfo": info}
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
