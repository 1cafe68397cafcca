"""A step of the night: says which parts of which call days are to be archived next, or that all is done.

Its event has the night's `days`, null for those in which something was ingested until yesterday, and the `since` of a
night that was started by hand: the moment from which on each day's file has to be new.
"""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aggregates.archive_plan import ArchivePlan
from ledger.aggregates.counters_table import CounterTable
from ledger.archive.manifest import Manifest
from ledger.aws.settings import settings
from ledger.core.moments import DAY, unix, utc_day

plan = ArchivePlan(CounterTable.of(settings()), Manifest(settings().counters_table), settings().retention_days)
logger = Logger()
metrics = Metrics()


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    days = event["days"]
    if days is None:
        planned = plan.of_night(utc_day(time.time() - DAY))
    else:
        planned = plan.of_days(days, int(unix(event["since"])))
    metrics.add_metric("DaysToArchive", MetricUnit.Count, len(planned.days))
    return {
        "generation": planned.generation,
        "parts": [asdict(part) for part in planned.parts],
        "days": planned.days,
        "isDone": not planned.parts,
    }
