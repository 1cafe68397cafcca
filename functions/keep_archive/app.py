"""Every hour: makes one change file of those of each ended hour, and removes objects that nothing refers to."""

import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.archive.manifest import Manifest
from ledger.archive.upkeep import Upkeep
from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings

upkeep = Upkeep(S3Bucket(settings().archive_bucket), Manifest(settings().counters_table))
logger = Logger()
metrics = Metrics()


@metrics.log_metrics
@logger.inject_lambda_context
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    now = int(time.time())
    folded = upkeep.fold(now, lambda: context.get_remaining_time_in_millis() / 1000)
    metrics.add_metric("HoursFolded", MetricUnit.Count, folded)
    return {"hoursFolded": folded, "objectsRemoved": upkeep.remove_unnamed(now)}
