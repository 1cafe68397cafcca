"""A step of the night: aggregates a section of a call day, in bounded memory."""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aggregates.aggregation import Aggregation
from ledger.aggregates.call_sums import CallSums
from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.sections import Section
from ledger.archive.manifest import Manifest
from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings
from ledger.calls.calls_table import Calls
from ledger.counting import watermark
from ledger.counting.barrier import Barrier

aggregation = Aggregation(
    Calls.of(settings()),
    CounterTable.of(settings()),
    Manifest(settings().counters_table),
    CallSums(S3Bucket(settings().archive_bucket)),
    Barrier.of(settings()),
)
logger = Logger()
metrics = Metrics()


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    section, night = Section(**event["section"]), event["night"]
    aggregated = aggregation.aggregate(
        section,
        night["through"],
        lambda: context.get_remaining_time_in_millis() / 1000,
        now=night["isByHand"],
    )
    watermark.note_rebuilt(settings().counters_table, night["name"], section.name, int(time.time()))
    metrics.add_metric("CounterDrift", MetricUnit.Count, aggregated.drifted)
    return asdict(aggregated)
