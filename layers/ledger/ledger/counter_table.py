"""The Counters table: daily aggregates by scope or by day, live counters by scope and day of ingestion."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from ledger import counters, day_slots, day_totals, dynamodb, keys
from ledger.counters import LiveCounter
from ledger.day_slots import DaySlots
from ledger.day_totals import DayTotals
from ledger.packs import Pack
from ledger.settings import Settings


@dataclass(frozen=True)
class CounterTable:
    """The table, and the number of fragments in which its shared counters are kept.

    What reads answers a list of independent Queries, each an iterator that reads when it is asked.
    """

    table: str
    fragments: int

    @classmethod
    def of(cls, settings: Settings) -> "CounterTable":
        return cls(settings.counters_table, settings.counter_fragments)

    def totals(self, scope: str, first_day: str, last_day: str) -> list[Iterator[DayTotals]]:
        """A scope's totals of some days, both inclusive."""
        first, last = keys.totals_bucket(first_day), keys.totals_bucket(last_day) + "~"
        return [day_totals.from_items(self._query(partition, first, last)) for partition in _partitions(scope)]

    def slots(self, scope: str, first_day: str, last_day: str) -> list[Iterator[DaySlots]]:
        """A scope's slots of some days, both inclusive."""
        first, last = keys.slots_bucket(first_day), keys.slots_bucket(last_day) + "~"
        return [day_slots.from_items(self._query(partition, first, last)) for partition in _partitions(scope)]

    def slots_of_day(self, day: str) -> list[Iterator[DaySlots]]:
        """Every scope's slots of a day, by the index byDay, which follows the table within a second or so."""
        partitions = (keys.day_partition(day, part) for part in range(keys.PARTS))
        return [day_slots.from_items(sorted(self._of_day(partition), key=_place)) for partition in partitions]

    def sweep(self, pack: Pack) -> None:
        """Remove what overflowed from a pack before, and is none of its chunks."""
        partition, bucket = pack.head["scope"]["S"], pack.head["bucket"]["S"]
        kept = {chunk["bucket"]["S"] for chunk in pack.chunks}
        for item in self._query(partition, f"{bucket}0", f"{bucket}~"):
            if item["bucket"]["S"] not in kept:
                key = {"scope": item["scope"], "bucket": item["bucket"]}
                dynamodb.client().delete_item(TableName=self.table, Key=key)

    def live(self, scope: str, ingestion_day: str, first_hour: int, last_hour: int) -> list[Iterator[LiveCounter]]:
        """A scope's live counters of a day of ingestion, for calls of some hours, both inclusive.

        A board's are those of every user, or of every app, of any hour.
        """
        prefix = keys.live_prefix(scope)
        if scope in (keys.USERS, keys.APPS):
            first, last = prefix, prefix + "~"
        else:
            first, last = f"{prefix}{first_hour:010d}", f"{prefix}{last_hour:010d}~"
        partitions = [keys.live_partition(ingestion_day, part) for part in self._parts(scope)]
        return [map(counters.from_item, self._query(partition, first, last)) for partition in partitions]

    def _parts(self, scope: str) -> list[str]:
        kind, _, did = scope.partition("#")
        if kind == "user":
            return [keys.users_part(keys.spread(did))]
        if scope == keys.USERS:
            return [keys.users_part(part) for part in range(keys.PARTS)]
        return [keys.shared_part(fragment) for fragment in range(self.fragments)]

    def _query(self, partition: str, first: str, last: str) -> Iterator[dynamodb.Item]:
        return chain.from_iterable(
            dynamodb.query(
                self.table,
                KeyConditionExpression="#scope = :scope AND #bucket BETWEEN :first AND :last",
                ExpressionAttributeNames={"#scope": "scope", "#bucket": "bucket"},
                ExpressionAttributeValues={":scope": {"S": partition}, ":first": {"S": first}, ":last": {"S": last}},
            )
        )

    def _of_day(self, partition: str) -> Iterator[dynamodb.Item]:
        return chain.from_iterable(
            dynamodb.query(
                self.table,
                IndexName=keys.BY_DAY,
                KeyConditionExpression="#day = :day",
                ExpressionAttributeNames={"#day": "day"},
                ExpressionAttributeValues={":day": {"S": partition}},
            )
        )


def _partitions(scope: str) -> list[str]:
    if scope == keys.USERS:
        return [keys.aggregate_partition(scope, part) for part in range(keys.PARTS)]
    return [keys.aggregate_partition(scope)]


def _place(item: dynamodb.Item) -> tuple[str, str]:
    return item["scope"]["S"], item["bucket"]["S"]
