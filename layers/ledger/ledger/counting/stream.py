"""Counting: each record of the Calls table's stream is added to the live counters exactly once."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_lambda_powertools import Logger

from ledger.aws import dynamodb
from ledger.aws.retries import REQUEST_ERRORS, Backoff, is_conflict, is_retryable
from ledger.core import keys
from ledger.core.moments import DAY
from ledger.counting import barrier, watermark
from ledger.counting.live_counters import update
from ledger.counting.transactions import Record, Transaction, transactions

MARKED = 2 * DAY
"""Seconds for which a marker says that a record is counted. The stream drops the record after a day."""
BACKOFF = Backoff(attempts=12, first_pause=0.04, longest_pause=1.0)
RESERVE = 40.0
"""Seconds before the deadline at which no further attempt is begun: as long as a request and its retries may take."""
_CONFLICT = "TransactionConflict"
_RETRYABLE = {_CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"}

logger = Logger()


@dataclass(frozen=True)
class Outcome:
    """What became of the records of a stream event, apart from those that are counted."""

    failed: list[str]
    """The sequence numbers of the records that were not counted. They may be delivered again, with any others."""
    unreadable: list[Mapping[str, Any]]
    """The records that are no images of calls. They would fail again however often they were delivered."""


@dataclass
class Counting:
    """The Counters table, and how many fragments it has. `backoff` is for the attempts at each transaction.

    A worker counts in one fragment until another worker's transaction conflicts with its own. Then it draws a new one.
    """

    table: str
    fragments: int
    backoff: Backoff = BACKOFF
    fragment: int = field(init=False)
    _noted: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self._draw_fragment()

    def count(self, changes: Sequence[Mapping[str, Any]], time_left: Callable[[], float]) -> Outcome:
        """Count those records of a stream event that are not counted yet, as far as the seconds left allow.

        Barriers come last, and only where nothing before them failed, as they say that everything before is counted.
        """
        outcome = Outcome([], [])
        records: list[Record] = []
        barriers: defaultdict[str, dict[int, str]] = defaultdict(dict)
        for change in changes:
            images = change["dynamodb"]
            try:
                if found := barrier.part(images):
                    barriers[found.name][found.number] = images["SequenceNumber"]
                elif (record := Record.of(change)).deltas:
                    records.append(record)
            except (KeyError, ValueError):
                logger.exception("Not an image of a call", extra={"eventID": change.get("eventID")})
                outcome.unreadable.append(change)
        self._note_days({key.ingestion_day for record in records for key in record.deltas})
        for transaction in transactions({record.event_id: record for record in records}.values()):
            try:
                self._count(transaction, time_left)
            except (*REQUEST_ERRORS, NotCounted):
                logger.exception("Not counted", extra={"records": len(transaction.records)})
                outcome.failed.extend(record.sequence_number for record in transaction.records)
        for name, numbers in barriers.items():
            if outcome.failed:
                outcome.failed.extend(numbers.values())
            else:
                barrier.note(self.table, name, numbers)
        return outcome

    def _draw_fragment(self) -> None:
        self.fragment = random.randrange(self.fragments)  # noqa: S311 - to spread load, not a secret

    def _note_days(self, days: set[str]) -> None:
        for day in days - self._noted:
            watermark.note_day(self.table, day, int(time.time()))
            self._noted.add(day)

    def _count(self, transaction: Transaction, time_left: Callable[[], float]) -> None:
        """Count what a transaction holds, leaving out records that turn out to be counted. Raises NotCounted."""
        for _ in self.backoff:
            if time_left() < RESERVE:
                break
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
                if _CONFLICT in reasons:
                    self._draw_fragment()
            except REQUEST_ERRORS as error:
                if not is_retryable(error):
                    raise
                if is_conflict(error):
                    self._draw_fragment()
            else:
                return
        raise NotCounted

    def _items(self, transaction: Transaction) -> Any:
        now = int(time.time())
        markers = [
            {
                "Put": {
                    "TableName": self.table,
                    "Item": {**keys.marker(record.event_id), "expiresAt": {"N": str(now + MARKED)}},
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
    """DynamoDB refused a transaction at every attempt, or the time was up."""
