"""Consumer of the Calls table's stream: adds every change of a call to the live counters.

A change that can't be read goes to the UncountedQueue at once, since it would hold up all changes behind it. Every
other one is delivered again until it is counted. `tools.operate.replay` sends changes of that queue again, with
`isReplay`, and those that still can't be read are then answered as not counted.
"""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.counting import dead_letters
from ledger.counting.stream import Counting

counting = Counting(settings().counters_table, settings().counter_fragments)
logger = Logger()


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    outcome = counting.count(event["Records"], lambda: context.get_remaining_time_in_millis() / 1000)
    failed = list(outcome.failed)
    if event.get("isReplay"):
        failed += [change["dynamodb"]["SequenceNumber"] for change in outcome.unreadable]
    else:
        dead_letters.send(settings().uncounted_queue, outcome.unreadable)
    return {"batchItemFailures": [{"itemIdentifier": sequence_number} for sequence_number in failed]}
