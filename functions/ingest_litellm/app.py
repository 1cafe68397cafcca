"""POST /api/ingest/litellm: records the calls that LiteLLM's generic_api callback sends."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.access.quota import Quota
from ledger.aws.settings import settings
from ledger.core.identity import WRITERS
from ledger.gateways import litellm_batch
from ledger.gateways.received import Client, ReceivedStore
from ledger.http.api import Api, body_type
from ledger.http.json_response import JsonResponse
from ledger.http.request_body import LARGEST_BATCH
from ledger.recording.recorder import Recorder

api = Api(WRITERS, largest_body=LARGEST_BATCH, quota=Quota.of(settings()))
recorder = Recorder.of(settings())
received = ReceivedStore(settings().ingestion_table)


@api.post(
    "/api/ingest/litellm",
    responses={
        HTTPStatus.OK: {"description": "Every row is recorded or set aside"},
        HTTPStatus.ACCEPTED: {"description": "Every row is accepted; some wait to be recorded"},
    },
)
@body_type(dict[str, Any] | list[dict[str, Any] | None], media_types=("application/json", "application/x-ndjson"))
def ingest_litellm() -> JsonResponse[litellm_batch.Intake]:
    """Record the calls of a LiteLLM proxy

    Takes what LiteLLM's `generic_api` callback sends: one row, an array of rows, or one row on each line. A row that is
    not a valid call is set aside, and the others are recorded. Prompts and completions are not stored.
    """
    body, client = api.current_event.body or "", Client.of(api.current_event.headers.get("user-agent", ""))
    intake = litellm_batch.record(body, client, api.identity, recorder, settings().rows_set_aside_queue, received)
    return JsonResponse(intake, HTTPStatus.ACCEPTED if intake["accepted"] else HTTPStatus.OK)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
