"""POST /api/ingest/litellm: LiteLLM's generic_api callback writes the calls it made."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger import litellm_rows
from ledger.http import LARGEST_BATCH, Api, answer
from ledger.identity import WRITERS
from ledger.recording import Recorder
from ledger.settings import settings

api = Api(WRITERS, largest_body=LARGEST_BATCH)
recorder = Recorder.of(settings())


@api.post("/api/ingest/litellm")
def ingest_litellm() -> Response[str]:
    body = api.current_event.body or ""
    intake = litellm_rows.record(body, api.identity.did, recorder, settings().rows_set_aside_queue)
    return answer(intake, HTTPStatus.ACCEPTED if intake["accepted"] else HTTPStatus.OK)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
