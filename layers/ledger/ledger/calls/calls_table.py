"""The Calls table: every call, found by its id, by its user, or by its time."""

import heapq
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from ledger.aws import concurrency, dynamodb, dynamodb_writes
from ledger.aws.dynamodb_parsing import Decode, JsonItem
from ledger.aws.retries import CapacityExceeded
from ledger.aws.settings import Settings
from ledger.calls.call_item import from_item, is_removal, is_withdrawn, removal, to_item, withdrawal
from ledger.calls.model_call import ModelCall
from ledger.calls.write_conditions import came_until, is_forgotten, is_not_newer, is_own
from ledger.core import keys
from ledger.core.identity import Writer
from ledger.core.moments import DAY, FOREVER, HOUR, QUARTER_HOUR, iso, utc_day

_COUNTED = {
    "ProjectionExpression": (
        "callTimeId, userDid, appDid, providerId, model, #type, #status, credits, costSource, totalUsage, inputTokens, "
        "outputTokens, cacheReadInputTokens, cacheCreationInputTokens, #duration, ttfb, updatedAt"
    ),
    "ExpressionAttributeNames": {"#type": "type", "#status": "status", "#duration": "duration"},
}


_POSITION = attrgetter("call_time_id")
REMEMBERED = 15 * DAY
"""Seconds for which it is known that a call was withdrawn, or removed from the archive: longer than one may wait in a
queue to be written, or the archive lag behind."""
LINGERS = DAY + 6 * HOUR
"""Seconds for which a call is still in the table when it is no longer hot: the rest of its day, and six hours for
whoever began to read before that day became cold."""


class Origin(NamedTuple):
    """Of a stored call: by whom it was recorded, if that is known, when its first version came, and when it expires."""

    recorded_by: str | None
    created_at: str
    expires_at: int
    call_time: int | None
    """None of one that was withdrawn."""


@dataclass(frozen=True)
class Calls:
    """Reads and writes the table. `retention`, `hot` and `patience` are in seconds.

    A call expires when the retention has passed since the start of its quarter hour, so a slot of the counters is in
    the log as a whole or not at all. Until then it is in the archive; in the table it is as long as it is hot, since
    the call or since it was written, whichever is later. Calls that DynamoDB refuses for longer than the patience are
    given back: a gateway does not wait much longer.
    """

    table: str
    time_shards: int
    retention: int
    patience: float = 4.0
    hot: int = FOREVER

    @classmethod
    def of(cls, settings: Settings) -> "Calls":
        return cls(settings.calls_table, settings.time_shards, settings.retention, hot=settings.hot)

    def origins(self, ids: Iterable[str]) -> Mapping[str, Origin]:
        """Returns the origins of those calls that are stored, by id. Raises CapacityExceeded.

        It takes a read unit for each id, of a stored call or not, and for each further four kilobytes of a call.
        """
        asked = "id, recordedBy, createdAt, receivedAt, updatedAt, expiresAt, callTimeId"
        found = dynamodb.get_many(self.table, ids, ConsistentRead=True, ProjectionExpression=asked)
        return {call_id: _origin(item) for call_id, item in found.items() if "updatedAt" in item}

    def put(self, calls: Sequence[ModelCall], received_at: float) -> list[ModelCall]:
        """Write calls with distinct ids, replacing stored ones. Returns those that can't be written for now.

        A stored call is not replaced by a lower revision of it.
        """
        give_up = time.monotonic() + self.patience
        moment = iso(received_at)
        items = [self._item(replace(call, updated_at=moment), received_at) for call in calls]
        plain, revised = (
            [each for each in items if "revision" not in each],
            [each for each in items if "revision" in each],
        )
        refused = [
            *dynamodb_writes.put_once(self.table, plain, give_up),
            *dynamodb_writes.put_each(self.table, revised, is_not_newer, give_up),
        ]
        return _of_items(calls, self._put_late(refused, moment, give_up))

    def put_late(self, calls: Sequence[ModelCall], received_at: float) -> list[ModelCall]:
        """Write calls some time after they were received. A stored call that was received later is not replaced.

        Returns those that can't be written for now.
        """
        items = [self._item(call, time.time()) for call in calls]
        return _of_items(calls, self._put_late(items, iso(received_at), time.monotonic() + self.patience))

    def _put_late(self, items: Sequence[dynamodb.Item], received_at: str, give_up: float) -> list[dynamodb.Item]:
        moments = {"updatedAt": {"S": iso(time.time())}, "receivedAt": {"S": received_at}}
        return dynamodb_writes.put_each(self.table, [item | moments for item in items], is_not_newer, give_up)

    def withdraw(self, revisions: Mapping[str, int], writer: Writer, now: float) -> list[str]:
        """Remove calls that turned out to be none, by their ids and revisions. Returns those that can't be for now.

        A call that somebody else recorded stays. A lower revision that is still to be written brings none back.
        """
        give_up = time.monotonic() + self.patience
        expires_at = int(now) + REMEMBERED
        by, moment = writer.credential, iso(now)
        items = [withdrawal(*each, by=by, moment=moment, expires_at=expires_at) for each in revisions.items()]
        return [item["id"]["S"] for item in dynamodb_writes.put_each(self.table, items, is_own, give_up)]

    def correct(self, seen: ModelCall, corrected: ModelCall, now: float) -> bool:
        """Write a correction of a call, unless the call is no longer what was seen. Returns whether it was written.

        A later version that still waits to be written replaces the correction as it would have replaced the call.
        """
        known = {name: value for name, value in self._item(seen, now).items() if name not in ("id", "expiresAt")}
        received_at = seen.received_at or seen.updated_at
        try:
            dynamodb.client().put_item(
                TableName=self.table,
                Item=self._item(replace(corrected, updated_at=iso(now), received_at=received_at), now),
                ConditionExpression=" AND ".join(f"#{name} = :{name}" for name in known),
                ExpressionAttributeNames={f"#{name}": name for name in known},
                ExpressionAttributeValues={f":{name}": value for name, value in known.items()},
            )
        except dynamodb.client().exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _item(self, call: ModelCall, written: float) -> dynamodb.Item:
        return to_item(call, time_shards=self.time_shards, expires_at=self.expires_at(call, written))

    def expires_at(self, call: ModelCall, written: float) -> int:
        """The Unix second at which a call expires that is written at a moment."""
        quarter_hour = call.call_time // QUARTER_HOUR * QUARTER_HOUR
        return min(max(quarter_hour, int(written)) + self.hot + LINGERS, quarter_hour + self.retention)

    def get(self, call_id: str, now: int) -> ModelCall | None:
        """The call of this id, unless it has expired."""
        item = dynamodb.get(self.table, {"id": {"S": call_id}})
        is_call = item and not ("barrier" in item or is_withdrawn(item) or is_removal(item))
        call = from_item(item) if item and is_call else None
        return call if call and call.call_time > self.expired(now) else None

    def expired(self, now: int) -> int:
        """The last second whose calls have expired. DynamoDB removes them later, by its own time."""
        return (now - self.retention) // QUARTER_HOUR * QUARTER_HOUR + QUARTER_HOUR - 1

    def hot_since(self, now: int) -> int:
        """The first second of the days that are hot. The table has every call from then on, if `hot` never grew."""
        return max((now - self.hot) // DAY * DAY, self.expired(now) + 1)

    def of_user(self, did: str, start: str, end: str, *, page: int | None = None) -> Iterator[ModelCall]:
        """A user's calls, newest first, read in pages of at most `page`.

        They lie between two positions, both inclusive: `keys.from_second`, `keys.through_second` or a callTimeId.
        """
        return chain.from_iterable(self._pages(keys.BY_USER, "userDid", {"S": did}, start, end, limit=page))

    def of_everybody(self, start: str, end: str, *, page: int | None = None) -> Iterator[ModelCall]:
        """Everybody's calls, as `of_user`. All shards of the index are read at once at first, and merged in order."""
        shards = self._shards(start, end, limit=page)
        firsts = list(concurrency.threads().map(_next_page, shards))
        in_order = [chain(first, chain.from_iterable(pages)) for first, pages in zip(firsts, shards, strict=True)]
        return heapq.merge(*in_order, key=_POSITION, reverse=True)

    def partitions(self, did: str | None, start: str, end: str) -> list[dict[str, Any]]:
        """The Queries of all calls of a user, or of everybody (None), between two positions, both inclusive."""
        if did is not None:
            return [self._partition(keys.BY_USER, "userDid", {"S": did}, start, end)]
        shards = range(self.time_shards)
        return [self._partition(keys.BY_TIME, "timeShard", {"N": str(shard)}, start, end) for shard in shards]

    def of_shards(self, start: str, end: str, *, page: int | None = None) -> list[Iterator[list[ModelCall]]]:
        """Everybody's calls as independent Queries, each an iterator of pages of at most `page`, read when it is asked.

        Calls have only the fields that are counted.
        """
        return self._shards(start, end, limit=page, **_COUNTED)

    def items(
        self, decode: Decode, start: str, end: str, *, page: int, did: str | None = None, newest_first: bool = False
    ) -> list[Iterator[Any]]:
        """The calls of a user, or of everybody (None), between two positions, both inclusive, by time and id.

        Each Query, one for each shard, is an iterator of pages of at most `page` items, as `decode` returns them, read
        when it is asked.
        """
        return [
            dynamodb.query_as(decode, self.table, limit=page, ScanIndexForward=not newest_first, **partition)
            for partition in self.partitions(did, start, end)
        ]

    def positions(self, did: str, after: str, page: int) -> Iterator[list[str]]:
        """The callTimeIds of a user's calls after one of them, oldest first, in pages of at most `page`."""
        pages = dynamodb.query(
            self.table,
            limit=page,
            IndexName=keys.BY_USER,
            KeyConditionExpression="userDid = :did AND callTimeId > :after",
            ExpressionAttributeValues={":did": {"S": did}, ":after": {"S": after or keys.from_second(0)}},
            ProjectionExpression="callTimeId",
        )
        return ([item["callTimeId"]["S"] for item in items] for items in pages if items)

    def remove(self, positions: Sequence[str], until: str) -> int:
        """Remove the calls with these callTimeIds, unless they came after a moment. Returns how many are removed."""
        ids = [{"id": {"S": position.partition("#")[2]}} for position in positions]
        return dynamodb_writes.delete_where(self.table, ids, came_until(until))

    def remove_archived(self, calls: Sequence[ModelCall], now: int) -> int:
        """Remove calls of one day that only the archive has. Returns how many are removed.

        The stream brings the item that removes a call. Then nothing of the call stays in it, but that it was removed:
        to do it again within 15 days changes nothing. Raises CapacityExceeded.
        """
        keys_of = {keys.removal(call.id, utc_day(call.call_time)): call for call in calls}
        items = [removal(key, self._item(call, now), expires_at=now + REMEMBERED) for key, call in keys_of.items()]
        removed = dynamodb_writes.put_where(self.table, items, is_forgotten(now))
        if dynamodb_writes.put_many(self.table, [removal(key, {}, expires_at=now + REMEMBERED) for key in keys_of]):
            raise CapacityExceeded(self.table)
        return removed

    def _shards(self, start: str, end: str, **request: Any) -> list[Iterator[list[ModelCall]]]:
        return [
            self._pages(keys.BY_TIME, "timeShard", {"N": str(shard)}, start, end, **request)
            for shard in range(self.time_shards)
        ]

    def _pages(
        self, index: str, attribute: str, partition: dynamodb.Item, start: str, end: str, **request: Any
    ) -> Iterator[list[ModelCall]]:
        asked = self._partition(index, attribute, partition, start, end)
        pages = dynamodb.query(self.table, ScanIndexForward=False, **asked, **request)
        return ([from_item(item) for item in items] for items in pages)

    def _partition(self, index: str, attribute: str, partition: dynamodb.Item, start: str, end: str) -> dict[str, Any]:
        return {
            "IndexName": index,
            "KeyConditionExpression": f"{attribute} = :partition AND callTimeId BETWEEN :start AND :end",
            "ExpressionAttributeValues": {":partition": partition, ":start": {"S": start}, ":end": {"S": end}},
        }


def _origin(item: JsonItem) -> Origin:
    recorded_by = item["recordedBy"]["S"] if "recordedBy" in item else None
    first = next(item[name]["S"] for name in ("createdAt", "receivedAt", "updatedAt") if name in item)
    call_time = int(item["callTimeId"]["S"].partition("#")[0]) if "callTimeId" in item else None
    return Origin(recorded_by, first, int(item["expiresAt"]["N"]), call_time)


def _of_items(calls: Sequence[ModelCall], items: Sequence[dynamodb.Item]) -> list[ModelCall]:
    """The calls that these items hold."""
    ids = {item["id"]["S"] for item in items}
    return [call for call in calls if call.id in ids]


def _next_page(pages: Iterator[list[ModelCall]]) -> list[ModelCall]:
    none: list[ModelCall] = []
    return next(pages, none)
