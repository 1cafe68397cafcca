"""Counting: each record of the Calls table's stream is added to the live counters exactly once."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from aws_lambda_powertools import Logger

from ledger.aws import dynamodb
from ledger.aws.retries import REQUEST_ERRORS, Backoff, is_retryable
from ledger.calls.call_item import from_item
from ledger.core import keys
from ledger.core.moments import DAY, unix, utc_day
from ledger.counting import watermark
from ledger.counting.live_counters import CounterKey, Delta, deltas, update
from ledger.counting.measures import ZERO

MOST_ITEMS = 100
"""Items of one transaction, DynamoDB's limit."""
MARKED = 2 * DAY
"""Seconds for which a marker says that a record is counted. The stream drops the record after a day."""
BACKOFF = Backoff(attempts=12, first_pause=0.04, longest_pause=1.0)
_RETRYABLE = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}

logger = Logger()


@dataclass(frozen=True)
class Record:
    """A change of a call: what it adds to which live counters."""

    event_id: str
    sequence_number: str
    marker: dynamodb.Item
    deltas: Mapping[CounterKey, Delta]


@dataclass
class Transaction:
    """Records that are counted together, with the sum of what they add."""

    records: list[Record] = field(default_factory=list[Record])
    deltas: defaultdict[CounterKey, Delta] = field(default_factory=lambda: defaultdict[CounterKey, Delta](dict))

    @classmethod
    def of(cls, records: Iterable[Record]) -> Self:
        transaction = cls()
        for record in records:
            transaction.add(record)
        return transaction

    def has_room_for(self, record: Record) -> bool:
        counters = self.deltas.keys() | record.deltas.keys()
        return len(self.records) + 1 + len(counters) <= MOST_ITEMS

    def add(self, record: Record) -> None:
        self.records.append(record)
        for key, delta in record.deltas.items():
            slots = self.deltas[key]
            for slot, measures in delta.items():
                slots[slot] = slots.get(slot, ZERO) + measures


@dataclass(frozen=True)
class Counting:
    """The Counters table, the fragment that this worker counts in, and its attempts at each transaction."""

    table: str
    fragment: int
    backoff: Backoff = BACKOFF
    _noted: set[str] = field(default_factory=set[str])

    def count(self, changes: Sequence[Mapping[str, Any]]) -> list[str]:
        """Count those records of a stream event that are not counted yet.

        Returns the sequence numbers of the records that could not be counted. They may be delivered again, together
        with any others.
        """
        failed: list[str] = []
        records: dict[str, Record] = {}
        for change in changes:
            try:
                records[change["eventID"]] = _record(change)
            except (KeyError, ValueError):
                logger.exception("Not an image of a call", extra={"eventID": change.get("eventID")})
                failed.append(change["dynamodb"]["SequenceNumber"])
        self._note_days({key.ingestion_day for record in records.values() for key in record.deltas})
        for transaction in _transactions(records.values()):
            try:
                self._count(transaction)
            except (*REQUEST_ERRORS, NotCounted):
                logger.exception("Not counted", extra={"records": len(transaction.records)})
                failed += (record.sequence_number for record in transaction.records)
        return failed

    def _note_days(self, days: set[str]) -> None:
        for day in days - self._noted:
            watermark.note_day(self.table, day, int(time.time()))
            self._noted.add(day)

    def _count(self, transaction: Transaction) -> None:
        """Count what a transaction holds, leaving out records that turn out to be counted. Raises NotCounted."""
        for _ in self.backoff:
            try:
                dynamodb.client().transact_write_items(TransactItems=self._items(transaction))
            except dynamodb.client().exceptions.TransactionCanceledException as canceled:
                reasons = [reason.get("Code") for reason in canceled.response.get("CancellationReasons", [])]
                known = {
                    record.event_id
                    for record, code in zip(transaction.records, reasons, strict=False)
                    if code == "ConditionalCheckFailed"
                }
                if known:
                    transaction = Transaction.of(
                        record for record in transaction.records if record.event_id not in known
                    )
                    if not transaction.records:
                        return
                elif not _RETRYABLE.intersection(reasons):
                    raise
            except REQUEST_ERRORS as error:
                if not is_retryable(error):
                    raise
            else:
                return
        raise NotCounted

    def _items(self, transaction: Transaction) -> Any:
        now = int(time.time())
        markers = [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": {**record.marker, "expiresAt": {"N": str(now + MARKED)}},
                    "ConditionExpression": "attribute_not_exists(#scope)",
                    "ExpressionAttributeNames": {"#scope": "scope"},
                }
            }
            for record in transaction.records
        ]
        added = (
            update(
                self.table, key, {slot: measures for slot, measures in delta.items() if measures}, self.fragment, now
            )
            for key, delta in transaction.deltas.items()
        )
        return [*markers, *added]


class NotCounted(Exception):
    """DynamoDB refused a transaction at every attempt."""


def _record(change: Mapping[str, Any]) -> Record:
    """What a change adds. An old image that had expired is not subtracted: expired calls stay in the statistics."""
    images = change["dynamodb"]
    old, new = images.get("OldImage"), images.get("NewImage")
    if "barrier" in (new or old):
        marker = keys.barrier_marker((new or old)["barrier"]["S"], (new or old)["id"]["S"])
        return Record(change["eventID"], images["SequenceNumber"], marker, {})
    if new:
        ingestion_day, written = new["updatedAt"]["S"][:10], unix(new["updatedAt"]["S"])
    else:
        written = images["ApproximateCreationDateTime"]
        ingestion_day = utc_day(written)
    removed_by_ttl = change.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com"
    if old and (removed_by_ttl or int(old["expiresAt"]["N"]) <= written):
        old = None
    added = deltas(from_item(old) if old else None, from_item(new) if new else None, ingestion_day)
    return Record(change["eventID"], images["SequenceNumber"], keys.marker(change["eventID"]), added)


def _transactions(records: Iterable[Record]) -> Iterator[Transaction]:
    """Records in as few transactions as possible: those that share counters are next to each other."""
    transaction = Transaction()
    for record in sorted(records, key=_order):
        if not transaction.has_room_for(record):
            yield transaction
            transaction = Transaction()
        transaction.add(record)
    if transaction.records:
        yield transaction


def _order(record: Record) -> tuple[str, ...]:
    """An app's calls of a model share two counters, whichever user made them; those of one user share all three."""
    own = max(record.deltas, key=lambda key: key.scope, default=None)
    return (own.series.app_did, *own.series, *own.scope) if own else ()
