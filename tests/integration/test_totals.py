"""Totals equal the sum of the calls, whatever happens to them. tests/engine says the same of a real engine."""

import time
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future
from contextlib import contextmanager

import pytest

from ledger import dynamodb, keys
from ledger.calls import Calls
from ledger.counter_table import CounterTable
from tests.integration.harness import account
from tests.integration.history import tell_histories
from tests.integration.world import RETENTION, SnapshotStream, World

PLACES = 5
"""Decimals of credits: moto can't add up numbers that Python prints with an exponent. The engine tests have all ten."""


class Inline(Executor):
    """Does at once what it is given, so that a failure happens again the same way."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def submit[**P, T](self, fn: "Callable[P, T]", /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future = Future[T]()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def small_world() -> Generator[World]:
    """A world on moto, to which every partition costs a Query that takes as long as one of a large table."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(dynamodb, "ThreadPoolExecutor", Inline)
        monkeypatch.setattr(keys, "PARTS", 2)
        monkeypatch.setattr("ledger.barrier.ITEMS", 2)
        dynamodb.threads.cache_clear()
        with account(monkeypatch):
            world = World(
                Calls("CallsTable", time_shards=2, retention=RETENTION),
                CounterTable("CountersTable", fragments=2),
                SnapshotStream("CallsTable"),
            )
            monkeypatch.setattr(time, "sleep", world.catch_up)
            yield world
        dynamodb.threads.cache_clear()


def test_every_figure_is_what_the_calls_say_whatever_happens() -> None:
    tell_histories(small_world, places=PLACES, number=10, steps=12)
