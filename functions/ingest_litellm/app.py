"""POST /api/ingest/litellm: LiteLLM's generic_api callback writes the calls it made."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.identity import WRITERS
from ledger.gateways import litellm_batch
from ledger.http.api import Answer, Api, answer, takes
from ledger.http.request_body import LARGEST_BATCH
from ledger.recording.recorder import Recorder

api = Api(WRITERS, largest_body=LARGEST_BATCH)
recorder = Recorder.of(settings())


@api.post(
    "/api/ingest/litellm",
    responses={
        HTTPStatus.OK: {"description": "Every row is recorded or set aside"},
        HTTPStatus.ACCEPTED: {"description": "Every row is taken; some wait to be recorded"},
    },
)
@takes(dict[str, Any] | list[dict[str, Any] | None], "application/json", "application/x-ndjson")
def ingest_litellm() -> Answer[litellm_batch.Intake]:
    """Take the calls of a LiteLLM proxy

    As LiteLLM's `generic_api` callback sends them: one row, an array, or a line for each. A row that is no good call is
    set aside, and fails no other. Prompts and responses are dropped.
    """
    body = api.current_event.body or ""
    intake = litellm_batch.record(body, api.identity.did, recorder, settings().rows_set_aside_queue)
    return answer(intake, HTTPStatus.ACCEPTED if intake["accepted"] else HTTPStatus.OK)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
