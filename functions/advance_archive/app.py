"""Every minute: notes up to which moment the archive has every change of a call, and measures how old that is."""

import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.archive import freshness
from ledger.aws.settings import settings
from ledger.core.moments import iso
from ledger.counting.barrier import items_for, lanes

logger = Logger()
metrics = Metrics()


@metrics.log_metrics
@logger.inject_lambda_context
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, str]:
    fresh = freshness.advance(
        settings().calls_table,
        settings().counters_table,
        lambda: items_for(lanes(settings().calls_stream_arn, settings().lanes_per_shard)),
    )
    since = fresh.as_of or fresh.started_at
    metrics.add_metric("ArchiveLag", MetricUnit.Seconds, max(time.time() - since, 0))
    return {"asOf": iso(fresh.as_of)}
