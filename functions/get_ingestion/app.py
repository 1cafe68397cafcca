"""GET /api/admin/ingestion: what came in on the last days, by client, and what became of it."""

import time
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.identity import VIEWERS
from ledger.gateways.received import Ingestion, IngestionQuery, ReceivedStore
from ledger.http.api import Api
from ledger.http.json_response import JsonResponse

api = Api(VIEWERS)
received = ReceivedStore(settings().ingestion_table)


@api.get("/api/admin/ingestion")
def get_ingestion(query: Annotated[IngestionQuery, Query()]) -> JsonResponse[Ingestion]:
    """Say what came in, by client and version

    Of the last UTC days, today among them: how many spans, rows and calls came, how many of them were recorded or
    merged into others, and how many were refused, set aside or ignored, and why. What is sent twice is counted twice.
    """
    return JsonResponse({"days": received.of_days(query.days, time.time())})


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
