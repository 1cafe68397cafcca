"""DynamoDB as the ledger uses it: one client, reads by key, and Queries page by page."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

import orjson

from ledger.aws import clients, concurrency, dynamodb_parsing, gc_tuning
from ledger.aws.dynamodb_parsing import Decode, JsonItem
from ledger.aws.retries import Backoff, CapacityExceeded
from ledger.aws.settings import IS_LAMBDA

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = dict[str, Any]
"""An item as boto3's client takes and returns it: {"id": {"S": "…"}, "pack": {"B": b"…"}}."""

BATCH_GET = 100
"""The most keys of a BatchGetItem."""
BACKOFF = Backoff(attempts=8, first_pause=0.1, longest_pause=1.6)


@cache
def client() -> "DynamoDBClient":
    """The client of this execution environment. It may be shared between threads."""
    client = clients.client(
        "dynamodb",
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 4},
        max_pool_connections=concurrency.THREADS,
        user_agent="usage-ledger",  # to assemble the default one takes a seventh of a request's time
        parameter_validation=False,  # it takes half the time of a batch write, and every parameter is built here
    )
    dynamodb_parsing.register(client.meta.events)
    return client


def query(table: str, *, limit: int | None = None, **request: Any) -> Iterator[list[JsonItem]]:
    """The pages of a Query, of at most `limit` items. Each page is read when the iterator gets to it."""
    return query_as(orjson.loads, table, limit=limit, **request)


def query_as(decode: Decode, table: str, *, limit: int | None = None, **request: Any) -> Iterator[Any]:
    """As `query`, with the `Items` of each page as `decode` returns them."""
    if limit is not None:
        request["Limit"] = limit
    while True:
        with dynamodb_parsing.decoding(decode):
            page: Any = client().query(TableName=table, **request)
        yield page["Items"]
        last_key = page.get("LastEvaluatedKey")
        if not last_key:
            return
        request["ExclusiveStartKey"] = last_key


def query_once(table: str, **request: Any) -> tuple[list[JsonItem], bool]:
    """The first page of a Query, and whether it is the only one."""
    page = client().query(TableName=table, **request)
    return page["Items"], not page.get("LastEvaluatedKey")


def get(table: str, key: Item) -> Item | None:
    """The item with this key, by a strongly consistent read. None where there is none."""
    return client().get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def get_many(table: str, ids: Iterable[str], **request: Any) -> dict[str, JsonItem]:
    """The items that exist among these values of the key `id`, by their ids, read at once as `get_batch` does.

    Raises CapacityExceeded.
    """
    wanted = [{"id": {"S": key}} for key in dict.fromkeys(ids)]
    pages = concurrency.threads().map(partial(get_batch, table, **request), batched(wanted, BATCH_GET))
    return {item["id"]["S"]: item for item in chain.from_iterable(pages)}


def get_batch(table: str, key_items: Sequence[Item], **request: Any) -> list[JsonItem]:
    """The items that exist among distinct keys, at most BATCH_GET. `request` has a table's options of BatchGetItem.

    Raises CapacityExceeded.
    """
    found: list[JsonItem] = []
    wanted: Any = {table: {"Keys": key_items, **request}}
    for _ in BACKOFF:
        page = client().batch_get_item(RequestItems=wanted)
        found += page["Responses"].get(table, [])
        wanted = page.get("UnprocessedKeys")
        if not wanted:
            return found
    raise CapacityExceeded(table)


if IS_LAMBDA:
    client()  # a function has a whole processor while it starts, and half of one for its first request
    gc_tuning.collect_seldom()
