"""PUT /api/admin/users and /api/admin/apps: the names and pictures of a user or an app."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.calls.directory import AppInfo, Directory, UnknownUser, UserInfo
from ledger.core.field_types import AppDetails, Name, UserDetails
from ledger.core.identity import ADMINISTRATORS
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse

api = Api(ADMINISTRATORS)
directory = Directory(settings().registry_table)


class PutUser(UserDetails):
    """The details of the user `did`."""

    did: Name


class PutApp(AppDetails):
    """The details of the app `appDid`."""

    app_did: Name


@api.put("/api/admin/users")
def put_user(details: Annotated[PutUser, Body()]) -> JsonResponse[UserInfo | UnknownUser]:
    """Set the details of a user

    Replaces all details: one that is left out becomes empty.
    """
    return JsonResponse(directory.put_user(details.did, details))


@api.put("/api/admin/apps")
def put_app(details: Annotated[PutApp, Body()]) -> JsonResponse[AppInfo]:
    """Set the details of an app

    Replaces all details: one that is left out becomes empty.
    """
    return JsonResponse(directory.put_app(details.app_did, details))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
