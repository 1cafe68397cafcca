"""A ledger whose stream is delivered by hand: what it counts, beside what a naive reader of its calls says."""

import itertools
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import time_machine

from ledger.aggregates.counters_table import CounterTable
from ledger.archive import freshness
from ledger.archive.archived_calls import ArchivedCalls
from ledger.archive.archiver import Archiver
from ledger.archive.hot_days import HotDays
from ledger.archive.manifest import Manifest
from ledger.aws import dynamodb, retries
from ledger.aws.s3 import S3Bucket
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import ModelCall
from ledger.core.moments import DAY, FOREVER, QUARTER_HOUR, iso, utc_day
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.barrier import Barrier, TooFarBehind
from ledger.counting.measures import Measures
from ledger.counting.series import Series, Usage
from ledger.counting.stream import Counting
from ledger.erasure.cold_days import ColdDays
from ledger.recording.cold_calls import ColdCalls, Judged
from ledger.usage.reader import Reading, UsageReader
from tests.integration.harness import ARCHIVE
from tests.integration.night_run import Aggregated, NightRun, begun, taken
from tests.integration.requests import Killed, at_request

type Change = dict[str, Any]
"""A record of the stream, as Lambda hands it over."""

RETENTION = 20 * DAY
DELIVERIES = 100
"""After so many deliveries a change that is not counted will never be."""
FAILURES = (Killed, TooFarBehind, *retries.REQUEST_ERRORS)
"""What ends a function, whose caller then tries again."""


def plenty() -> float:
    """More seconds than anything takes."""
    return 900.0


class Stream(Protocol):
    """The stream of the Calls table."""

    def read(self) -> list[Change]:
        """The changes since it was last read."""
        ...


@dataclass
class World:
    """The tables, the changes that the stream has not delivered yet, and the calls as they should be.

    `pending` are those that are not counted yet, `unarchived` those that the archive has not got.
    """

    calls: Calls
    counters: CounterTable
    stream: Stream
    barrier_items: int = 10
    pending: list[Change] = field(default_factory=list[Change])
    unarchived: list[Change] = field(default_factory=list[Change])
    delivered: list[Change] = field(default_factory=list[Change])
    truth: dict[str, ModelCall] = field(default_factory=dict[str, ModelCall])
    is_delivering: bool = False
    outlived: list[ModelCall] = field(default_factory=list[ModelCall])
    """Calls that had expired when they were removed or replaced: statistics keep them."""
    expire_at: dict[str, int] = field(default_factory=dict[str, int])
    """When the calls in `truth` expire."""

    def __post_init__(self) -> None:
        self.archived = ArchivedCalls(self.counters.table, ARCHIVE)
        self.reader = UsageReader(self.calls, self.counters, self.archived)
        self.cold_calls = ColdCalls(HotDays(self.calls, self.counters.table), self.archived)
        bucket, self.manifest = S3Bucket(ARCHIVE), Manifest(self.counters.table)
        self.archiver = Archiver(bucket, self.manifest)
        barrier = Barrier(self.calls.table, self.counters.table, lambda: self.barrier_items)
        self.night = NightRun(self.calls, self.counters, bucket, barrier, self.minute_passes, plenty)

    def read_stream(self) -> None:
        """Note what has changed since the stream was last read."""
        self._came(self.stream.read())

    def _came(self, changes: Sequence[Change]) -> None:
        self.pending += changes
        self.unarchived += changes

    def record(self, *calls: ModelCall) -> None:
        """Send calls, and those again that are not written, until all are. The last of those with one id counts.

        Those that the archive has of cold days are recorded already, or refused.
        """
        last = {call.id: call for call in calls}
        archived = self.judge(last).archived
        last = {call_id: call for call_id, call in last.items() if call_id not in archived}
        unwritten = list(last.values())
        while unwritten:
            try:
                unwritten = self.calls.put(unwritten, time.time())
            except FAILURES:
                continue
            finally:
                self.read_stream()
        for call_id, call in last.items():
            self._forget(call_id)
            self.truth[call_id] = call
            self.expire_at[call_id] = self.calls.expires_at(call, time.time())

    def judge(self, calls: Mapping[str, ModelCall]) -> Judged:
        """What the recorder says of calls before it writes them."""
        while True:
            try:
                return self.cold_calls.judge(calls, self.calls.origins(calls))
            except FAILURES:
                continue

    def erase(self, did: str) -> None:
        """Erase a user as the worker does: from the table, and from cold days once the archive has that."""
        for call_id in [call_id for call_id, call in self.truth.items() if call.user_did == did]:
            self.delete(call_id)
        self.minute_passes()
        cold_days = ColdDays(self.calls, self.cold_calls.hot_days, self.archived)
        days = cold_days.after("")
        for day in days:
            with at_request(0, self.read_stream, of={"BatchWriteItem"}):
                cold_days.remove(day, did, iso(time.time()))
            self.read_stream()
        expired = self.calls.expired(int(time.time()))
        self.outlived = [
            call
            for call in self.outlived
            if call.user_did != did or call.call_time <= expired or utc_day(call.call_time) not in days
        ]

    def delete(self, call_id: str) -> None:
        self._delete(call_id)
        self.read_stream()
        self._forget(call_id)

    def expire(self) -> None:
        """What TTL does, if late: remove every item of both tables that has expired."""
        now = int(time.time())
        for call_id in [call_id for call_id in self.truth if self.expire_at[call_id] <= now]:
            self._delete(call_id)
            self._forget(call_id)
        for change in self.stream.read():
            self._came([change | {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}])
        for item in scan(self.counters.table):
            if int(item.get("expiresAt", {"N": now + 1})["N"]) <= now:
                key = {"scope": item["scope"], "bucket": item["bucket"]}
                dynamodb.client().delete_item(TableName=self.counters.table, Key=key)

    def deliver(self, some: Sequence[Change] | None = None, *, worker: int = 0) -> None:
        """Deliver changes as one batch: by default all that are pending, else any, counted ones too.

        As Lambda would, until all is counted: from the first change that failed, or from the start if the function did.
        """
        batch = list(self.pending if some is None else some)
        self.is_delivering = True
        try:
            self._deliver(batch, worker)
        finally:
            self.is_delivering = False
        self.pending = [change for change in self.pending if change not in batch]
        self.delivered += batch

    def _deliver(self, left: list[Change], worker: int) -> None:
        for _ in range(DELIVERIES):
            if not left:
                return
            try:
                failed = set(self._counting(worker).count(left, plenty).failed)
            except FAILURES:
                continue
            first = min((number for number, change in enumerate(left) if _number(change) in failed), default=len(left))
            left = left[first:]
        assert not left

    def _counting(self, worker: int) -> Counting:
        counting = Counting(self.counters.table, self.counters.fragments)
        counting.fragment = worker % self.counters.fragments
        return counting

    def catch_up(self, _seconds: float = 0) -> None:
        """What the stream does while somebody sleeps: it delivers everything, barriers included.

        While a batch is being delivered, whoever sleeps is the worker between two attempts: the shard waits for it.
        """
        if self.is_delivering:
            return
        self.read_stream()
        self.deliver()

    def settle(self) -> None:
        """Let everything be counted, and archived where days are cold."""
        if self.calls.hot < FOREVER:
            self.minute_passes()
        self.catch_up()

    def minute_passes(self, _seconds: float = 0) -> None:
        """Everything that has been written so far comes through to the archive, which notes the moment."""
        for step in range(2):
            self._archive_everything()
            if step == 0:
                time_machine.traveller_stack[-1].shift(60)
                self._advance()
        self._advance()

    def _advance(self) -> None:
        freshness.advance(self.calls.table, self.counters.table, lambda: self.barrier_items)

    def _archive_everything(self) -> None:
        self.read_stream()
        while batch := list(self.unarchived):
            assert self.archiver.archive(batch) == []
            archived = {change["eventID"] for change in batch}  # others may have come meanwhile
            self.unarchived = [change for change in self.unarchived if change["eventID"] not in archived]

    def aggregate(self, days: Sequence[str] = (), *, steps: Sequence[int] = ()) -> list[Aggregated]:
        """Run the night for what was ingested until yesterday, or for these days, and again after each failure.

        It is cut off after so many steps, once for each of `steps`.
        """
        night, done = begun(days), dict[str, Aggregated]()
        for number in itertools.chain(steps, itertools.repeat(None)):
            try:
                if taken(self.night.steps(night, done), number):
                    return list(done.values())
            except FAILURES:
                self.read_stream()
        raise AssertionError

    def read(self, asked: Mapping[Scope, Sequence[int]]) -> dict[Scope, Reading]:
        while True:
            try:
                return self.reader.read(asked)
            except FAILURES:
                continue

    def check(self, *scopes: Scope, boundaries: Sequence[int]) -> None:
        """What was used between these boundaries is what the calls say, to the last decimal."""
        readings = self.read(dict.fromkeys(scopes, boundaries))
        for scope, reading in readings.items():
            assert told(reading.intervals) == told(self.truth_of(scope, boundaries)), (scope, boundaries)

    def truth_of(self, scope: Scope, boundaries: Sequence[int]) -> list[Usage]:
        """What a naive reader of the calls says. Calls of a slot that begins to expire count at its beginning."""
        expired = self.calls.expired(int(time.time()))
        usages: list[Usage] = [defaultdict(Measures) for _ in boundaries[1:]]
        for call in self.all_calls:
            slot = call.call_time // QUARTER_HOUR * QUARTER_HOUR
            interval = bisect_right(boundaries, slot if slot <= expired else call.call_time) - 1
            series = _series(scope, call)
            if 0 <= interval < len(usages) and series is not None:
                usages[interval][series] += Measures.of(call)
        return usages

    @property
    def all_calls(self) -> list[ModelCall]:
        return [*self.truth.values(), *self.outlived]

    def _delete(self, call_id: str) -> None:
        while True:
            try:
                dynamodb.client().delete_item(TableName=self.calls.table, Key={"id": {"S": call_id}})
            except FAILURES:
                continue
            return

    def _forget(self, call_id: str) -> None:
        call = self.truth.pop(call_id, None)
        if call and self.expire_at[call_id] <= int(time.time()):
            self.outlived.append(call)


@dataclass
class SnapshotStream:
    """The stream of a Calls table that has none worth using: what differs from when it was last read."""

    table: str
    _seen: dict[str, dynamodb.Item] = field(default_factory=dict[str, dynamodb.Item])
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def read(self) -> list[Change]:
        items = {item["id"]["S"]: item for item in scan(self.table)}
        changed = [call_id for call_id in self._seen | items if self._seen.get(call_id) != items.get(call_id)]
        changes = [self._change(self._seen.get(call_id), items.get(call_id)) for call_id in changed]
        self._seen = {call_id: item for call_id, item in items.items() if "barrier" not in item}
        for item in items.values():
            if "barrier" in item:  # seen once, and in the way from then on
                dynamodb.client().delete_item(TableName=self.table, Key={"id": item["id"]})
        return changes

    def _change(self, old: dynamodb.Item | None, new: dynamodb.Item | None) -> Change:
        number = next(self._numbers)
        images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
        return {
            "eventID": f"event-{number}",
            "eventName": "REMOVE" if new is None else "MODIFY" if old else "INSERT",
            "dynamodb": {
                "SequenceNumber": f"{number:021d}",
                "ApproximateCreationDateTime": time.time(),
                **images,
            },
        }


def scan(table: str) -> list[dynamodb.Item]:
    """Everything in a table."""
    pages = dynamodb.client().get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def _number(change: Change) -> str:
    return change["dynamodb"]["SequenceNumber"]


def _series(scope: Scope, call: ModelCall) -> Series | None:
    """The series of a call in a scope, said plainly."""
    if scope == EVERYBODY:
        return Series(call.type.value, call.provider_id, call.model)
    if scope == Scope.of_user(call.user_did):
        return Series(call.type.value, call.provider_id, call.model, call.app_did or "")
    if call.app_did and scope == Scope.of_app(call.app_did):
        return Series(call.type.value, call.provider_id, call.model)
    return None


def told(usages: Sequence[Usage]) -> list[dict[Series, Measures]]:
    """Usages without the series in which nothing is left."""
    return [{series: measures for series, measures in usage.items() if measures} for usage in usages]
