"""GET /api/user/me: who the credentials say is asking."""

from typing import Any, TypedDict

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.calls.directory import Registry, UnknownUser, UserInfo
from ledger.core.identity import Role
from ledger.http.api import Answer, Api, answer

api = Api(frozenset(Role))
registry = Registry(settings().registry_table)


class Me(TypedDict):
    """Who is asking. `expiresAt`, in Unix seconds, is null for credentials that last."""

    did: str
    role: Role
    expiresAt: int | None
    userInfo: UserInfo | UnknownUser


@api.get("/api/user/me")
def get_identity() -> Answer[Me]:
    """Who the credentials say is asking"""
    me = api.identity
    info = registry.look_up([me.did], []).user(me.did)
    return answer({"did": me.did, "role": me.role, "expiresAt": me.expires_at or None, "userInfo": info})


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
