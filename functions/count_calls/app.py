"""Consumer of the Calls table's stream: adds every change of a call to the live counters."""

import random
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.counting.stream import Counting

# Each execution environment has a fragment, so that few collide in the counters to which every call is added.
counting = Counting(settings().counters_table, fragment=random.randrange(settings().counter_fragments))  # noqa: S311
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    failed = counting.count(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": sequence_number} for sequence_number in failed]}
