"""The Calls table: every call, found by its id, by its user, or by its time."""

import heapq
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import Any

from ledger import dynamodb, keys
from ledger.model_call import ModelCall, from_item, iso, to_item
from ledger.settings import Settings

PATIENCE = 4
"""Seconds after which calls that DynamoDB keeps refusing are given back: a gateway does not wait much longer."""
_COUNTED = {
    "ProjectionExpression": (
        "callTimeId, userDid, appDid, providerId, model, #type, #status, credits, costSource, totalUsage, inputTokens, "
        "outputTokens, cacheReadInputTokens, cacheCreationInputTokens, #duration, ttfb, updatedAt"
    ),
    "ExpressionAttributeNames": {"#type": "type", "#status": "status", "#duration": "duration"},
}


@dataclass(frozen=True)
class Calls:
    """The table, with what its keys are built from. `retention` in seconds."""

    table: str
    time_shards: int
    retention: int

    @classmethod
    def of(cls, settings: Settings) -> "Calls":
        return cls(settings.calls_table, settings.time_shards, settings.retention)

    def put(self, calls: Sequence[ModelCall], received_at: float) -> list[ModelCall]:
        """Write calls with distinct ids, replacing those already there. Answers those that can't be written for now."""
        give_up = time.monotonic() + PATIENCE
        moment = iso(received_at)
        items = [self._item(replace(call, updated_at=moment)) for call in calls]
        refused = [from_item(item) for item in dynamodb.put_once(self.table, items, give_up)]
        return self._put_late(refused, received_at, give_up)

    def put_late(self, calls: Sequence[ModelCall], received_at: float) -> list[ModelCall]:
        """Write calls some time after they were received, as `put`; one that came later for the same id stays."""
        return self._put_late(calls, received_at, time.monotonic() + PATIENCE)

    def _put_late(self, calls: Sequence[ModelCall], received_at: float, give_up: float) -> list[ModelCall]:
        written_at, moment = iso(time.time()), iso(received_at)
        items = [self._item(replace(call, updated_at=written_at, received_at=moment)) for call in calls]
        condition = {
            "ConditionExpression": (
                "attribute_not_exists(id) OR receivedAt <= :moment"
                " OR (attribute_not_exists(receivedAt) AND updatedAt <= :moment)"
            ),
            "ExpressionAttributeValues": {":moment": {"S": moment}},
        }
        return [from_item(item) for item in dynamodb.put_where(self.table, items, condition, give_up)]

    def _item(self, call: ModelCall) -> dynamodb.Item:
        return to_item(call, time_shards=self.time_shards, expires_at=call.call_time + self.retention)

    def get(self, call_id: str, now: int) -> ModelCall | None:
        """The call of this id, unless it has expired."""
        item = dynamodb.get(self.table, {"id": {"S": call_id}})
        call = from_item(item) if item and "barrier" not in item else None
        return call if call and call.call_time > self.expired(now) else None

    def expired(self, now: int) -> int:
        """The last second whose calls have expired. DynamoDB removes them later, by its own time."""
        return now - self.retention

    def of_user(self, did: str, start: str, end: str, *, page: int | None = None) -> Iterator[ModelCall]:
        """A user's calls, newest first, read in pages of at most `page`.

        They lie between two positions, both inclusive: `keys.from_second`, `keys.through_second` or a callTimeId.
        """
        return chain.from_iterable(self._pages(keys.BY_USER, "userDid", {"S": did}, start, end, limit=page))

    def of_everybody(self, start: str, end: str, *, page: int | None = None) -> Iterator[ModelCall]:
        """Everybody's calls, as `of_user`; the shards of the index are merged in order, and first asked all at once."""
        shards = self._shards(start, end, limit=page)
        firsts = list(dynamodb.threads().map(_next_page, shards))
        in_order = [chain(first, chain.from_iterable(pages)) for first, pages in zip(firsts, shards, strict=True)]
        return heapq.merge(*in_order, key=attrgetter("call_time_id"), reverse=True)

    def of_shards(self, start: str, end: str) -> list[Iterator[ModelCall]]:
        """Everybody's calls as independent Queries, each an iterator that reads when it is asked.

        They hold what is counted of a call, and nothing else.
        """
        return [chain.from_iterable(pages) for pages in self._shards(start, end, **_COUNTED)]

    def _shards(self, start: str, end: str, **request: Any) -> list[Iterator[list[ModelCall]]]:
        return [
            self._pages(keys.BY_TIME, "timeShard", {"N": str(shard)}, start, end, **request)
            for shard in range(self.time_shards)
        ]

    def _pages(
        self, index: str, attribute: str, partition: dynamodb.Item, start: str, end: str, **request: Any
    ) -> Iterator[list[ModelCall]]:
        pages = dynamodb.query(
            self.table,
            IndexName=index,
            KeyConditionExpression=f"{attribute} = :partition AND callTimeId BETWEEN :start AND :end",
            ExpressionAttributeValues={":partition": partition, ":start": {"S": start}, ":end": {"S": end}},
            ScanIndexForward=False,
            **request,
        )
        return ([from_item(item) for item in items] for items in pages)


def _next_page(pages: Iterator[list[ModelCall]]) -> list[ModelCall]:
    none: list[ModelCall] = []
    return next(pages, none)
