"""Writes of many items to DynamoDB. What it refuses for now is tried again, for a bounded time."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import batched, chain
from typing import Any

from ledger.aws import concurrency, dynamodb
from ledger.aws.dynamodb import Item
from ledger.aws.retries import REQUEST_ERRORS, CapacityExceeded, is_retryable

BATCH_WRITE = 25
"""The most items of a BatchWriteItem."""
GROUP = 500
"""The most items that are written in parallel."""
PATIENCE = 10
"""Seconds after which no further attempt is made for a group."""


def put_many(table: str, items: Sequence[Item]) -> list[Item]:
    """Write items with distinct keys. Returns those that DynamoDB kept refusing. They may be put again safely."""
    return list(chain.from_iterable(_put_group(table, group) for group in batched(items, GROUP)))


def _put_group(table: str, items: Sequence[Item]) -> list[Item]:
    pending = list(items)
    deadline = time.monotonic() + PATIENCE
    for _ in dynamodb.BACKOFF:
        pending = put_once(table, pending, deadline)
        if not pending:
            break
    return pending


def put_once(table: str, items: Sequence[Item], deadline: float) -> list[Item]:
    """Write items with distinct keys, each attempted at most once, before `deadline` (`time.monotonic`).

    Returns those that were not written.
    """
    chunks = [list(chunk) for chunk in batched(items, BATCH_WRITE)]
    return list(chain.from_iterable(concurrency.threads().map(partial(_put, table, deadline), chunks)))


def _put(table: str, deadline: float, items: list[Item]) -> list[Item]:
    if time.monotonic() > deadline:
        return items
    try:
        requests: Any = {table: [{"PutRequest": {"Item": item}} for item in items]}
        answer: Any = dynamodb.client().batch_write_item(RequestItems=requests)
    except REQUEST_ERRORS as error:
        if is_retryable(error):
            return items
        raise
    if "UnprocessedItems" not in answer:  # a truncated answer doesn't say what was written
        return items
    return [request["PutRequest"]["Item"] for request in answer["UnprocessedItems"].get(table, [])]


def put_each(
    table: str, items: Sequence[Item], condition: Callable[[Item], Mapping[str, Any]], deadline: float
) -> list[Item]:
    """Put each item for which its condition holds. `condition` returns PutItem's parameters for an item.

    Returns those that DynamoDB kept refusing until `deadline` (`time.monotonic`).
    """

    def put(item: Item) -> object:
        return dynamodb.client().put_item(TableName=table, Item=item, **condition(item))

    _, refused = _write_each(put, items, deadline)
    return refused


def put_where(table: str, items: Sequence[Item], condition: Mapping[str, Any]) -> int:
    """Put each item for which a condition holds. `condition` has PutItem's parameters.

    Returns how many were put; one whose answer was lost may be missing from the count.
    Raises CapacityExceeded where DynamoDB kept refusing.
    """

    def put(item: Item) -> object:
        return dynamodb.client().put_item(TableName=table, Item=item, **condition)

    return _count_written(table, put, items)


def delete_where(table: str, key_items: Sequence[Item], condition: Mapping[str, Any]) -> int:
    """Delete each item for which a condition holds. `condition` has DeleteItem's parameters.

    Returns how many were deleted; a deletion whose answer was lost may be missing from the count.
    Raises CapacityExceeded where DynamoDB kept refusing.
    """

    def delete(key: Item) -> object:
        return dynamodb.client().delete_item(TableName=table, Key=key, **condition)

    return _count_written(table, delete, key_items)


def _count_written(table: str, write: Callable[[Item], object], items: Sequence[Item]) -> int:
    """Write each item, and return for how many the condition held. Raises CapacityExceeded."""
    written, refused = _write_each(write, items)
    if refused:
        raise CapacityExceeded(table)
    return written


def _write_each(
    write: Callable[[Item], object], items: Sequence[Item], deadline: float = math.inf
) -> tuple[int, list[Item]]:
    """How many items were written, and those that DynamoDB kept refusing."""
    pending, written = list(items), 0
    for _ in dynamodb.BACKOFF:
        outcomes = list(concurrency.threads().map(partial(_is_written, write, deadline), pending))
        written += outcomes.count(True)
        pending = [item for item, is_written in zip(pending, outcomes, strict=True) if is_written is None]
        if not pending:
            break
    return written, pending


def _is_written(write: Callable[[Item], object], deadline: float, item: Item) -> bool | None:
    """False where the condition does not hold. None where DynamoDB refused, and may not the next time."""
    if time.monotonic() > deadline:
        return None
    try:
        write(item)
    except dynamodb.client().exceptions.ConditionalCheckFailedException:
        return False
    except REQUEST_ERRORS as error:
        if is_retryable(error):
            return None
        raise
    return True
