"""The Counters table: daily aggregates by scope or by day, live counters by scope and day of ingestion."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, chain
from typing import Any

from ledger.aggregates import day_cuts, day_slots, packs, period_totals
from ledger.aggregates.day_cuts import DayCut
from ledger.aggregates.day_slots import DaySlots
from ledger.aggregates.packs import Pack
from ledger.aggregates.period_totals import PeriodTotals
from ledger.aws import dynamodb
from ledger.aws.concurrency import ParallelQueries
from ledger.aws.dynamodb_parsing import JsonItem
from ledger.aws.settings import Settings
from ledger.core import keys, moments
from ledger.core.scopes import APPS, EVERYBODY, USERS, Scope
from ledger.counting import live_counters
from ledger.counting.live_counters import LiveCounter

type Aggregate = PeriodTotals | DayCut | DaySlots
type Name = tuple[str, str]
"""The partition key and the sort key of an aggregate."""


@dataclass(frozen=True)
class CounterTable:
    """The table, and the number of fragments in which its shared live counters are stored.

    Methods that read return a list of independent Queries. Each is an iterator that reads a page when it is needed.
    """

    table: str
    fragments: int

    @classmethod
    def of(cls, settings: Settings) -> "CounterTable":
        return cls(settings.counters_table, settings.counter_fragments)

    def totals(self, scope: Scope, first_day: str, last_day: str) -> list[Iterator[PeriodTotals]]:
        """A scope's totals of some days, both inclusive."""
        first, last = keys.totals_bucket(first_day), keys.totals_bucket(last_day) + "~"
        return [period_totals.from_items(self._query(partition, first, last)) for partition in partitions(scope)]

    def days_of_week(self, scope: Scope, part: int, day: str) -> list[PeriodTotals]:
        """The totals of the days of a day's week, by a strongly consistent read."""
        monday, *_, sunday = moments.week(day)
        first, last = keys.totals_bucket(monday), keys.totals_bucket(sunday) + "~"
        items = self._query(keys.aggregate_partition(scope, part), first, last, ConsistentRead=True)
        return list(period_totals.from_items(items))

    def slots(self, scope: Scope, first_day: str, last_day: str) -> list[Iterator[DaySlots]]:
        """A scope's slots of some days, both inclusive."""
        first, last = keys.slots_bucket(first_day), keys.slots_bucket(last_day) + "~"
        return [day_slots.from_items(self._query(partition, first, last)) for partition in partitions(scope)]

    def slots_of_day(self, day: str) -> list[Iterator[DaySlots]]:
        """Every scope's slots of a day, by the index byDay, which is eventually consistent."""
        partitions = (keys.day_partition(day, part) for part in range(keys.PARTS))
        return [day_slots.from_items(sorted(self._of_day(partition), key=_place)) for partition in partitions]

    def named(self, names: Iterable[Name]) -> list[Iterator[Aggregate]]:
        """Those of these aggregates that exist."""
        return [self._named(chunk) for chunk in batched(dict.fromkeys(names), dynamodb.BATCH_GET)]

    def _named(self, names: Sequence[Name]) -> Iterator[Aggregate]:
        items = dynamodb.get_batch(self.table, [_key(*name) for name in names])
        overflown = [
            _key(item["scope"]["S"], item["bucket"]["S"] + chunk)
            for item in items
            if "chunks" in item
            for chunk in item["chunks"]["S"].split()
        ]
        for chunk in batched(overflown, dynamodb.BATCH_GET):
            items += dynamodb.get_batch(self.table, chunk)
        for head, entries in packs.unpacked(sorted(items, key=_place)):
            yield _aggregate(head, entries)

    def sweep(self, pack: Pack) -> None:
        """Remove the chunks of a pack that its head no longer names."""
        partition, bucket = pack.head["scope"]["S"], pack.head["bucket"]["S"]
        kept = {chunk["bucket"]["S"] for chunk in pack.chunks}
        for item in self._query(partition, f"{bucket}0", f"{bucket}~"):
            if item["bucket"]["S"] not in kept:
                dynamodb.client().delete_item(TableName=self.table, Key=_key(*_place(item)))

    def live(self, scope: Scope, ingestion_day: str, first_hour: int, last_hour: int) -> list[Iterator[LiveCounter]]:
        """A scope's live counters of a day of ingestion, for calls of some hours, both inclusive.

        Those of a board are the live counters of every user, or of every app, for calls of any hour.
        """
        prefix = keys.live_prefix(scope)
        if scope.is_board:
            first, last = prefix, prefix + "~"
        else:
            first, last = f"{prefix}{first_hour:010d}", f"{prefix}{last_hour:010d}~"
        partitions = [keys.live_partition(ingestion_day, part) for part in self._parts(scope)]
        return [map(live_counters.from_item, self._query(partition, first, last)) for partition in partitions]

    def touched(self, ingestion_days: Collection[str]) -> set[str]:
        """The call days of which something was ingested on these days, by everybody's live counters."""
        last = moments.day_start("2100-01-01")
        queries = (query for day in ingestion_days for query in self.live(EVERYBODY, day, 0, last))
        return {counter.call_day for counter in ParallelQueries(queries)}

    def live_shared(self, ingestion_day: str) -> list[Iterator[LiveCounter]]:
        """Everybody's live counters of a day of ingestion, and those of every app."""
        first, last = keys.live_prefix(EVERYBODY), keys.live_prefix(APPS) + "~"
        partitions = [keys.live_partition(ingestion_day, part) for part in self._parts(EVERYBODY)]
        return [map(live_counters.from_item, self._query(partition, first, last)) for partition in partitions]

    def _parts(self, scope: Scope) -> list[str]:
        if scope.kind == "user":
            return [keys.users_part(keys.spread(scope.did))]
        if scope == USERS:
            return [keys.users_part(part) for part in range(keys.PARTS)]
        return [keys.shared_part(fragment) for fragment in range(self.fragments)]

    def _query(self, partition: str, first: str, last: str, **request: Any) -> Iterator[JsonItem]:
        return chain.from_iterable(
            dynamodb.query(
                self.table,
                KeyConditionExpression="#scope = :scope AND #bucket BETWEEN :first AND :last",
                ExpressionAttributeNames={"#scope": "scope", "#bucket": "bucket"},
                ExpressionAttributeValues={":scope": {"S": partition}, ":first": {"S": first}, ":last": {"S": last}},
                **request,
            )
        )

    def _of_day(self, partition: str) -> Iterator[JsonItem]:
        return chain.from_iterable(
            dynamodb.query(
                self.table,
                IndexName=keys.BY_DAY,
                KeyConditionExpression="#day = :day",
                ExpressionAttributeNames={"#day": "day"},
                ExpressionAttributeValues={":day": {"S": partition}},
            )
        )


def partitions(scope: Scope) -> list[str]:
    """The partitions that hold the daily aggregates of a scope."""
    if scope == USERS:
        return [keys.aggregate_partition(scope, part) for part in range(keys.PARTS)]
    return [keys.aggregate_partition(scope)]


def _place(item: JsonItem) -> Name:
    return item["scope"]["S"], item["bucket"]["S"]


def _key(partition: str, bucket: str) -> dynamodb.Item:
    return {"scope": {"S": partition}, "bucket": {"S": bucket}}


def _aggregate(head: JsonItem, entries: list[Any]) -> Aggregate:
    match head["bucket"]["S"].partition("#")[0]:
        case keys.SLOTS:
            return day_slots.from_pack(head, entries)
        case keys.CUT:
            return day_cuts.from_pack(head, entries)
        case _:
            return period_totals.from_pack(head, entries)
