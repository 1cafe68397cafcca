"""POST /api/user/admin/user-info: the names and pictures of many users."""

from typing import Annotated, Any, TypedDict

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Field

from ledger.aws.settings import settings
from ledger.calls.directory import Directory, UnknownUser, UserInfo
from ledger.core.field_types import Input
from ledger.core.identity import VIEWERS
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse
from ledger.http.query_parameters import Did

api = Api(VIEWERS)
directory = Directory(settings().registry_table)


class AskedUsers(Input):
    user_dids: Annotated[list[Did], Field(min_length=1, max_length=200)]
    """Empty ones are left out, and each is answered once."""


class Users(TypedDict):
    users: list[UserInfo | UnknownUser]


@api.post("/api/user/admin/user-info")
def get_users(asked: Annotated[AskedUsers, Body()]) -> JsonResponse[Users]:
    """The names and pictures of up to 200 users

    Returns them in the order of `userDids`. One without details is an `Unknown User`.
    """
    dids = [did for did in dict.fromkeys(asked.user_dids) if did]
    entries = directory.look_up(dids, ())
    return JsonResponse({"users": [entries.user(did) for did in dids]})


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
