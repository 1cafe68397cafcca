"""The Counters table: daily aggregates by scope or by day, live counters by scope and day of ingestion."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, chain
from typing import Any

from ledger.aggregates import day_cuts, day_slots, day_totals, packs
from ledger.aggregates.day_cuts import DayCut
from ledger.aggregates.day_slots import DaySlots
from ledger.aggregates.day_totals import DayTotals
from ledger.aggregates.packs import Pack
from ledger.aggregates.sections import Section
from ledger.aws import dynamodb, dynamodb_writes
from ledger.aws.concurrency import ParallelQueries
from ledger.aws.dynamodb_parsing import JsonItem
from ledger.aws.retries import CapacityExceeded
from ledger.aws.settings import Settings
from ledger.core import keys, moments
from ledger.core.moments import DAY, day_start
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting import live_counters
from ledger.counting.live_counters import LiveCounter

type Aggregate = DayTotals | DayCut | DaySlots
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

    def totals(self, scope: Scope, first_day: str, last_day: str) -> Iterator[DayTotals]:
        """A scope's totals of some days, both inclusive."""
        first, last = keys.totals_bucket(first_day), keys.totals_bucket(last_day) + "~"
        return day_totals.from_items(self._query(keys.aggregate_partition(scope), first, last))

    def slots(self, scope: Scope, first_day: str, last_day: str) -> Iterator[DaySlots]:
        """A scope's slots of some days, both inclusive."""
        first, last = keys.slots_bucket(first_day), keys.slots_bucket(last_day) + "~"
        return day_slots.from_items(self._query(keys.aggregate_partition(scope), first, last))

    def slots_of_section(self, section: Section) -> list[Iterator[DaySlots]]:
        """The slots of every scope of a section, by the index byDay, which is eventually consistent."""
        cells = [keys.day_cell(section.day, cell) for cell in section.cells]
        old = [keys.old_day_partition(section.day, part) for part in range(keys.PARTS)]
        return [self._slots_of(partition, section) for partition in (*cells, *old)]

    def _slots_of(self, partition: str, section: Section) -> Iterator[DaySlots]:
        items = sorted(self._of_day(partition), key=_place)
        known = (item for item in items if not item["scope"]["S"].startswith(keys.BOARDS))
        return day_slots.from_items(item for item in known if section.has(keys.aggregated_in(item["scope"]["S"])))

    def live_of_section(self, section: Section, ingestion_day: str) -> list[Iterator[LiveCounter]]:
        """The live counters of a day of ingestion, of every scope of a section, by strongly consistent reads."""
        users = keys.live_between("user", section.first, section.last)
        apps = keys.live_between("app", section.first, section.last)
        shared = self._parts(EVERYBODY)
        ranges = [(keys.users_part(part), *users) for part in range(keys.PARTS)]
        ranges += [(part, *apps) for part in shared]
        if section.has_everybody:
            everybody, start = keys.live_prefix(EVERYBODY), day_start(section.day)
            hours = f"{everybody}{start:010d}", f"{everybody}{start + DAY - 1:010d}~"
            ranges += [(part, *hours) for part in shared]
        return [
            self._live_of_day(section.day, keys.live_partition(ingestion_day, part), *between)
            for part, *between in ranges
        ]

    def _live_of_day(self, day: str, partition: str, first: str, last: str) -> Iterator[LiveCounter]:
        start = day_start(day)
        for item in self._query(partition, first, last, ConsistentRead=True):
            if start <= live_counters.hour_of(item) < start + DAY:
                yield live_counters.from_item(item)

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

    def put_newer(self, aggregates: Sequence[Pack]) -> None:
        """Write packs, their chunks first. Raises CapacityExceeded.

        Whatever was ingested through a later day stays as it is, so that a run that was held up takes nothing back.
        """
        for items in ([chunk for pack in aggregates for chunk in pack.chunks], [pack.head for pack in aggregates]):
            if dynamodb_writes.put_each(self.table, items, _is_newer, math.inf):
                raise CapacityExceeded(self.table)

    def sweep(self, pack: Pack) -> None:
        """Remove the chunks of an older pack in its place that it does not name."""
        partition, bucket = pack.head["scope"]["S"], pack.head["bucket"]["S"]
        kept = {chunk["bucket"]["S"] for chunk in pack.chunks}
        older = [
            _key(*_place(item))
            for item in self._query(partition, f"{bucket}0", f"{bucket}~")
            if item["bucket"]["S"] not in kept
        ]
        dynamodb_writes.delete_where(self.table, older, _is_older(pack.head))

    def live(self, scope: Scope, ingestion_day: str, first_hour: int, last_hour: int) -> list[Iterator[LiveCounter]]:
        """A scope's live counters of a day of ingestion, for calls of some hours, both inclusive."""
        prefix = keys.live_prefix(scope)
        first, last = f"{prefix}{first_hour:010d}", f"{prefix}{last_hour:010d}~"
        partitions = [keys.live_partition(ingestion_day, part) for part in self._parts(scope)]
        return [map(live_counters.from_item, self._query(partition, first, last)) for partition in partitions]

    def ingested(self, ingestion_days: Collection[str]) -> dict[str, dict[int, int]]:
        """How many calls the slots of each call day gained on some days of ingestion, by everybody's live counters.

        It has every call day of which something was ingested.
        """
        last = moments.day_start("2100-01-01")
        queries = (query for day in ingestion_days for query in self.live(EVERYBODY, day, 0, last))
        gained: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
        for counter in ParallelQueries(queries):
            of_day = gained[counter.call_day]
            for slot, measures in counter.slots.items():
                of_day[slot] += measures.calls
        return {day: dict(slots) for day, slots in gained.items()}

    def _parts(self, scope: Scope) -> list[str]:
        if scope.kind == "user":
            return [keys.users_part(keys.spread(scope.did))]
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


def _place(item: JsonItem) -> Name:
    return item["scope"]["S"], item["bucket"]["S"]


def _key(partition: str, bucket: str) -> dynamodb.Item:
    return {"scope": {"S": partition}, "bucket": {"S": bucket}}


def _is_newer(item: dynamodb.Item) -> dict[str, Any]:
    """The condition that what is stored under an item's key was not ingested through a later day."""
    return {
        "ConditionExpression": "attribute_not_exists(#ingested) OR #ingested <= :ingested",
        "ExpressionAttributeNames": {"#ingested": packs.INGESTED},
        "ExpressionAttributeValues": {":ingested": item[packs.INGESTED]},
    }


def _is_older(head: dynamodb.Item) -> dict[str, Any]:
    """The condition that a chunk was written for a pack of an earlier day of ingestion than a head's."""
    return {
        "ConditionExpression": "attribute_not_exists(#ingested) OR #ingested < :ingested",
        "ExpressionAttributeNames": {"#ingested": packs.INGESTED},
        "ExpressionAttributeValues": {":ingested": head[packs.INGESTED]},
    }


def _aggregate(head: JsonItem, entries: list[Any]) -> Aggregate:
    match head["bucket"]["S"].partition("#")[0]:
        case keys.SLOTS:
            return day_slots.from_pack(head, entries)
        case keys.CUT:
            return day_cuts.from_pack(head, entries)
        case _:
            return day_totals.from_pack(head, entries)
