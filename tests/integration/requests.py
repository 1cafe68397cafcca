"""What happens at a moment that a test chooses: just before a request to DynamoDB is sent, or just after its answer."""

import itertools
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from typing import Any, cast

from ledger.aws import dynamodb

WRITES = frozenset({"PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"})
READS = frozenset({"Query", "GetItem", "BatchGetItem"})


class Killed(Exception):
    """The process ended in the middle of what it did. Nothing in the ledger handles this."""


@contextmanager
def at_request(
    number: int, act: Callable[[], None], *, of: Collection[str] = WRITES, answered: bool = False
) -> Generator[None]:
    """Do something when the n-th of these requests, counted from 0, is about to be sent, or else is answered.

    If it raises, the request is not sent, or its answer is lost although it took place.
    """
    numbers = itertools.count()

    def handle(model: Any, **_: object) -> None:
        if model.name in of and next(numbers) == number:
            act()

    event = "after-call.dynamodb" if answered else "before-call.dynamodb"
    events = cast("Any", dynamodb.client().meta.events)
    events.register(event, handle)
    try:
        yield
    finally:
        events.unregister(event, handle)


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail
