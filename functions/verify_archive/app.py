"""The last step of the night: compares the table with the archive, row by row.

Its event has the `days` to compare, null for the last two that have ended. Differences are the metric ArchiveDrift, and
logged by the ids of the calls.
"""

import time
from itertools import islice
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.archive.manifest import Manifest
from ledger.archive.verification import Difference, Verification
from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings
from ledger.calls.calls_table import Calls
from ledger.core.moments import DAY, utc_day

MOST = 1_000
"""Differences of a day that are returned and logged, at the most."""

verification = Verification(
    Calls.of(settings()), S3Bucket(settings().archive_bucket), Manifest(settings().counters_table)
)
logger = Logger()
metrics = Metrics()


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    days = event.get("days") or [utc_day(time.time() - ago * DAY) for ago in (2, 1)]
    found: dict[str, list[Difference]] = {}
    for day in days:
        differences = verification.of_day(day, lambda: context.get_remaining_time_in_millis() / 1000)
        found[day] = list(islice(differences, MOST))
        for call_id, found_in in found[day]:
            logger.error("ArchiveDrift", day=day, call=call_id, found_in=found_in)
    metrics.add_metric("ArchiveDrift", MetricUnit.Count, sum(map(len, found.values())))
    return {day: [difference._asdict() for difference in of_day] for day, of_day in found.items()}
