"""Up to which moment the archive surely has every change of a call, and through which day its nights are done.

A barrier is written into the stream at short intervals. Once all of it has come through to the archive, every change
from before it is in a change file.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.aws import dynamodb
from ledger.core import keys
from ledger.counting import barrier

MARGIN = 5
"""Seconds by which DynamoDB's clock, which dates changes, may differ from that of a function."""
_PATIENCE = 82_800
"""Seconds after which a barrier that has not come through never will: the stream's consumer gives up older changes."""


@dataclass(frozen=True)
class Freshness:
    """The moments are Unix seconds. `as_of` is 0 until the first barrier has come through."""

    as_of: int
    started_at: int
    """Since when the archive has every change."""
    barrier: str = ""
    items: int = 0
    written_at: int = 0


def read(table: str) -> Freshness:
    """How fresh the archive is."""
    item = dynamodb.get(table, _key(keys.FRESHNESS))
    return _freshness(item) if item else Freshness(0, int(time.time()))


def advance(calls_table: str, table: str, items: Callable[[], int]) -> Freshness:
    """Note which barrier has come through, and write the next one. `items` returns of how many items it consists.

    It does no harm where two do this at once: the moment never moves back. Raises CapacityExceeded.
    """
    before = read(table)
    now = int(time.time())
    has_passed = bool(before.items) and barrier.noted(table, keys.archived_barrier(before.barrier)) == before.items
    if before.items and not has_passed and now < before.written_at + _PATIENCE:
        return before
    as_of = before.written_at - MARGIN if has_passed else before.as_of
    number = items()
    after = Freshness(as_of, before.started_at, barrier.write(calls_table, number), number, now)
    try:
        _put(table, after)
    except dynamodb.client().exceptions.ConditionalCheckFailedException:
        return read(table)
    return after


def _put(table: str, freshness: Freshness) -> None:
    dynamodb.client().put_item(
        TableName=table,
        Item=_key(keys.FRESHNESS)
        | {
            "asOf": {"N": str(freshness.as_of)},
            "startedAt": {"N": str(freshness.started_at)},
            "barrier": {"S": freshness.barrier},
            "items": {"N": str(freshness.items)},
            "writtenAt": {"N": str(freshness.written_at)},
        },
        ConditionExpression="attribute_not_exists(#scope) OR asOf <= :asOf",
        ExpressionAttributeNames={"#scope": "scope"},
        ExpressionAttributeValues={":asOf": {"N": str(freshness.as_of)}},
    )


def through(table: str) -> str:
    """The last day of ingestion whose night is done; empty before the first night."""
    item = dynamodb.get(table, _key(keys.NIGHT))
    return item["through"]["S"] if item else ""


def finish(table: str, day: str) -> None:
    """Note that the night of a day of ingestion is done. It never moves back."""
    dynamodb.client().update_item(
        TableName=table,
        Key=_key(keys.NIGHT),
        UpdateExpression="SET #through = :day",
        ConditionExpression="attribute_not_exists(#through) OR #through <= :day",
        ExpressionAttributeNames={"#through": "through"},
        ExpressionAttributeValues={":day": {"S": day}},
    )


def _key(bucket: str) -> dynamodb.Item:
    return {"scope": {"S": keys.ARCHIVE}, "bucket": {"S": bucket}}


def _freshness(item: dynamodb.Item) -> Freshness:
    number: dict[str, Any] = {name: int(item[name]["N"]) for name in ("asOf", "startedAt", "items", "writtenAt")}
    return Freshness(number["asOf"], number["startedAt"], item["barrier"]["S"], number["items"], number["writtenAt"])
