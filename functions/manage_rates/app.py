"""PUT, GET and DELETE /api/admin/rates: the operator's own prices, and what a US dollar is in credits."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger import rates
from ledger.http import Api, PathName, answer
from ledger.identity import ADMINISTRATORS
from ledger.settings import settings

api = Api(ADMINISTRATORS)
table = settings().registry_table


@api.put("/api/admin/rates")
def put_rate(given: Annotated[rates.RateInput, Body()]) -> Response[str]:
    return answer(rates.put_rate(table, given, api.identity))


@api.put("/api/admin/rates/credits-per-usd")
def put_credits_per_usd(given: Annotated[rates.CreditsInput, Body()]) -> Response[str]:
    return answer(rates.put_credits_per_usd(table, given, api.identity))


@api.get("/api/admin/rates")
def list_rates() -> Response[str]:
    return answer(rates.existing(table))


@api.delete("/api/admin/rates/<rate_id>")
def delete_rate(rate_id: PathName) -> Response[str]:
    rates.delete(table, rate_id)
    return Response(HTTPStatus.NO_CONTENT.value, body="")


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
