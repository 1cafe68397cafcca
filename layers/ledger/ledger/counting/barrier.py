"""A barrier in the stream of the Calls table: once it has come through, every change before it has been counted.

The stream keeps the order of changes within each of its shards, and assigns items to shards by their keys. So a barrier
is a number of items that are not calls, large enough that every shard gets some of them. count_calls writes a marker
for each that it meets, as for every other change.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ledger.aws import dynamodb, dynamodb_writes
from ledger.aws.retries import CapacityExceeded
from ledger.core import keys
from ledger.core.moments import DAY

ITEMS = 512
"""Each of 64 shards gets one of them with a probability of 0.98; the few shards of most tables all do."""
_LIFETIME = DAY
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class Barrier:
    """The tables through which barriers pass, and the number of items of a barrier."""

    calls_table: str
    counters_table: str
    items: int

    def pass_through(self, time_left: Callable[[], float]) -> bool:
        """Write a barrier and wait until all of it is counted. Returns False where no seconds are left before that.

        Raises CapacityExceeded.
        """
        return self._await(self._write(), time_left)

    def _write(self) -> str:
        """Returns the name of the barrier."""
        name = str(uuid.uuid4())
        expires_at = {"N": str(int(time.time()) + _LIFETIME)}
        items = [
            {"id": {"S": keys.barrier_item(name, number)}, "barrier": {"S": name}, "expiresAt": expires_at}
            for number in range(self.items)
        ]
        if dynamodb_writes.put_many(self.calls_table, items):
            raise CapacityExceeded(self.calls_table)
        return name

    def _await(self, name: str, time_left: Callable[[], float]) -> bool:
        pause = 0.2
        while (left := time_left()) > 0:
            pages = dynamodb.query(
                self.counters_table,
                KeyConditionExpression="#scope = :scope",
                ExpressionAttributeNames={"#scope": "scope"},
                ExpressionAttributeValues={":scope": {"S": keys.barrier(name)}},
            )
            if sum(len(page) for page in pages) == self.items:
                return True
            time.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)
        return False
