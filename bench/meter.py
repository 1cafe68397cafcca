"""The requests of a piece of code to DynamoDB: how many, how many in sequence, their units and their time.

It listens to the events of botocore's client. A request is with the engine from the moment it is sent until its answer
is there, unparsed. `cpu` is what this process itself worked in all its threads, so nothing that is done while other
requests are under way is left out, nor is anything put down to the engine.
"""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ledger.aws import dynamodb

LATENCY: Final = 0.15
"""Seconds that each request is held back while round trips are counted: far more than the work between two of them."""

READS: Final = frozenset({"BatchGetItem", "GetItem", "Query"})


@dataclass(frozen=True)
class Request:
    operation: str
    begun: float
    ended: float
    parameters: Mapping[str, Any]


@dataclass
class Metered:
    """What was measured between the beginning and the end of `metered`."""

    requests: list[Request] = field(default_factory=list[Request])
    read_units: float = 0.0
    write_units: float = 0.0
    wall: float = 0.0
    cpu: float = 0.0

    @property
    def engine(self) -> float:
        """Seconds in which at least one request was with the engine."""
        seconds, until = 0.0, 0.0
        for request in sorted(self.requests, key=lambda request: request.begun):
            seconds += max(0.0, request.ended - max(request.begun, until))
            until = max(until, request.ended)
        return seconds

    @property
    def round_trips(self) -> int:
        """The longest chain of requests each of which began when the one before had ended."""
        chain, ended = 0, 0.0
        for request in sorted(self.requests, key=lambda request: request.ended):
            if request.begun >= ended:
                chain, ended = chain + 1, request.ended
        return chain


@dataclass
class _Listener:
    """Handlers for the events of every request of the client."""

    metered: Metered
    latency: float
    _own: threading.local = field(default_factory=threading.local)

    def events(self) -> list[tuple[str, Any]]:
        return [
            ("provide-client-params.dynamodb", self._ask_for_units),
            ("before-send.dynamodb", self._sent),
            ("before-parse.dynamodb", self._answered),
            ("after-call.dynamodb", self._consumed),
        ]

    def _ask_for_units(self, params: dict[str, Any], model: Any, **_: object) -> dict[str, Any]:
        self._own.parameters = params
        asks = "ReturnConsumedCapacity" in model.input_shape.members
        return params | {"ReturnConsumedCapacity": "TOTAL"} if asks else params

    def _sent(self, **_: object) -> None:
        self._own.begun = time.perf_counter()
        if self.latency:
            time.sleep(self.latency)

    def _answered(self, operation_model: Any, **_: object) -> None:
        request = Request(operation_model.name, self._own.begun, time.perf_counter(), self._own.parameters)
        self.metered.requests.append(request)

    def _consumed(self, parsed: Mapping[str, Any], model: Any, **_: object) -> None:
        consumed = parsed.get("ConsumedCapacity", [])
        each = cast("list[Mapping[str, Any]]", consumed if isinstance(consumed, list) else [consumed])
        units = sum(one["CapacityUnits"] for one in each)
        if model.name in READS:
            self.metered.read_units += units
        else:
            self.metered.write_units += units


@contextmanager
def metered(*, latency: float = 0.0) -> Generator[Metered]:
    """Measure what is done within the context."""
    found = Metered()
    events = cast("Any", dynamodb.client().meta.events)
    listening = _Listener(found, latency).events()
    for name, handler in listening:
        events.register_first(name, handler)
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield found
    finally:
        found.wall, found.cpu = time.perf_counter() - wall, time.process_time() - cpu
        for name, handler in listening:
            events.unregister(name, handler)
