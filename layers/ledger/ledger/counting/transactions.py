"""Changes of calls, and the transactions in which they are counted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ledger.calls.call_item import from_item, is_withdrawn
from ledger.calls.model_call import ModelCall
from ledger.core.moments import unix, utc_day
from ledger.counting.live_counters import CounterKey, Delta, deltas
from ledger.counting.measures import ZERO

MOST_ITEMS = 100
"""Items of one transaction, DynamoDB's limit."""


@dataclass(frozen=True)
class Record:
    """A change of a call: what it adds to which live counters."""

    event_id: str
    sequence_number: str
    deltas: Mapping[CounterKey, Delta]

    @classmethod
    def of(cls, change: Mapping[str, Any]) -> Self:
        """What a change adds, which is nothing where a call expired: expired calls stay in the statistics.

        So an old image that had expired is not subtracted. A call that was withdrawn is.

        Raises KeyError or ValueError for what is no image of a call.
        """
        images = change["dynamodb"]
        old, new = images.get("OldImage"), images.get("NewImage")
        if new:
            ingestion_day, written = new["updatedAt"]["S"][:10], unix(new["updatedAt"]["S"])
        else:
            written = images["ApproximateCreationDateTime"]
            ingestion_day = utc_day(written)
        removed_by_ttl = change.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com"
        if old and (removed_by_ttl or int(old["expiresAt"]["N"]) <= written):
            old = None
        added = deltas(_counted(old), _counted(new), ingestion_day)
        return cls(change["eventID"], images["SequenceNumber"], added)


def _counted(image: Mapping[str, Any] | None) -> ModelCall | None:
    return None if not image or is_withdrawn(image) else from_item(image)


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


def transactions(records: Iterable[Record]) -> Iterator[Transaction]:
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
