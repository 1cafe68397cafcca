"""POST /v1/traces: records the model calls among the spans that an OpenTelemetry exporter sends.

Metrics and logs, which some instrumentations send along, are accepted at /v1/metrics and /v1/logs and not read.
"""

from typing import Any

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.access.quota import Quota
from ledger.aws.settings import settings
from ledger.core.errors import LedgerError
from ledger.core.identity import WRITERS, Identity
from ledger.gateways import otlp
from ledger.gateways.span_batch import SpanBatches

batches = SpanBatches.of(settings())
quota = Quota.of(settings())
logger = Logger()


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    encoding = otlp.Encoding.of(event)
    try:
        caller = Identity.from_event(event).require(WRITERS)
        quota.take(caller.credential)
        if not event["rawPath"].endswith("/v1/traces"):
            return otlp.success([], encoding)
        outcome = batches.record(otlp.spans(event), caller)
    except LedgerError as error:
        return otlp.failure(error, encoding)
    if lost := outcome.lost:
        with single_metric("SpansNotRecorded", MetricUnit.Count, sum(lost.values())):
            for (client, reason), spans in lost.items():
                logger.warning("Spans became no calls", extra={"client": client, "reason": reason, "spans": spans})
    return otlp.success(outcome.rejected, encoding, outcome.warning)
