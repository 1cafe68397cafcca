"""A world on moto."""

import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.aggregates.counters_table import CounterTable
from ledger.aws import concurrency
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core import keys
from ledger.core.moments import FOREVER
from tests.integration.harness import PATIENCE, account
from tests.integration.world import RETENTION, SnapshotStream, World


class Inline(Executor):
    """Does at once what it is given, so that a failure happens again the same way."""

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future = Future[T]()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def small_world(retention: int = RETENTION, hot: int = FOREVER) -> Generator[World]:
    """Of few partitions, as each costs moto a Query. While somebody sleeps, its stream catches up."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(concurrency, "threads", Inline)
        monkeypatch.setattr(keys, "PARTS", 2)
        monkeypatch.setattr(keys, "CELLS", 2)
        with account(monkeypatch):
            world = World(
                Calls("CallsTable", time_shards=2, retention=retention, patience=PATIENCE, hot=hot),
                CounterTable("CountersTable", fragments=2),
                SnapshotStream("CallsTable"),
                barrier_items=2,
            )
            monkeypatch.setattr(time, "sleep", world.catch_up)
            let_time_pass(monkeypatch, world)
            yield world


def let_time_pass(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """While an aggregation waits for the archive, minutes pass."""
    waiting = SimpleNamespace(time=time.time, sleep=world.minute_passes)
    monkeypatch.setattr("ledger.aggregates.aggregation.time", waiting)


def call(call_id: str, call_time: int, **fields: Any) -> ModelCall:
    """A good call with all measures, with some fields other than usual."""
    usual = ModelCall(
        id=call_id,
        user_did="a",
        call_time=call_time,
        provider_id="openai",
        model="gpt-5",
        type=CallType.CHAT_COMPLETION,
        status=CallStatus.SUCCESS,
        credits=Decimal("0.12345"),
        cost_source=CostSource.REPORTED,
        total_usage=Decimal(100),
        input_tokens=80,
        output_tokens=20,
        duration=Decimal("1.5"),
        app_did="x",
    )
    return replace(usual, **fields)
