"""A repricing on a real engine that fails in every way it can, by workers that are cut off again and again."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from ledger.aggregates.counters_table import CounterTable
from ledger.archive.hot_days import HotDays
from ledger.aws import dynamodb
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import CostSource, ModelCall
from ledger.core.identity import Identity, Role
from ledger.core.moments import DAY
from ledger.core.scopes import EVERYBODY, Scope
from ledger.pricing.rate_store import RateStore
from ledger.pricing.rates import CreditsInput, RateInput
from ledger.repricing.job import RepriceRequest, Repricing
from ledger.repricing.store import RepricingStore
from ledger.repricing.worker import RepricingWorker
from tests.engine.faults import FAULTS, faulty
from tests.engine.stream import EngineStream
from tests.integration.small_world import call
from tests.integration.world import FAILURES, RETENTION, World

REGISTRY = "RegistryTable"
ROOT = Identity("root", Role.ADMIN)
NOW = int(time.time())
TODAY = NOW - NOW % DAY
NUMBER = 60


@pytest.fixture
def world(tables: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Whoever waits loses no time."""
    assert tables is None
    sleep = time.sleep

    def nap(seconds: float) -> None:
        sleep(min(seconds, 0.002))

    monkeypatch.setattr(time, "sleep", nap)
    yield World(
        Calls("CallsTable", time_shards=3, retention=RETENTION),
        CounterTable("CountersTable", fragments=2),
        EngineStream("CallsTable"),
    )


def recorded(number: int) -> ModelCall:
    """Of two days, two models and two users; every third came with its cost."""
    model, did, reported = ("own", "other")[number % 7 == 0], "ab"[number % 2], number % 3 == 0
    return call(
        f"call-{number}",
        TODAY + (number % 2 - 1) * 3_600 + (number % 50) * (NOW - TODAY) // 100,
        user_did=did,
        model=model,
        input_tokens=number * 1_000_003,
        cost_source=CostSource.REPORTED if reported else CostSource.UNPRICED,
        credits=Decimal("0.0000000007") if reported else Decimal(0),
    )


def repriced(call: ModelCall) -> ModelCall:
    """The call as it should be, said plainly. A million tokens cost 2 dollars, since today 3, half of it in credits."""
    if call.cost_source is CostSource.REPORTED or call.model != "own":
        return call
    price = Decimal("0.000003") if call.call_time >= TODAY else Decimal("0.000002")
    cost = (call.input_tokens + call.output_tokens) * price
    return replace(call, credits=cost / 2, cost_usd=cost, cost_source=CostSource.RATE)


def test_calls_statistics_and_the_report_are_right_to_the_last_decimal(
    engine: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [recorded(number) for number in range(NUMBER)]
    world.record(*before)
    rates = RateStore(REGISTRY)
    for day, price in (("", 2), (time.strftime("%Y-%m-%d", time.gmtime(TODAY)), 3)):
        prices = {"inputTokens": price, "outputTokens": price}
        given = {"model": "o*n", "providerId": "openai", "effectiveFrom": day, "prices": prices}
        rates.put_rate(RateInput.model_validate(given), ROOT)
    rates.put_credits_per_usd(CreditsInput.model_validate({"creditsPerUsd": "0.5"}), ROOT)
    asked = {"startTime": TODAY - DAY, "endTime": NOW, "dryRun": False}
    job = Repricing.new(RepriceRequest.model_validate(asked), ROOT, 0)
    store = RepricingStore(REGISTRY)
    store.begin(job)
    hot_days = HotDays(world.calls, world.counters.table)
    worker = RepricingWorker(world.calls, store, hot_days, batch_size=8, save_interval=0)

    with faulty(engine, tmp_path, FAULTS, 0.04) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", proxy)
        dynamodb.client.cache_clear()
        workers = 0
        while job.status == "running" and workers < 100:
            workers += 1
            looks = count(1, -1)  # each has time for two batches
            try:
                job = worker.run(job.id, lambda looks=looks: next(looks)) or store.find(job.id) or job
            except FAILURES:
                continue
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB")
    dynamodb.client.cache_clear()

    assert workers > 3
    after = [repriced(each) for each in before]
    for expected in after:
        found = world.calls.get(expected.id, NOW)
        assert found
        assert (found.credits, found.cost_usd, found.cost_source) == (
            expected.credits,
            expected.cost_usd,
            expected.cost_source,
        )
    told = store.find(job.id)
    assert told
    assert told.status == "done"
    assert told.changed.calls == sum(each.cost_source is CostSource.RATE for each in after)
    assert told.changed.credits_after == sum(each.credits for each in after if each.cost_source is CostSource.RATE)
    world.truth = {each.id: each for each in after}
    world.catch_up()
    world.check(
        EVERYBODY,
        Scope.of_user("a"),
        Scope.of_user("b"),
        boundaries=(TODAY - DAY, TODAY - 1_234, TODAY, NOW + 60),
    )
