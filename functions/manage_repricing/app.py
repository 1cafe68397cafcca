"""POST /api/admin/reprice and GET /api/admin/reprice/{id}: calls get the price that is found for them now."""

from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.identity import ADMINISTRATORS
from ledger.http.api import Answer, Api, PathName, answer
from ledger.repricing.store import JobBody, RepriceRequest
from ledger.repricing.worker import Repricings

api = Api(ADMINISTRATORS)
repricings = Repricings.of(settings())


@api.post(
    "/api/admin/reprice",
    responses={
        HTTPStatus.OK: {"description": "It is done"},
        HTTPStatus.ACCEPTED: {"description": "It is under way: ask at `Location`"},
    },
)
def reprice_calls(request: Annotated[RepriceRequest, Body()]) -> Answer[JobBody]:
    """Price calls anew

    The calls that the filters leave get the price that is found for them now.
    """
    job = repricings.start(request, api.identity)
    if job.status == "done":
        return answer(job.body())
    response = answer(job.body(), HTTPStatus.ACCEPTED)
    response.headers |= {"Location": f"/api/admin/reprice/{job.id}", "Retry-After": "2"}
    return response


@api.get("/api/admin/reprice/<id>")
def get_repricing(id: PathName) -> Answer[JobBody]:
    """How far a repricing is"""
    return answer(repricings.find(id).body())


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
