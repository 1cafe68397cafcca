"""The nightly run, which can also be invoked by hand: computes daily aggregates from the calls.

The schedule's event, or {}, aggregates what was ingested until yesterday. {"days": ["2026-11-20", …]} computes the
aggregates of these call days again, whether or not anything was ingested for them.
"""

import time
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.nightly_run import Aggregation
from ledger.aws.settings import settings
from ledger.calls.calls_table import Calls
from ledger.core.moments import DAY, utc_day
from ledger.counting.barrier import Barrier, items_for, lanes

PATIENCE = 120.0
"""Seconds in which a day is read again while its counters and calls differ, as the stream is seconds behind."""
SETTLING = 2.0

logger = Logger()
metrics = Metrics()
calls = Calls.of(settings())
counters = CounterTable.of(settings())
barrier = Barrier(
    calls.table,
    counters.table,
    items=lambda: items_for(lanes(settings().calls_stream_arn, settings().lanes_per_shard)),
)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    yesterday = utc_day(time.time() - DAY)
    aggregation = Aggregation(
        calls,
        counters,
        barrier,
        patience=PATIENCE,
        settling=SETTLING,
        time_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    days = event.get("days")
    rebuilt = aggregation.rebuild(days, yesterday) if days else aggregation.run(yesterday)
    metrics.add_metric("DaysAggregated", MetricUnit.Count, len(rebuilt))
    metrics.add_metric("CounterDrift", MetricUnit.Count, sum(day.drifted for day in rebuilt))
    return {"through": yesterday, "days": [asdict(day) for day in rebuilt]}
