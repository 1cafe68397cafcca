"""PUT, GET and DELETE /api/admin/rates: the operator's own prices, and what a US dollar is in credits."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.identity import ADMINISTRATORS
from ledger.http.api import Answer, Api, PathName, answer
from ledger.pricing import rates

api = Api(ADMINISTRATORS)
table = settings().registry_table


@api.put("/api/admin/rates")
def put_rate(given: Annotated[rates.RateInput, Body()]) -> Answer[rates.Rate]:
    """Set a rate

    In the place of the one for the same provider, model and day. Calls that come without credits are priced by them.
    """
    return answer(rates.put_rate(table, given, api.identity))


@api.put("/api/admin/rates/credits-per-usd")
def put_credits_per_usd(given: Annotated[rates.CreditsInput, Body()]) -> Answer[rates.CreditsPerUsd]:
    """Set what a US dollar is in credits, from a day on"""
    return answer(rates.put_credits_per_usd(table, given, api.identity))


@api.get("/api/admin/rates")
def list_rates() -> Answer[rates.Rates]:
    """List the rates, and what a US dollar is in credits"""
    return answer(rates.existing(table))


@api.delete("/api/admin/rates/<id>", responses={HTTPStatus.NO_CONTENT: {"description": "It is removed"}})
def delete_rate(id: PathName) -> Answer[None]:
    """Remove a rate, or a value of a US dollar

    Calls that it has priced keep their credits.
    """
    rates.delete(table, id)
    return answer(None, HTTPStatus.NO_CONTENT)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
