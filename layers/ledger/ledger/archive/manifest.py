"""The manifest: which objects the archive consists of, so that a reader lists nothing.

It is stored in the Counters table: an item for each archived day, one for each change file, and one for each object
that no reader will look for any more.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.archive import objects
from ledger.archive.parts import Totals
from ledger.aws import dynamodb, dynamodb_writes
from ledger.aws.retries import CapacityExceeded
from ledger.core import exact_json, keys
from ledger.core.moments import DAY, HOUR, day_start

type Item = dynamodb.Item

SUPERSEDED = HOUR
"""Seconds after which an object is removed that a newer one replaces. Readers that began before are done by then."""
UNPUBLISHED = 2 * DAY
"""Seconds after which an object is removed that was written, but has not become part of a day."""


@dataclass(frozen=True)
class WrittenPart:
    """A part of a day that is written. Times are Unix seconds, both inclusive."""

    number: int
    key: str
    size: int
    first: int
    last: int
    totals: Totals
    read_at: int
    read_until: int
    """When the table was read for it."""


@dataclass(frozen=True)
class ArchivedDay:
    """A generation of a day's file, in parts that follow each other."""

    day: str
    generation: str
    parts: Sequence[WrittenPart]

    @property
    def read_at(self) -> int:
        """The Unix second since which changes may be missing from it."""
        return min(part.read_at for part in self.parts)

    @property
    def read_until(self) -> int:
        """The Unix second up to which changes may be in it."""
        return max(part.read_until for part in self.parts)

    @property
    def totals(self) -> Totals:
        return Totals(
            sum(part.totals.rows for part in self.parts),
            sum(part.totals.tokens for part in self.parts),
            sum((part.totals.credits for part in self.parts), Decimal(0)),
        )


@dataclass(frozen=True)
class ChangeFile:
    """A change file, in which all changes are of one hour of ingestion."""

    ingestion_day: str
    hour: int
    name: str
    rows: int
    days: frozenset[str]
    """The call days that its rows change."""

    @property
    def key(self) -> str:
        return objects.change_file(self.ingestion_day, self.hour, self.name)

    @property
    def until(self) -> int:
        """The Unix second at which its hour ends."""
        return day_start(self.ingestion_day) + (self.hour + 1) * HOUR

    @property
    def bucket(self) -> str:
        """The sort key of its item."""
        return f"{self.hour:02d}#{self.name}"


@dataclass(frozen=True)
class Manifest:
    """The table that has the manifest."""

    table: str

    def days(self, first: str, last: str) -> list[ArchivedDay]:
        """The archived days between two days, both inclusive."""
        items = self._items(keys.ARCHIVE, keys.archived_day(first), keys.archived_day(last))
        return [_day(item["bucket"]["S"].partition("#")[2], item) for item in items]

    def day(self, day: str) -> ArchivedDay | None:
        """A day, if it is archived."""
        item = dynamodb.get(self.table, _key(keys.ARCHIVE, keys.archived_day(day)))
        return _day(day, item) if item else None

    def note_part(self, day: str, generation: str, part: WrittenPart) -> None:
        """Note a part that is written. Another attempt at it replaces it."""
        item = _key(keys.written_parts(day, generation), f"{part.number:05d}")
        expires_at = {"N": str(int(time.time()) + UNPUBLISHED)}
        self._put([item | {"part": {"S": _dumps(part)}, "expiresAt": expires_at}])

    def written(self, day: str, generation: str) -> list[WrittenPart]:
        """The parts of a day that are written, in their order."""
        return [_part(exact_json.loads(item["part"]["S"])) for item in self._items(keys.written_parts(day, generation))]

    def publish(self, archived: ArchivedDay) -> None:
        """Make this generation the day's file, at once for every reader. One that was read later stays."""
        before = self.day(archived.day)
        if before:
            self.note_unnamed([part.key for part in before.parts], SUPERSEDED)
        with suppress(dynamodb.client().exceptions.ConditionalCheckFailedException):
            dynamodb.client().put_item(
                TableName=self.table,
                Item=_key(keys.ARCHIVE, keys.archived_day(archived.day))
                | {
                    "generation": {"S": archived.generation},
                    "parts": {"S": "[" + ", ".join(map(_dumps, archived.parts)) + "]"},
                    "readAt": {"N": str(archived.read_at)},
                },
                ConditionExpression="attribute_not_exists(#scope) OR readAt < :readAt",
                ExpressionAttributeNames={"#scope": "scope"},
                ExpressionAttributeValues={":readAt": {"N": str(archived.read_at)}},
            )

    def forget_days(self, before: str) -> None:
        """Let no reader look for the days before a day any more."""
        days = [day for day in self.days("", before) if day.day < before]
        lists = [objects.parts_list(day.day) for day in days]
        self.note_unnamed([part.key for day in days for part in day.parts] + lists, SUPERSEDED)
        items = [_key(keys.ARCHIVE, keys.archived_day(day.day)) for day in days]
        dynamodb_writes.delete_where(self.table, items, {})

    def note_changes(self, file: ChangeFile) -> None:
        """Note a change file that is written."""
        self._put(
            [
                _key(keys.change_files(file.ingestion_day), file.bucket)
                | {"rows": {"N": str(file.rows)}, "days": {"S": " ".join(sorted(file.days))}}
            ]
        )

    def changes(self, ingestion_day: str) -> list[ChangeFile]:
        """The change files of a day of ingestion, by hour."""
        return [_change_file(ingestion_day, item) for item in self._items(keys.change_files(ingestion_day))]

    def forget_changes(self, files: Sequence[ChangeFile]) -> None:
        """Let no reader look for some change files any more."""
        self.note_unnamed([file.key for file in files], SUPERSEDED)
        items = [_key(keys.change_files(file.ingestion_day), file.bucket) for file in files]
        dynamodb_writes.delete_where(self.table, items, {})

    def note_unnamed(self, objects: Iterable[str], seconds: int) -> None:
        """Note objects that may be removed after some seconds, unless the manifest names them then."""
        due = {"N": str(int(time.time()) + seconds)}
        self._put([_key(keys.UNNAMED_OBJECTS, key) | {"due": due} for key in objects])

    def unnamed(self, now: int) -> list[str]:
        """The objects that may be removed."""
        return [item["bucket"]["S"] for item in self._items(keys.UNNAMED_OBJECTS) if int(item["due"]["N"]) <= now]

    def forget_unnamed(self, objects: Iterable[str]) -> None:
        dynamodb_writes.delete_where(self.table, [_key(keys.UNNAMED_OBJECTS, key) for key in objects], {})

    def _put(self, items: Sequence[Item]) -> None:
        if dynamodb_writes.put_many(self.table, items):
            raise CapacityExceeded(self.table)

    def _items(self, partition: str, first: str = " ", last: str = "~") -> list[Any]:
        """The items of a partition, by a strongly consistent read."""
        pages = dynamodb.query(
            self.table,
            KeyConditionExpression="#scope = :scope AND #bucket BETWEEN :first AND :last",
            ExpressionAttributeNames={"#scope": "scope", "#bucket": "bucket"},
            ExpressionAttributeValues={":scope": {"S": partition}, ":first": {"S": first}, ":last": {"S": last}},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page]


def _key(partition: str, bucket: str) -> Item:
    return {"scope": {"S": partition}, "bucket": {"S": bucket}}


def _day(day: str, item: Any) -> ArchivedDay:
    return ArchivedDay(day, item["generation"]["S"], [_part(part) for part in exact_json.loads(item["parts"]["S"])])


def _dumps(part: WrittenPart) -> str:
    return exact_json.dumps(part).decode()


def _part(fields: dict[str, Any]) -> WrittenPart:
    totals: dict[str, Any] = fields.pop("totals")
    return WrittenPart(**fields, totals=Totals(totals["rows"], totals["tokens"], Decimal(totals["credits"])))


def _change_file(ingestion_day: str, item: Any) -> ChangeFile:
    hour, _, name = item["bucket"]["S"].partition("#")
    return ChangeFile(ingestion_day, int(hour), name, int(item["rows"]["N"]), frozenset(item["days"]["S"].split()))
