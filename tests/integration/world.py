"""A ledger whose stream is delivered by hand: what it counts, beside what a naive reader of its calls says."""

import itertools
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger import dynamodb, keys
from ledger.aggregation import Aggregation, Rebuilt
from ledger.calls import Calls
from ledger.counter_table import CounterTable
from ledger.counting import Counting
from ledger.measures import Measures
from ledger.model_call import ModelCall
from ledger.usage import Reading, UsageReader
from ledger.views import Series, Usage

RETENTION = 60 * keys.DAY


@dataclass
class World:
    """The tables, the changes that the stream has not delivered yet, and the calls as they should be."""

    calls: Calls
    counters: CounterTable
    pending: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    delivered: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    truth: dict[str, ModelCall] = field(default_factory=dict[str, ModelCall])
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def record(self, *calls: ModelCall) -> None:
        """Write calls, the last of those with one id, as the recorder does."""
        last = {call.id: call for call in calls}
        before = {call_id: self._image(call_id) for call_id in last}
        assert self.calls.put(list(last.values()), time.time()) == []
        for call_id, call in last.items():
            self._change(before[call_id], self._image(call_id))
            self.truth[call_id] = call

    def delete(self, call_id: str) -> None:
        before = self._image(call_id)
        dynamodb.client().delete_item(TableName=self.calls.table, Key={"id": {"S": call_id}})
        self._change(before, None)
        self.truth.pop(call_id, None)

    def deliver(self, some: Sequence[dict[str, Any]] | None = None, *, worker: int = 0) -> None:
        """Deliver changes as one batch of the stream: by default all that are pending, else any, counted ones too."""
        batch = list(self.pending if some is None else some)
        if batch:
            assert Counting(self.counters.table, worker % self.counters.fragments).count(batch) == []
        self.pending = [change for change in self.pending if change not in batch]
        self.delivered += batch

    def catch_up(self, _seconds: float = 0) -> None:
        """What the stream does while somebody sleeps: it delivers everything, barriers included."""
        pages = dynamodb.client().get_paginator("scan").paginate(TableName=self.calls.table)
        for item in (item for page in pages for item in page["Items"] if "barrier" in item):
            self._change(None, item)
            dynamodb.client().delete_item(TableName=self.calls.table, Key={"id": item["id"]})
        self.deliver()

    def aggregate(self, through: str | None = None, *, patience: float = 60) -> list[Rebuilt]:
        """Run the nightly aggregation of what was ingested until yesterday."""
        aggregation = Aggregation(self.calls, self.counters, patience, settling=0, time_left=lambda: 900)
        return aggregation.run(through or keys.utc_day(time.time() - keys.DAY))

    def read(self, asked: Mapping[str, Sequence[int]]) -> dict[str, Reading]:
        return UsageReader(self.calls, self.counters).read(asked)

    def truth_of(self, scope: str, boundaries: Sequence[int]) -> list[Usage]:
        """What a naive reader of the calls says."""
        usages: list[Usage] = [defaultdict(Measures) for _ in boundaries[1:]]
        for call in self.truth.values():
            interval = bisect_right(boundaries, call.call_time) - 1
            series = _series(scope, call)
            if 0 <= interval < len(usages) and series is not None:
                usages[interval][series] += Measures.of(call)
        return usages

    def _image(self, call_id: str) -> dict[str, Any] | None:
        return dynamodb.get(self.calls.table, {"id": {"S": call_id}})

    def _change(self, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        if old == new:
            return
        number = next(self.numbers)
        images = {name: image for name, image in (("OldImage", old), ("NewImage", new)) if image}
        self.pending.append(
            {
                "eventID": f"event-{number}",
                "eventName": "REMOVE" if new is None else "MODIFY" if old else "INSERT",
                "dynamodb": {
                    "SequenceNumber": f"{number:021d}",
                    "ApproximateCreationDateTime": time.time(),
                    **images,
                },
            }
        )


def _series(scope: str, call: ModelCall) -> Series | None:
    """The series of a call in a scope, said plainly."""
    if scope == "all":
        return Series(call.type.value, call.provider_id, call.model)
    if scope == "users":
        return Series(user_did=call.user_did)
    if scope == "apps":
        return Series(app_did=call.app_did) if call.app_did else None
    kind, _, did = scope.partition("#")
    if kind == "user" and call.user_did == did:
        return Series(call.type.value, call.provider_id, call.model, call.app_did or "")
    if kind == "app" and call.app_did == did:
        return Series(call.type.value, call.provider_id, call.model)
    return None


def told(usages: Sequence[Usage]) -> list[dict[Series, Measures]]:
    """Usages without the series in which nothing is left."""
    return [{series: measures for series, measures in usage.items() if measures} for usage in usages]
