"""DynamoDB as the ledger uses it: one client, reads by key in pages, and what may be repeated when it fails."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import ContextVar
from functools import cache
from itertools import batched, chain
from typing import TYPE_CHECKING, Any
from zlib import crc32

import orjson
from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004
from botocore.parsers import ResponseParserError

from ledger.aws import clients, gc_tuning
from ledger.aws.settings import STARTS_AS_FUNCTION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = dict[str, Any]
"""An item in DynamoDB's own notation: {"id": {"S": "…"}}."""

BATCH_GET = 100
_ATTEMPTS = 8
_LONGEST_PAUSE = 1.6
_THREADS = 32
_THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}


type Decode = Callable[[bytes], dict[str, Any]]
"""Reads the JSON of an answer; raises ValueError for what is none."""

_decode: ContextVar[Decode] = ContextVar("_decode", default=orjson.loads)


class CapacityExceeded(Exception):
    """DynamoDB kept answering part of a batch as unprocessed."""


class TornAnswer(Exception):
    """What was read is partly from before a change and partly from after it."""


FAILURES = (BotoCoreError, ClientError, ResponseParserError, CapacityExceeded, TornAnswer)
"""All that a request to DynamoDB may raise; `is_passing` tells those that may be repeated."""


@cache
def client() -> "DynamoDBClient":
    """The one client of this execution environment; safe to share between threads."""
    made = clients.client(
        "dynamodb",
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 4},
        max_pool_connections=_THREADS,
        user_agent="usage-ledger",  # what botocore would say of itself costs it a seventh of the time of a request
        parameter_validation=False,  # half the time of a batch write; every parameter is built here
    )
    made.meta.events.register("before-parse.dynamodb.Query", _parse_quickly)
    made.meta.events.register("before-parse.dynamodb.BatchGetItem", _parse_quickly)
    made.meta.events.register("after-call.dynamodb", _refuse_part_of_an_answer)
    return made


@cache
def threads() -> ThreadPoolExecutor:
    """For reads and writes that don't wait for each other; a task must not wait for another task of its own."""
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="dynamodb")


class Wave[T]:
    """Queries that were started together."""

    def __init__(self, queries: Iterable[Iterator[T]]) -> None:
        self._answers: list[Future[list[T]]] = [threads().submit(list, query) for query in queries]

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(answer.result() for answer in self._answers)


def as_they_come[T](queries: Iterable[Iterator[T]]) -> Iterator[T]:
    """The pages of several Queries in the order in which they are answered; of each, the next one is under way."""
    reading = {threads().submit(next, query, None): query for query in queries}
    while reading:
        answered, _ = wait(reading, return_when=FIRST_COMPLETED)
        for answer in answered:
            query, page = reading.pop(answer), answer.result()
            if page is not None:
                reading[threads().submit(next, query, None)] = query
                yield page


def _parse_quickly(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Take a page of items as JSON says it: botocore would walk the shape of every value, at ten times the cost.

    Errors, and text that is no JSON, are left to botocore, which retries them.
    """
    if response_dict["status_code"] >= 300:
        return
    try:
        page = _decode.get()(response_dict["body"])
    except ValueError:
        return
    customized_response_dict.update(page)
    response_dict["body"] = b"{}"


def _refuse_part_of_an_answer(http_response: AWSResponse, **_: object) -> None:
    """With no retries left, botocore takes what was cut off for an answer in which everything is missing."""
    checksum = http_response.headers.get("x-amz-crc32")
    if checksum is not None and int(checksum) != crc32(http_response.content):
        raise ResponseParserError("the answer is not what DynamoDB sent")


def query(table: str, *, limit: int | None = None, **request: Any) -> Iterator[list[Item]]:
    """The pages of a Query, each read when it is asked for; `limit` items a page at most."""
    return query_as(orjson.loads, table, limit=limit, **request)


def query_as(decode: Decode, table: str, *, limit: int | None = None, **request: Any) -> Iterator[Any]:
    """As `query`, with the `Items` of each page in the form that `decode` gives them."""
    if limit is not None:
        request["Limit"] = limit
    while True:
        before = _decode.set(decode)
        try:
            page: Any = client().query(TableName=table, **request)
        finally:
            _decode.reset(before)
        yield page["Items"]
        last_key = page.get("LastEvaluatedKey")
        if not last_key:
            return
        request["ExclusiveStartKey"] = last_key


def query_once(table: str, **request: Any) -> tuple[list[Item], bool]:
    """The first page of a Query, and whether it is the only one."""
    page = client().query(TableName=table, **request)
    return page["Items"], not page.get("LastEvaluatedKey")


def get(table: str, key: Item) -> Item | None:
    """One item, as it is at this moment."""
    return client().get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def get_many(table: str, key_strings: Iterable[str]) -> dict[str, Item]:
    """The items that exist among these values of the key `id`."""
    wanted = [{"id": {"S": key}} for key in dict.fromkeys(key_strings)]
    return {item["id"]["S"]: item for chunk in batched(wanted, BATCH_GET) for item in get_batch(table, chunk)}


def get_batch(table: str, key_items: Sequence[Item]) -> list[Item]:
    """The items that exist among distinct keys, at most BATCH_GET. Raises CapacityExceeded."""
    found: list[Item] = []
    wanted: Any = {table: {"Keys": key_items}}
    for _ in attempts():
        page = client().batch_get_item(RequestItems=wanted)
        found += page["Responses"].get(table, [])
        wanted = page.get("UnprocessedKeys")
        if not wanted:
            return found
    raise CapacityExceeded(table)


def is_passing(error: Exception) -> bool:
    """Whether the same request may succeed later: throttled, a fault of the service, or of the way to it."""
    if isinstance(error, ClientError):
        answer: Any = error.response
        return answer["Error"]["Code"] in _THROTTLED or answer["ResponseMetadata"]["HTTPStatusCode"] >= 500
    return isinstance(error, HTTPClientError | ConnectionError | ResponseParserError | CapacityExceeded | TornAnswer)


def attempts() -> Iterator[None]:
    """Attempts at what DynamoDB may refuse for now, each after a longer pause."""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.05 * 2**attempt)))  # noqa: S311 - jitter, not a secret
        yield


if STARTS_AS_FUNCTION:
    client()  # a function has a whole processor while it starts, and half of one for its first request
    gc_tuning.collect_seldom()
