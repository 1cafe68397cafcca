"""A barrier in the stream of the Calls table: once it has come through, every change before it has been counted.

The stream keeps the order of changes within each of its shards, and assigns items to shards by the hashes of their
keys; Lambda does the same with the lanes in which it reads a shard in parallel. So a barrier is a number of items that
are not calls, large enough that every lane gets some of them. count_calls notes those that it meets, last of a batch
and only if it counted everything else in the batch.
"""

import math
import time
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from ledger.aws import clients, dynamodb, dynamodb_writes
from ledger.aws.retries import CapacityExceeded
from ledger.aws.settings import Settings
from ledger.core import keys
from ledger.core.moments import DAY, TimeLeft

_MARGIN = 14
"""A lane gets no item of a barrier with a probability below exp(-14), 8e-7, all lanes of a stream taken together."""
_LIFETIME = DAY
_LONGEST_PAUSE = 5.0


class TooFarBehind(Exception):
    """Time ran out before changes had come through the stream. The same step may be tried again later."""


def lanes(stream_arn: str, per_shard: int) -> int:
    """Returns in how many lanes Lambda reads a stream: `per_shard`, its ParallelizationFactor, for each open shard.

    A shard that is closed is read before its children are, so the items in these prove that it is read. Partitions
    split into halves, so of three shards one may get half of the items. The number of shards is rounded up to the next
    power of two, as if all were as small as the smallest of them.
    """
    streams = clients.client("dynamodbstreams")
    shards = 0
    page: dict[str, str] = {}
    while True:
        stream = streams.describe_stream(StreamArn=stream_arn, **page)["StreamDescription"]
        shards += sum("EndingSequenceNumber" not in shard["SequenceNumberRange"] for shard in stream["Shards"])
        if "LastEvaluatedShardId" not in stream:
            return per_shard * 2 ** math.ceil(math.log2(max(shards, 1)))
        page = {"ExclusiveStartShardId": stream["LastEvaluatedShardId"]}


def items_for(lanes: int) -> int:
    """Returns of how many items a barrier consists, so that with a probability of 1 - 1e-6 no lane is without one.

    A lane is missed by n items with a probability of (1 - 1/lanes)^n, which is below exp(-n/lanes), and any of them
    with at most `lanes` times that.
    """
    return math.ceil(lanes * (math.log(lanes) + _MARGIN))


class BarrierPart(NamedTuple):
    """An item of a barrier: the barrier's name, and which of its items it is."""

    name: str
    number: int


def part(images: Mapping[str, Any]) -> BarrierPart | None:
    """Returns which part of a barrier a stream record brings, None where it brings none.

    The removal of an expired item is no part.
    """
    image = images.get("NewImage", {})
    if "barrier" not in image:
        return None
    return BarrierPart(image["barrier"]["S"], int(image["id"]["S"].rpartition("#")[2]))


def note(table: str, name: str, numbers: Collection[int]) -> None:
    """Note in Counters that these items of a barrier have come through. They may be noted again, in other groups."""
    dynamodb.client().update_item(
        TableName=table,
        Key={"scope": {"S": keys.barrier(name)}, "bucket": {"S": str(min(numbers))}},
        UpdateExpression="SET #expiresAt = :expiresAt ADD #numbers :numbers",
        ExpressionAttributeNames={"#expiresAt": "expiresAt", "#numbers": "numbers"},
        ExpressionAttributeValues={
            ":expiresAt": {"N": str(int(time.time()) + _LIFETIME)},
            ":numbers": {"NS": [str(number) for number in numbers]},
        },
    )


def write(calls_table: str, items: int) -> str:
    """Write a barrier of so many items. Returns its name. Raises CapacityExceeded."""
    name = str(uuid.uuid4())
    expires_at = {"N": str(int(time.time()) + _LIFETIME)}
    written = [
        {
            "id": {"S": f"{keys.barrier(name)}#{number}"},
            "barrier": {"S": name},
            "expiresAt": expires_at,
        }
        for number in range(items)
    ]
    if dynamodb_writes.put_many(calls_table, written):
        raise CapacityExceeded(calls_table)
    return name


def noted(table: str, name: str) -> int:
    """Returns how many of a barrier's items have come through."""
    pages = dynamodb.query(
        table,
        KeyConditionExpression="#scope = :scope",
        ExpressionAttributeNames={"#scope": "scope"},
        ExpressionAttributeValues={":scope": {"S": keys.barrier(name)}},
    )
    return len({number for page in pages for item in page for number in item["numbers"]["NS"]})


@dataclass(frozen=True)
class Barrier:
    """The tables through which barriers pass, and the number of items that a barrier needs at the moment."""

    calls_table: str
    counters_table: str
    items: Callable[[], int]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            settings.calls_table,
            settings.counters_table,
            lambda: items_for(lanes(settings.calls_stream_arn, settings.lanes_per_shard)),
        )

    def pass_through(self, time_left: TimeLeft) -> None:
        """Write a barrier and wait until all of it is counted.

        Raises TooFarBehind where no seconds are left before that, and CapacityExceeded.
        """
        items = self.items()
        name = write(self.calls_table, items)
        pause = 0.2
        while noted(self.counters_table, name) < items:
            left = time_left()
            if left <= 0:
                raise TooFarBehind("the stream's changes are not counted yet")
            time.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)
