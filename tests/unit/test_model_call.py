"""A call on its way from a gateway to the table and to an answer."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.call_log.rows import call_row
from ledger.calls.call_input import validate_call
from ledger.calls.call_item import from_item, to_item
from ledger.calls.directory import DirectoryEntries
from ledger.calls.model_call import CallStatus, CallType
from ledger.core import exact_json, keys
from ledger.core.identity import Identity, Role
from ledger.core.moments import iso

NOW = 1_795_368_000
DAY = 86_400
RETENTION = 400 * DAY

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
counts = st.integers(0, 10**15 - 1)
amounts = st.decimals(0, 10**12, places=10, allow_nan=False, allow_infinity=False).filter(lambda n: n < 10**12)
BUCKETS = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"]
metrics = st.fixed_dictionaries({}, optional=dict.fromkeys(BUCKETS, counts)).flatmap(
    lambda buckets: st.dictionaries(texts.filter(lambda name: name not in BUCKETS), amounts, max_size=3).map(
        lambda others: others | buckets
    )
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | amounts | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
inputs = st.fixed_dictionaries(
    {
        "id": texts,
        "userDid": texts,
        "providerId": texts,
        "model": texts,
        "type": st.sampled_from([*CallType]).map(str),
        "status": st.sampled_from([*CallStatus]).map(str),
        "callTime": st.integers(NOW - RETENTION + 7 * DAY + 1, NOW + 300),
    },
    optional={
        **dict.fromkeys(["credits", "costUsd", "totalUsage", "duration", "ttfb", "providerTtfb"], amounts),
        **dict.fromkeys(["appDid", "requestId", "traceId", "credentialId", "errorReason"], texts),
        "usageMetrics": metrics,
        "metadata": documents,
    },
)


@given(inputs)
def test_a_call_comes_back_from_its_item_as_it_was_put_there(sent: dict[str, Any]) -> None:
    call = validate_call(sent, now=NOW, retention=RETENTION).to_call(NOW)
    assert from_item(to_item(call, time_shards=8, expires_at=NOW)) == call


@given(inputs)
def test_an_answer_has_the_numbers_that_were_sent_to_the_last_digit(sent: dict[str, Any]) -> None:
    text = exact_json.dumps(sent)
    call = validate_call(exact_json.loads(text), now=NOW, retention=RETENTION).to_call(NOW)
    stored = from_item(to_item(call, time_shards=8, expires_at=NOW))
    shown = json.loads(
        exact_json.dumps(call_row(stored, DirectoryEntries({}), Identity(call.user_did, Role.USER))),
        parse_float=Decimal,
    )
    for name, value in sent.items():
        if name == "usageMetrics":
            assert shown[name] == {**dict.fromkeys(BUCKETS, 0), **value}
        else:
            assert shown[name] == value, name


@given(inputs)
def test_an_item_holds_nothing_that_dynamodb_refuses(sent: dict[str, Any]) -> None:
    item = to_item(validate_call(sent, now=NOW, retention=RETENTION).to_call(NOW), time_shards=8, expires_at=NOW)
    for [(kind, value)] in (typed.items() for typed in item.values()):
        assert isinstance(value, str)
        value.encode()
        if kind == "N":
            assert len(value.replace(".", "").strip("0")) <= 38


def test_both_index_keys_sort_by_time_and_then_by_id() -> None:
    positions = [(9, "z"), (10, "a"), (10, "b"), (999_999_999, "a"), (1_000_000_000, "a"), (NOW, "#"), (NOW, "a")]
    assert [keys.call_time_id(*position) for position in positions] == sorted(
        keys.call_time_id(*position) for position in positions
    )


@pytest.mark.parametrize("call_id", ["#", "$", "\x01", "\U0010ffff", "a"], ids=ascii)
def test_the_bounds_of_a_second_hold_every_id_in_it(call_id: str) -> None:
    position = keys.call_time_id(NOW, call_id).encode()
    assert keys.from_second(NOW).encode() <= position < keys.through_second(NOW).encode()
    assert keys.through_second(NOW - 1).encode() < position < keys.from_second(NOW + 1).encode()


@given(st.text(st.characters(codec="utf-8")), st.integers(1, 64))
def test_a_call_always_lies_in_the_same_shard(call_id: str, shards: int) -> None:
    assert 0 <= keys.time_shard(call_id, shards) < shards
    assert keys.time_shard(call_id, shards) == keys.time_shard(call_id, shards)


def test_calls_of_one_moment_spread_over_all_shards() -> None:
    used = [keys.time_shard(f"call-{number}", 8) for number in range(1_000)]
    assert all(80 < used.count(shard) < 180 for shard in range(8))


def test_a_moment_is_told_in_utc_with_milliseconds() -> None:
    assert iso(1_795_368_000) == "2026-11-22T17:20:00.000Z"
    assert iso(1_795_368_000.9996) == "2026-11-22T17:20:00.999Z"
