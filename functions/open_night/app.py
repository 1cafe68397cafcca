"""The first step of the night: ends when everything that was ingested through yesterday is counted.

It answers which day that is: the steps after it are about what was ingested through that day.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.core.moments import DAY, utc_day
from ledger.counting.barrier import Barrier

NEEDED = 30.0
"""Seconds that must be left for another look at how far the barrier has come."""

barrier = Barrier.of(settings())
logger = Logger()


@logger.inject_lambda_context
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    yesterday = utc_day(time.time() - DAY)
    barrier.pass_through(lambda: context.get_remaining_time_in_millis() / 1000 - NEEDED)
    return {"through": yesterday}
