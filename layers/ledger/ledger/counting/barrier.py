"""A barrier in the stream of the Calls table: once it has come through, every change before it has been counted.

The stream keeps the order of changes within each of its shards, and spreads items over them by their keys. So a barrier
is a number of items that are no calls, large enough that some fall into every shard; count_calls marks those that it
meets, like every other change.
"""

import time
import uuid
from collections.abc import Callable

from ledger.aws import dynamodb, dynamodb_writes
from ledger.core import keys
from ledger.core.moments import DAY

ITEMS = 512
"""Of 64 shards, each gets one with a probability of 0.98; of the few shards of most tables, with certainty."""
_LIFETIME = DAY
_LONGEST_PAUSE = 5.0


def raise_barrier(calls_table: str) -> str:
    """Write a barrier, and answer its name. Raises CapacityExceeded."""
    name = str(uuid.uuid4())
    expires_at = {"N": str(int(time.time()) + _LIFETIME)}
    items = [
        {"id": {"S": keys.barrier_item(name, number)}, "barrier": {"S": name}, "expiresAt": expires_at}
        for number in range(ITEMS)
    ]
    if dynamodb_writes.put_many(calls_table, items):
        raise dynamodb.CapacityExceeded(calls_table)
    return name


def await_barrier(counters_table: str, name: str, time_left: Callable[[], float]) -> bool:
    """Wait until a barrier has come through. Answers whether it did while there were seconds left."""
    pause = 0.2
    while (left := time_left()) > 0:
        pages = dynamodb.query(
            counters_table,
            KeyConditionExpression="#scope = :scope",
            ExpressionAttributeNames={"#scope": "scope"},
            ExpressionAttributeValues={":scope": {"S": keys.barrier(name)}},
        )
        if sum(len(page) for page in pages) == ITEMS:
            return True
        time.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)
    return False
