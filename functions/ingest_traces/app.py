"""POST /v1/traces: an OpenTelemetry exporter writes the model calls among its spans."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.errors import LedgerError
from ledger.core.identity import WRITERS, Identity
from ledger.gateways import genai_spans, otlp
from ledger.recording.recorder import Recorder

recorder = Recorder.of(settings())


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    encoding = otlp.Encoding.of(event)
    try:
        asker = Identity.from_event(event).require(WRITERS)
        rejected = genai_spans.record(otlp.spans(event), asker.did, recorder)
    except LedgerError as error:
        return otlp.failure(error, encoding)
    return otlp.success(rejected, encoding)
