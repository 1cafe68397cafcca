"""POST /api/admin/reprice begins a repricing; GET /api/admin/reprice/{id} shows how far it has come."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.invocations import invoke_async
from ledger.aws.settings import settings
from ledger.core.errors import NotFound
from ledger.core.identity import ADMINISTRATORS, VIEWERS
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse
from ledger.repricing.job import RepriceRequest, RepricingBody
from ledger.repricing.starter import RepricingStarter

api = Api(ADMINISTRATORS, readers=VIEWERS)
starter = RepricingStarter.of(settings())


@api.post(
    "/api/admin/reprice",
    responses={
        HTTPStatus.OK: {"description": "It is done"},
        HTTPStatus.ACCEPTED: {"description": "It is under way: ask at `Location`"},
    },
)
def reprice_calls(request: Annotated[RepriceRequest, Body()]) -> JsonResponse[RepricingBody]:
    """Price calls anew

    The calls that match the filters get the price that is found for them now.
    """
    job = starter.start(request, api.identity)
    if job.status == "done":
        return JsonResponse(job.body())
    invoke_async(settings().reprice_calls_function, id=job.id)
    response = JsonResponse(job.body(), HTTPStatus.ACCEPTED)
    response.headers |= {"Location": f"/api/admin/reprice/{job.id}", "Retry-After": "2"}
    return response


@api.get("/api/admin/reprice/<id>")
def get_repricing(id: PathParameter) -> JsonResponse[RepricingBody]:
    """Get the progress of a repricing"""
    job = starter.worker.store.find(id)
    if job is None:
        raise NotFound("no such repricing")
    return JsonResponse(job.body())


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
