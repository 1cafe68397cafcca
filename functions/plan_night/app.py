"""A step of the night: says which days are to be archived or aggregated next, in which parts, or that all is done.

Its event says through which day of ingestion (`through`); it has the night's `days`, null for those of which something
was ingested, and when it began (`since`): the moment from which on the files of days that are given have to be new.
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.night_plan import Night, NightPlan
from ledger.archive.hot_days import HotDays
from ledger.archive.manifest import Manifest
from ledger.aws.settings import settings
from ledger.calls.calls_table import Calls
from ledger.core.moments import unix

SETTLING = 2.0

manifest = Manifest(settings().counters_table)
plan = NightPlan(CounterTable.of(settings()), manifest, HotDays(Calls.of(settings()), manifest.table), SETTLING)
logger = Logger()
metrics = Metrics()


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    night = Night(event["through"], event["days"], int(unix(event["since"])))
    planned = plan.next(night)
    metrics.add_metric("DaysToArchive", MetricUnit.Count, len(planned.days))
    metrics.add_metric("SectionsToAggregate", MetricUnit.Count, len(planned.sections))
    return {
        "night": {"name": night.name, "through": night.through, "isByHand": night.is_by_hand},
        "generation": planned.generation,
        "parts": [asdict(part) for part in planned.parts],
        "days": planned.days,
        "sections": [asdict(section) for section in planned.sections],
        "next": "archive" if planned.parts else "aggregate" if planned.sections else "nothing",
    }
