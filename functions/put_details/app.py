"""PUT /api/admin/users/{did} and /api/admin/apps/{did}: how a user or an app is shown."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.calls.directory import AppInfo, Registry, UnknownUser, UserInfo
from ledger.core.field_types import AppDetails, UserDetails
from ledger.core.identity import ADMINISTRATORS
from ledger.http.api import Answer, Api, PathName, answer

api = Api(ADMINISTRATORS)
registry = Registry(settings().registry_table)


@api.put("/api/admin/users/<did>")
def put_user(did: PathName, details: Annotated[UserDetails, Body()]) -> Answer[UserInfo | UnknownUser]:
    """Say how a user is shown

    Replaces all details: one that is left out becomes empty.
    """
    return answer(registry.put_user(did, details))


@api.put("/api/admin/apps/<did>")
def put_app(did: PathName, details: Annotated[AppDetails, Body()]) -> Answer[AppInfo]:
    """Say how an app is shown

    Replaces all details: one that is left out becomes empty.
    """
    return answer(registry.put_app(did, details))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
