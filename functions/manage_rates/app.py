"""PUT, GET and DELETE /api/admin/rates: the operator's own prices, and the credits per US dollar."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.identity import ADMINISTRATORS, VIEWERS
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse
from ledger.pricing.rate_store import RateStore
from ledger.pricing.rates import CreditsInput, CreditsPerUsd, Rate, RateInput, Rates

api = Api(ADMINISTRATORS, readers=VIEWERS)
store = RateStore(settings().registry_table)


@api.put("/api/admin/rates")
def put_rate(given: Annotated[RateInput, Body()]) -> JsonResponse[Rate]:
    """Set a rate

    Replaces the rate of the same provider, model and day. Calls that are recorded without credits are priced by rates.
    """
    return JsonResponse(store.put_rate(given, api.identity))


@api.put("/api/admin/rates/credits-per-usd")
def put_credits_per_usd(given: Annotated[CreditsInput, Body()]) -> JsonResponse[CreditsPerUsd]:
    """Set how many credits a US dollar is worth, from a day on"""
    return JsonResponse(store.put_credits_per_usd(given, api.identity))


@api.get("/api/admin/rates")
def list_rates() -> JsonResponse[Rates]:
    """List the rates, and the credits per US dollar"""
    return JsonResponse(store.read())


@api.delete("/api/admin/rates/<id>", responses={HTTPStatus.NO_CONTENT: {"description": "The rate is removed"}})
def delete_rate(id: PathParameter) -> JsonResponse[None]:
    """Remove a rate, or the credits per US dollar of a day

    Calls that were priced by it keep their credits.
    """
    store.delete(id)
    return JsonResponse(None, HTTPStatus.NO_CONTENT)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
