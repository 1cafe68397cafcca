"""/api/admin/channels and GET /api/admin/alerts: where alerts are sent, and which were."""

import time
from http import HTTPStatus
from typing import Annotated, Any, TypedDict

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.alerts.channels import ChannelBody, ChannelInput, ChannelStore, NewChannel
from ledger.alerts.delivery import AlertDelivery, TestResult
from ledger.alerts.sender import Sender
from ledger.alerts.store import Alerts, AlertStore
from ledger.aws.settings import settings
from ledger.core.identity import ADMINISTRATORS, VIEWERS
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse

api = Api(ADMINISTRATORS, readers=VIEWERS)
alerts = AlertStore(settings().registry_table)
channels = ChannelStore(settings().registry_table, settings().channels_secret_arn)
delivery = AlertDelivery(alerts, channels, Sender.of(settings()))


class Channels(TypedDict):
    channels: list[ChannelBody]


class NoFields(TypedDict):
    pass


@api.post(
    "/api/admin/channels", responses={HTTPStatus.CREATED: {"description": "The channel, with its secret this once"}}
)
def create_channel(given: Annotated[ChannelInput, Body()]) -> JsonResponse[NewChannel]:
    """Create a channel, to which alerts are sent"""
    return JsonResponse(channels.create(given, api.identity), HTTPStatus.CREATED)


@api.get("/api/admin/channels")
def list_channels() -> JsonResponse[Channels]:
    """List the channels, without their addresses and secrets"""
    return JsonResponse(Channels(channels=channels.all()))


@api.delete("/api/admin/channels/<id>", responses={HTTPStatus.NO_CONTENT: {"description": "The channel is deleted"}})
def delete_channel(id: PathParameter) -> JsonResponse[None]:
    """Delete a channel

    Alerts that wait to be sent to it are not sent there any more.
    """
    channels.delete(id)
    return JsonResponse(None, HTTPStatus.NO_CONTENT)


@api.post("/api/admin/channels/<id>/test")
def test_channel(id: PathParameter, _: Annotated[NoFields, Body()]) -> JsonResponse[TestResult]:
    """Send a test to a channel, and say whether it took it"""
    return JsonResponse(delivery.test(id, int(time.time())))


@api.get("/api/admin/alerts")
def list_alerts() -> JsonResponse[Alerts]:
    """List the latest alerts, and whether each channel has taken them"""
    return JsonResponse(alerts.latest())


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
