"""PUT /api/admin/users/{did} and /api/admin/apps/{did}: the names and pictures of a user or an app."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.calls.directory import AppInfo, Registry, UnknownUser, UserInfo
from ledger.core.field_types import AppDetails, UserDetails
from ledger.core.identity import ADMINISTRATORS
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse

api = Api(ADMINISTRATORS)
registry = Registry(settings().registry_table)


@api.put("/api/admin/users/<did>")
def put_user(did: PathParameter, details: Annotated[UserDetails, Body()]) -> JsonResponse[UserInfo | UnknownUser]:
    """Set the details of a user

    Replaces all details: one that is left out becomes empty.
    """
    return JsonResponse(registry.put_user(did, details))


@api.put("/api/admin/apps/<did>")
def put_app(did: PathParameter, details: Annotated[AppDetails, Body()]) -> JsonResponse[AppInfo]:
    """Set the details of an app

    Replaces all details: one that is left out becomes empty.
    """
    return JsonResponse(registry.put_app(did, details))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
