"""POST /v1/traces: records the model calls among the spans that an OpenTelemetry exporter sends."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.access.quota import Quota
from ledger.aws.settings import settings
from ledger.core.errors import LedgerError
from ledger.core.identity import WRITERS, Identity
from ledger.gateways import genai_spans, otlp
from ledger.recording.recorder import Recorder

recorder = Recorder.of(settings())
quota = Quota.of(settings())
logger = Logger()


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    encoding = otlp.Encoding.of(event)
    try:
        caller = Identity.from_event(event).require(WRITERS)
        quota.take(caller.credential)
        rejected = genai_spans.record(otlp.spans(event), caller, recorder)
    except LedgerError as error:
        return otlp.failure(error, encoding)
    return otlp.success(rejected, encoding)
