"""Writes of many items to DynamoDB: in batches, or each where a condition holds; what it refuses is tried again."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import batched, chain
from typing import Any

from ledger.aws import dynamodb
from ledger.aws.dynamodb import FAILURES, CapacityExceeded, Item

BATCH_WRITE = 25
GROUP = 500
"""Items that are written together; a request to record calls has no more."""
PATIENCE = 10
"""Seconds after which items of a group that DynamoDB keeps refusing are given back to the caller."""


def put_many(table: str, items: Sequence[Item]) -> list[Item]:
    """Write items with distinct keys. Answers those that could not be written for now: repeating them does no harm."""
    return list(chain.from_iterable(_put_group(table, group) for group in batched(items, GROUP)))


def _put_group(table: str, items: Sequence[Item]) -> list[Item]:
    pending = list(items)
    give_up = time.monotonic() + PATIENCE
    for _ in dynamodb.attempts():
        pending = put_once(table, pending, give_up)
        if not pending:
            break
    return pending


def put_once(table: str, items: Sequence[Item], give_up: float) -> list[Item]:
    """Write items with distinct keys. Answers those that DynamoDB did not take the first time, or not before `give_up`.

    give_up is a moment of the monotonic clock.
    """
    chunks = [list(chunk) for chunk in batched(items, BATCH_WRITE)]
    return list(chain.from_iterable(dynamodb.threads().map(partial(_put, table, give_up), chunks)))


def _put(table: str, give_up: float, items: list[Item]) -> list[Item]:
    if time.monotonic() > give_up:
        return items
    try:
        requests: Any = {table: [{"PutRequest": {"Item": item}} for item in items]}
        answer: Any = dynamodb.client().batch_write_item(RequestItems=requests)
    except FAILURES as error:
        if dynamodb.is_passing(error):
            return items
        raise
    if "UnprocessedItems" not in answer:  # cut short on its way, so it doesn't say what was written
        return items
    return [request["PutRequest"]["Item"] for request in answer["UnprocessedItems"].get(table, [])]


def put_where(table: str, items: Sequence[Item], condition: Mapping[str, Any], give_up: float) -> list[Item]:
    """Write each item for itself where a condition holds of what is there, as PutItem takes it.

    Answers those that could not be written until `give_up`, a moment of the monotonic clock.
    """
    _, refused = _each(lambda item: dynamodb.client().put_item(TableName=table, Item=item, **condition), items, give_up)
    return refused


def delete_where(table: str, key_items: Sequence[Item], condition: Mapping[str, Any]) -> int:
    """Delete each item for itself where a condition holds of what is there. Answers how many were deleted.

    One whose deletion was not answered may be left out. Raises CapacityExceeded for what DynamoDB keeps refusing.
    """
    deleted, refused = _each(
        lambda key: dynamodb.client().delete_item(TableName=table, Key=key, **condition), key_items
    )
    if refused:
        raise CapacityExceeded(table)
    return deleted


def _each(write: Callable[[Item], object], items: Sequence[Item], give_up: float = math.inf) -> tuple[int, list[Item]]:
    """How many were written, and those that DynamoDB kept refusing."""
    pending, written = list(items), 0
    for _ in dynamodb.attempts():
        outcomes = list(dynamodb.threads().map(partial(_is_written, write, give_up), pending))
        written += outcomes.count(True)
        pending = [item for item, is_written in zip(pending, outcomes, strict=True) if is_written is None]
        if not pending:
            break
    return written, pending


def _is_written(write: Callable[[Item], object], give_up: float, item: Item) -> bool | None:
    """False where the condition does not hold; None where DynamoDB refused, for now."""
    if time.monotonic() > give_up:
        return None
    try:
        write(item)
    except dynamodb.client().exceptions.ConditionalCheckFailedException:
        return False
    except FAILURES as error:
        if dynamodb.is_passing(error):
            return None
        raise
    return True
