"""Totals equal the sum of the calls on a real engine: with its stream, its transactions, and all ten decimals."""

import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from ledger.aggregates.counters_table import CounterTable
from ledger.calls.calls_table import Calls
from tests.engine.stream import EngineStream
from tests.engine.tables import archive_bucket, tables_on
from tests.integration.history import MakeWorld, tell_histories
from tests.integration.small_world import let_time_pass
from tests.integration.world import RETENTION, World


@pytest.fixture
def make_world(engine: str) -> MakeWorld:
    @contextmanager
    def world() -> Generator[World]:
        with pytest.MonkeyPatch.context() as monkeypatch, tables_on(engine), archive_bucket():
            made = World(
                Calls("CallsTable", time_shards=4, retention=RETENTION),
                CounterTable("CountersTable", fragments=2),
                EngineStream("CallsTable"),
            )
            monkeypatch.setattr(time, "sleep", made.catch_up)
            let_time_pass(monkeypatch, made)
            yield made

    return world


def test_every_figure_is_what_the_calls_say_whatever_happens(make_world: MakeWorld) -> None:
    tell_histories(make_world, number=12, steps=20)
