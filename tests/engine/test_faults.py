"""Every figure is right in the end although DynamoDB fails in every way it can: a proxy before it does that."""

import random
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import time_machine

from ledger.aggregates.counters_table import CounterTable
from ledger.aggregates.reconciliation import reconcile
from ledger.aws import dynamodb
from ledger.calls.calls_table import Calls
from ledger.core.moments import DAY, utc_day
from tests.engine.faults import FAULTS, faulty
from tests.engine.stream import EngineStream
from tests.engine.tables import archive_bucket, tables_on
from tests.integration.history import SCOPES, START
from tests.integration.small_world import call, let_time_pass
from tests.integration.world import RETENTION, World


@pytest.fixture
def world(engine: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Whoever waits lets the stream catch up, or loses no time."""
    sleep = time.sleep

    def nap(seconds: float) -> None:
        sleep(min(seconds, 0.002))

    with tables_on(engine), archive_bucket(), time_machine.travel(START, tick=False):
        made = World(
            Calls("CallsTable", time_shards=2, retention=RETENTION),
            CounterTable("CountersTable", fragments=2),
            EngineStream("CallsTable"),
        )
        waiting = SimpleNamespace(time=time.time, monotonic=time.monotonic, sleep=made.catch_up)
        monkeypatch.setattr("ledger.counting.barrier.time", waiting)
        let_time_pass(monkeypatch, made)
        monkeypatch.setattr(time, "sleep", nap)
        yield made


@pytest.mark.parametrize(
    ("faults", "probability"),
    [(FAULTS, 0.04), ({name: FAULTS[name] for name in ("answer cut short", "done, answer lost")}, 0.12)],
    ids=["of all kinds", "lost answers"],
)
def test_every_figure_is_right_in_the_end(
    engine: str,
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    faults: dict[str, dict[str, Any]],
    probability: float,
) -> None:
    """Whoever is told that something failed tries again, as gateways and Lambda do. Nobody is told that it did not."""
    rng = random.Random(5)
    with faulty(engine, tmp_path, faults, probability) as proxy, time_machine.travel(START, tick=False) as clock:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", proxy)
        dynamodb.client.cache_clear()
        for night in range(3):
            now = int(time.time())
            for number in range(12):
                late = rng.choice((0, 899, rng.randrange(DAY), rng.randrange(6 * DAY)))
                world.record(
                    *(
                        call(
                            f"{rng.choice((0, night))}-{number}-{part}",
                            now - late,
                            user_did=rng.choice("abc"),
                            app_did=rng.choice(("x", "y", None)),
                            credits=Decimal(rng.randrange(10**11)).scaleb(-10),
                        )
                        for part in range(3)
                    )
                )
                if number % 5 == 4:
                    world.delete(rng.choice(sorted(world.truth)))
                    world.deliver(rng.sample(world.pending, len(world.pending) // 2), worker=number)
            check(world)
            clock.shift(DAY - now % DAY + 900)
            for rebuilt in world.aggregate():
                assert rebuilt.drifted == 0
            check(world)
        happened = httpx.get(f"{proxy}/_microburst/stats").json()
        print(happened["requests"])  # noqa: T201 - pytest -s shows it
    dynamodb.client.cache_clear()
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB")
    check(world)
    for day in range(8):
        assert reconcile(world.calls, world.counters, utc_day(START - day * DAY))["drifted"] == 0


def check(world: World) -> None:
    world.catch_up()
    world.check(
        *SCOPES,
        boundaries=(START - 9 * DAY, START - 2 * DAY - 17, START - 400, START + 5 * DAY),
    )
