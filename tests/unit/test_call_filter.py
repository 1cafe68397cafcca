"""A filter leaves the same calls in each engine: over calls, over the stored calls of an export, and over series."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calls.call_filter import CallFilter, TextSearch, conditions
from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.counting.measures import Measures
from ledger.counting.series import finest, matches
from tests.integration.small_world import call

calls = st.builds(
    lambda **fields: replace(call("a", 1_000), **fields),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    model=st.sampled_from(("gpt-5", "o3")),
    provider_id=st.sampled_from(("openai", "azure")),
    type=st.sampled_from((CallType.CHAT_COMPLETION, CallType.EMBEDDING)),
    app_did=st.sampled_from(("x", None)),
    status=st.sampled_from(CallStatus),
    duration=st.sampled_from((None, Decimal(1), Decimal(3))),
)
filters = st.builds(
    lambda duration, **wanted: CallFilter(conditions(**wanted), duration),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    duration=st.sampled_from((None, Decimal(0), Decimal(2))),
    model=st.sampled_from((None, "gpt-5")),
    provider_id=st.sampled_from((None, "azure")),
    type=st.sampled_from((None, "embedding")),
    app_did=st.sampled_from((None, "x")),
    status=st.sampled_from((None, "failed", "processing")),
)


def naive(filter_: CallFilter, one: ModelCall) -> bool:
    if any(str(getattr(one, name)) != value for name, value in filter_.equal.items()):
        return False
    return filter_.min_duration is None or (one.duration or 0) >= filter_.min_duration


@given(filters, calls)
def test_a_call_is_left_if_it_meets_every_condition(filter_: CallFilter, one: ModelCall) -> None:
    assert filter_.matches(one) == naive(filter_, one)


@given(filters, calls)
def test_counters_tell_the_calls_of_a_counted_filter(filter_: CallFilter, one: ModelCall) -> None:
    if filter_.is_counted:
        series, measures = finest(one), Measures.of(one)
        counted = measures.calls_with(filter_.equal.get("status")) if matches(series, filter_.equal) else 0
        assert counted == int(naive(filter_, one))


@pytest.mark.parametrize(
    ("filter_", "is_counted", "is_empty"),
    (
        (CallFilter(), True, True),
        (CallFilter(min_duration=Decimal(0)), True, True),
        (CallFilter({"model": "gpt-5"}), True, False),
        (CallFilter({"cost_source": "unpriced"}), False, False),
        (CallFilter(min_duration=Decimal(1)), False, False),
        (CallFilter(search=TextSearch("a", ("id",))), False, False),
    ),
)
def test_it_is_known_what_counters_can_tell(filter_: CallFilter, is_counted: Any, is_empty: Any) -> None:
    assert (filter_.is_counted, filter_.is_empty) == (is_counted, is_empty)


def test_a_text_occurs_in_any_case_in_one_of_its_fields() -> None:
    values = {"model": "GPT-5", "id": "Straße"}
    assert TextSearch("pt-5", ("id", "model")).occurs(values.__getitem__)
    assert TextSearch("STRASSE", ("id",)).occurs(values.__getitem__)
    assert not TextSearch("pt-5", ("id",)).occurs(values.__getitem__)
