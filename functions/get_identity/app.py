"""GET /api/user/me: who the credentials say is asking."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.http import Api, answer
from ledger.identity import Role
from ledger.registry import Registry
from ledger.settings import settings

api = Api(frozenset(Role))
registry = Registry(settings().registry_table)


@api.get("/api/user/me")
def get_identity() -> Response[str]:
    me = api.identity
    info = registry.look_up([me.did], []).user(me.did)
    return answer({"did": me.did, "role": me.role, "expiresAt": me.expires_at or None, "userInfo": info})


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
