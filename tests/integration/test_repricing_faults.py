"""Repricing, beside a naive reader of the calls: cut off anywhere, and while calls are replaced."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.archive.hot_days import HotDays
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import CallStatus, CostSource, ModelCall
from ledger.core.identity import Identity, Role
from ledger.pricing.rate_store import RateStore
from ledger.pricing.rates import CreditsInput, RateInput
from ledger.repricing.job import RepriceRequest, Repricing
from ledger.repricing.store import RepricingStore, RevisionConflict
from ledger.repricing.worker import RepricingWorker
from tests.integration.requests import Killed, at_request, failing
from tests.integration.small_world import call as model_call
from tests.integration.small_world import small_world
from tests.integration.world import World

NOW = int(time.time())
REGISTRY = "RegistryTable"

UNPRICED: dict[str, Any] = {
    "provider_id": "own",
    "credits": Decimal(0),
    "cost_source": CostSource.UNPRICED,
    "user_did": "a",
}
ROOT = Identity("root", Role.ADMIN)
STORE = RepricingStore(REGISTRY)


def fields_of(model: str, source: CostSource, tokens: int, minutes: int, status: CallStatus) -> dict[str, Any]:
    return {
        "model": model,
        "cost_source": source,
        "credits": Decimal(0) if source is CostSource.UNPRICED else Decimal("0.5"),
        "cost_usd": None if source is CostSource.UNPRICED else Decimal("0.25"),
        "input_tokens": tokens,
        "total_usage": Decimal(tokens),
        "output_tokens": 0,
        "call_time": NOW - 60 * minutes,
        "status": status,
    }


some_calls = st.lists(
    st.builds(
        fields_of,
        st.sampled_from(["m", "m", "other"]),
        st.sampled_from([CostSource.UNPRICED, *CostSource]),
        st.sampled_from([0, 3, 250]),
        st.integers(0, 3),
        st.sampled_from(list(CallStatus)),
    ),
    min_size=1,
    max_size=8,
)


def new_job(did: str, *, start: int = NOW - 120, cost_source: str | None = None) -> Repricing:
    request = RepriceRequest.model_validate(
        {"startTime": start, "endTime": NOW, "userDid": did, "dryRun": False, "costSource": cost_source}
    )
    return Repricing.new(request, ROOT, 0)


def naive(call: ModelCall) -> ModelCall:
    """The call as it should be, said plainly."""
    if call.cost_source is CostSource.REPORTED or call.call_time < NOW - 120:
        return call
    if call.model == "m" and (call.input_tokens or call.status is not CallStatus.SUCCESS):
        cost = call.input_tokens * Decimal("0.001")
        return replace(call, credits=2 * cost, cost_usd=cost, cost_source=CostSource.RATE)
    return replace(call, credits=Decimal(0), cost_usd=None, cost_source=CostSource.UNPRICED)


def price(call: ModelCall) -> tuple[Any, ...]:
    return call.credits, call.cost_usd, call.cost_source


def finish(world: World, job: Repricing) -> Repricing:
    """Run a job until it is done, each time from where it was last saved."""
    STORE.begin(job)
    hot_days = HotDays(world.calls, world.counters.table)
    for _ in range(50):
        with suppress(Killed):
            RepricingWorker(world.calls, STORE, hot_days, batch_size=2, save_interval=0).run(job.id, lambda: 900)
            found = STORE.find(job.id)
            if found and found.status == "done":
                return found
    raise AssertionError


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with small_world() as world:
        prices = {"inputTokens": 1_000, "outputTokens": 2_000}
        rates = RateStore(REGISTRY)
        rates.put_rate(RateInput.model_validate({"model": "m", "providerId": "own", "prices": prices}), ROOT)
        rates.put_credits_per_usd(CreditsInput.model_validate({"creditsPerUsd": 2}), ROOT)
        yield world


def recorded_calls(calls: Calls, sources: list[dict[str, Any]], did: str) -> list[ModelCall]:
    made = [
        replace(model_call(f"{did}-{n}", NOW), **fields, provider_id="own", user_did=did)
        for n, fields in enumerate(sources)
    ]
    calls.put(made, time.time() - 5)
    return made


runs = iter(range(10**9))


@settings(max_examples=40)
@given(some_calls, st.integers(0, 12), st.booleans(), st.sampled_from([None, "unpriced"]))
def test_the_calls_and_the_report_are_right_wherever_it_is_cut_off(
    world: World, sources: list[dict[str, Any]], place: int, answered: bool, cost_source: str | None
) -> None:
    did = f"cut-{next(runs)}"
    before = recorded_calls(world.calls, sources, did)
    job = new_job(did, cost_source=cost_source)
    with at_request(place, failing(Killed()), of={"PutItem", "Query", "GetItem"}, answered=answered):
        try:
            job = finish(world, job)
        except Killed:  # before it was kept at all
            job = finish(world, new_job(did, cost_source=cost_source))
    changed: list[tuple[ModelCall, ModelCall]] = []
    for each in before:
        is_wanted = cost_source in (None, each.cost_source)
        expected = naive(each) if is_wanted else each
        found = world.calls.get(each.id, NOW)
        assert found
        assert price(found) == price(expected)
        if price(expected) != price(each):
            changed.append((each, expected))
    assert job.changed.calls == len(changed)
    assert job.changed.credits_before == sum(old.credits for old, _ in changed)
    assert job.changed.credits_after == sum(new.credits for _, new in changed)


@settings(max_examples=20)
@given(some_calls, st.integers(0, 12), st.data())
def test_a_call_that_is_replaced_meanwhile_is_not_overwritten(
    world: World, sources: list[dict[str, Any]], place: int, data: st.DataObject
) -> None:
    did = f"replaced-{next(runs)}"
    before = recorded_calls(world.calls, sources, did)
    replaced = data.draw(st.sampled_from(before))
    source = data.draw(st.sampled_from([CostSource.REPORTED, CostSource.UNPRICED]))
    newer = replace(
        replaced,
        call_time=data.draw(st.sampled_from([replaced.call_time, NOW - 500])),
        user_did=data.draw(st.sampled_from([did, "another"])),
        cost_source=source,
        credits=Decimal(0),
        cost_usd=None,
        input_tokens=7,
        error_reason="newer",
    )

    happened: list[bool] = []

    def replace_it() -> None:
        happened.append(True)
        assert world.calls.put([newer], time.time()) == []

    with at_request(place, replace_it, of={"PutItem", "Query", "GetItem"}):
        finish(world, new_job(did))
    found = world.calls.get(replaced.id, NOW)
    assert found
    if happened:  # or else the run ended before
        assert found.error_reason == "newer"
        wanted = naive(newer) if newer.user_did == did else newer
        assert found.input_tokens == 7
        assert price(found) in (price(newer), price(wanted))  # it came after the call was looked at, or before
    for each in before:
        if each.id != replaced.id:
            left = world.calls.get(each.id, NOW)
            assert left
            assert price(left) == price(naive(each))


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, True),
        ({"call_time": NOW - 500}, False),
        ({"user_did": "another"}, False),
        ({"cost_source": CostSource.REPORTED}, False),
    ],
)
def test_a_call_that_is_replaced_while_it_is_corrected_is_looked_at_again(
    world: World, change: dict[str, Any], wanted: bool
) -> None:
    did = f"again-{next(runs)}"
    sources = [fields_of("m", CostSource.UNPRICED, 3, 0, CallStatus.SUCCESS)]
    (before,) = recorded_calls(world.calls, sources, did)
    newer = replace(before, input_tokens=7, **change)
    expected = naive(newer) if wanted else newer

    def replace_it() -> None:
        assert world.calls.put([newer], time.time()) == []

    with at_request(1, replace_it, of={"PutItem"}):  # the first notes the job
        job = finish(world, new_job(did))
    found = world.calls.get(before.id, NOW)
    assert found
    assert (found.input_tokens, price(found)) == (7, price(expected))
    assert (job.changed.calls, job.changed.credits_after) == (int(wanted), expected.credits)


def test_calls_that_are_about_to_expire_are_left_alone(world: World) -> None:
    """A change of theirs might come too late for their day to be counted anew."""
    days = world.calls.retention // 86_400
    ages = {"old": days - 6, "young": days - 8}
    world.calls.put(
        [model_call(each, NOW - age * 86_400, **{**UNPRICED, "user_did": "aged"}) for each, age in ages.items()], NOW
    )
    assert finish(world, new_job("aged", start=0)).calls_read == 1


def test_a_later_version_that_waits_replaces_a_correction(world: World) -> None:
    """What matters of two versions is when they came: a correction is no version that came later."""
    running = model_call("waits", NOW, model="m", **UNPRICED, status=CallStatus.PROCESSING)
    world.calls.put([running], NOW - 10)
    finish(world, new_job("a"))
    assert world.calls.put_late([replace(running, status=CallStatus.SUCCESS)], NOW - 5) == []
    found = world.calls.get("waits", NOW)
    assert found
    assert found.status is CallStatus.SUCCESS


def test_a_worker_goes_on_whose_save_was_stored_although_its_answer_was_lost(world: World) -> None:
    """The client repeats a request whose answer is lost."""
    assert world.calls
    with time_machine.travel(NOW, tick=False):
        job = new_job("nobody")
        STORE.begin(job)
        again = STORE.find(job.id)
        assert again
        STORE.save(job)
        STORE.save(again)
        assert STORE.find(job.id) == again == job


def test_of_two_workers_one_goes_on(world: World) -> None:
    assert world.calls
    job = new_job("nobody")
    STORE.begin(job)
    other = STORE.find(job.id)
    assert other
    STORE.save(job)
    other.calls_read += 1
    with pytest.raises(RevisionConflict):
        STORE.save(other)
