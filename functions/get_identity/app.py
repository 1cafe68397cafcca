"""GET /api/user/me and /api/user/info: the caller, as the credentials identify them."""

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


class Info(TypedDict):
    """The caller, and what AIGNE Hub says of a balance where there is none."""

    user: UserInfo | UnknownUser
    creditBalance: None
    paymentLink: None
    enableCredit: bool
    profileLink: None
    creditPrefix: str


@api.get("/api/user/me")
def get_identity() -> JsonResponse[Me]:
    """You, as your credentials identify you"""
    caller = api.identity
    info = directory.look_up([caller.did], []).user(caller.did)
    return JsonResponse(
        {"did": caller.did, "role": caller.role, "expiresAt": caller.expires_at or None, "userInfo": info}
    )


@api.get("/api/user/info")
def get_info() -> JsonResponse[Info]:
    """You, as AIGNE Hub shows you where it sells no credits

    The ledger has no balances, so that everything about them is null or empty.
    """
    info = directory.look_up([api.identity.did], []).user(api.identity.did)
    return JsonResponse(
        {
            "user": info,
            "creditBalance": None,
            "paymentLink": None,
            "enableCredit": False,
            "profileLink": None,
            "creditPrefix": "",
        }
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
