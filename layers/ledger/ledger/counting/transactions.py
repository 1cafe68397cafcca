"""Changes of calls, and the transactions in which they are counted."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ledger.calls.call_change import CallChange
from ledger.core.moments import utc_day
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
        """What a change adds. Raises KeyError or ValueError for what is no image of a call."""
        of_call = CallChange.of(change)
        added = deltas(of_call.old, of_call.new, utc_day(of_call.written))
        return cls(change["eventID"], change["dynamodb"]["SequenceNumber"], added)


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
