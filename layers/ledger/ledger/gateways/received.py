"""What came in: how many calls each client sent, and what became of them, by UTC day, in the Ingestion table."""

import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import Annotated, Final, NamedTuple, Self, TypedDict

from aws_lambda_powertools import Logger
from pydantic import Field

from ledger.aws import concurrency, dynamodb
from ledger.aws.retries import REQUEST_ERRORS
from ledger.core import keys
from ledger.core.moments import DAY, utc_day
from ledger.http.query_parameters import Query, WholeNumber

KEPT_DAYS: Final = 14
_MOST_CLIENTS: Final = 20
"""Clients of one request that are counted by themselves."""
_LONGEST: Final = 120
_SEPARATOR: Final = "\n"
_PRODUCT: Final = re.compile(r"([\w.~+-]+)(?:/([\w.~+-]+))?")
"""The first of a User-Agent (RFC 9110): a name, and mostly a version."""

logger = Logger()


class Client(NamedTuple):
    """What sent something: a gateway or program, or an instrumentation by its scope. The version may be empty."""

    name: str
    version: str = ""

    @classmethod
    def of(cls, user_agent: str) -> Self:
        """That of a request with this User-Agent."""
        product = _PRODUCT.match(user_agent)
        return cls(product[1], product[2] or "") if product else cls("unknown")


OTHERS: Final = Client("other instrumentations")
"""Those of databases, HTTP and whatever else, whose spans are of no model."""


class Became(StrEnum):
    """What became of a span, a gateway's row or a call that was sent. The names are those of the API."""

    RECORDED = "recorded"
    """It is a call."""
    MERGED = "merged"
    """It is part of a call that another span is."""
    SET_ASIDE = "setAside"
    """It can't be read."""
    OF_ANOTHER_KEY = "ofAnotherKey"
    """Another key recorded a call with its id."""
    REPEATS = "repeatsOthers"
    """It is an agent's, a tool's or a framework's, and repeats what the calls below it report."""
    UNKNOWN_OPERATION = "unknownOperation"
    """It has tokens or a model, and its operation is none of a model's as far as is known."""
    OF_NO_MODEL = "ofNoModel"
    """It has neither tokens nor a model."""


class IngestionQuery(Query):
    """Which days."""

    days: Annotated[WholeNumber, Field(ge=1, le=KEPT_DAYS)] = 7
    """UTC days, today among them."""


class Ignored(TypedDict):
    repeatsOthers: int
    """Spans of agents, tools and frameworks, which repeat what the calls below them report."""
    unknownOperation: int
    """Spans with tokens or a model whose operation is not known to be a call."""
    ofNoModel: int
    """Spans with neither tokens nor a model."""


class ClientDay(TypedDict):
    """What a client sent on a UTC day, each span, row or call as often as it came.

    What was refused for now, to be sent again, is not counted.
    """

    day: str
    client: str
    """The name of the instrumentation's scope, of the gateway, or of the program in the request's User-Agent."""
    version: str | None
    received: int
    recorded: int
    """They became calls, or wait to be recorded as calls."""
    merged: int
    """They are part of calls that another span became."""
    setAside: int
    """They could not be read, and were refused or set aside."""
    ofAnotherKey: int
    """They were refused or set aside, since another key recorded calls with their ids."""
    ignored: Ignored


class Ingestion(TypedDict):
    days: list[ClientDay]
    """The latest day first, then by client and version."""


@dataclass
class Received:
    """The counts of one request."""

    counts: defaultdict[Client, Counter[Became]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, client: Client, became: Became, number: int = 1) -> None:
        if number:
            self.counts[client][became] += number


@dataclass(frozen=True)
class ReceivedStore:
    """Adds up counts. A count may be missing after a failure: calls don't wait for it."""

    table: str

    def add(self, received: Received) -> None:
        """Add what came in with a request, in one write for each client."""
        counts = received.counts
        if len(counts) > _MOST_CLIENTS:
            counts = {OTHERS: sum(counts.values(), Counter[Became]())}
        list(concurrency.threads().map(self._add, counts, counts.values()))

    def of_days(self, days: int, now: float) -> list[ClientDay]:
        """What came in on the last UTC days, today among them."""
        names = [utc_day(now - number * DAY) for number in range(days)]
        queries = [self._counts(day, shard) for day in names for shard in range(keys.RECEIVED_SHARDS)]
        found: defaultdict[tuple[str, Client], Counter[str]] = defaultdict(Counter)
        for day, client, counts in concurrency.ParallelQueries(queries):
            found[day, client].update(counts)
        in_order = sorted(found.items(), key=lambda each: each[0][1])
        in_order.sort(key=lambda each: each[0][0], reverse=True)
        return [_client_day(day, client, counts) for (day, client), counts in in_order]

    def _add(self, client: Client, counts: Mapping[Became, int]) -> None:
        now = time.time()
        shard = random.randrange(keys.RECEIVED_SHARDS)  # noqa: S311 - to spread load, not a secret
        name = _SEPARATOR.join(part.replace(_SEPARATOR, " ")[:_LONGEST] for part in client)
        try:
            dynamodb.client().update_item(
                TableName=self.table,
                Key={"partition": {"S": keys.received(utc_day(now), shard)}, "name": {"S": name or _SEPARATOR}},
                UpdateExpression="SET expiresAt = :end ADD " + ", ".join(f"{each} :{each}" for each in counts),
                ExpressionAttributeValues={
                    ":end": {"N": str(int(now) + (KEPT_DAYS + 1) * DAY)},
                    **{f":{each}": {"N": str(number)} for each, number in counts.items()},
                },
            )
        except REQUEST_ERRORS:
            logger.warning("What came in can't be counted", exc_info=True)

    def _counts(self, day: str, shard: int) -> Iterator[tuple[str, Client, Mapping[str, int]]]:
        pages = dynamodb.query(
            self.table,
            KeyConditionExpression="#partition = :partition",
            ExpressionAttributeNames={"#partition": "partition"},
            ExpressionAttributeValues={":partition": {"S": keys.received(day, shard)}},
        )
        for item in chain.from_iterable(pages):
            name, _, version = item["name"]["S"].partition(_SEPARATOR)
            yield day, Client(name, version), {each: int(item[each]["N"]) for each in Became if each in item}


def _client_day(day: str, client: Client, counts: Mapping[str, int]) -> ClientDay:
    def number(became: Became) -> int:
        return counts.get(became, 0)

    return {
        "day": day,
        "client": client.name,
        "version": client.version or None,
        "received": sum(counts.values()),
        "recorded": number(Became.RECORDED),
        "merged": number(Became.MERGED),
        "setAside": number(Became.SET_ASIDE),
        "ofAnotherKey": number(Became.OF_ANOTHER_KEY),
        "ignored": {
            "repeatsOthers": number(Became.REPEATS),
            "unknownOperation": number(Became.UNKNOWN_OPERATION),
            "ofNoModel": number(Became.OF_NO_MODEL),
        },
    }
