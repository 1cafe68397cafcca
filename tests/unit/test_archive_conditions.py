"""A filter matches the same calls as a condition of SQL and as a function of a call."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.archive import columns, conditions
from ledger.calls.call_filter import CallFilter, FilterField
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from tests.call_strategies import calls_with

TEXTS = ("a", "b", "' OR true --", "gpt-5")
CALLS = calls_with(
    texts=st.sampled_from(TEXTS),
    amounts=st.sampled_from((Decimal(0), Decimal(1), Decimal("2.5"))),
    counts=st.just(1),
    call_time=st.just(1_795_000_000),
    other_usage=st.none(),
)
VALUES: dict[FilterField, st.SearchStrategy[str]] = {
    **dict.fromkeys(("user_did", "provider_id", "model", "app_did"), st.sampled_from(TEXTS)),
    "type": st.sampled_from(CallType),
    "status": st.sampled_from(CallStatus),
    "cost_source": st.sampled_from(CostSource),
}
CONDITIONS = st.fixed_dictionaries({}, optional=VALUES)
FILTERS = st.builds(
    CallFilter,
    equal=CONDITIONS,
    unequal=CONDITIONS,
    min_duration=st.none() | st.sampled_from((Decimal(0), Decimal("0.5"), Decimal(2))),
)
TABLE = ", ".join(f"{name} {kind}" for name, kind in columns.TYPES.items())
PLACES = ", ".join("?" for _ in columns.NAMES)


@given(calls=st.lists(CALLS, min_size=1, max_size=8), filter_=FILTERS)
def test_sql_finds_the_calls_that_match(calls: list[ModelCall], filter_: CallFilter) -> None:
    condition = conditions.of_filter(filter_)
    with duckdb.connect() as database:
        database.execute(f"CREATE TABLE calls ({TABLE})")
        database.executemany(
            f"INSERT INTO calls VALUES ({PLACES})",  # noqa: S608
            [[getattr(call, name) for name in columns.NAMES] for call in calls],
        )
        rows = database.execute(f"SELECT * FROM calls WHERE {condition.sql}", condition.values).fetchall()  # noqa: S608
    key = str
    assert sorted(map(columns.to_call, rows), key=key) == sorted(filter(filter_.matches, calls), key=key)


def test_no_text_of_a_caller_is_sql() -> None:
    condition = conditions.of_filter(CallFilter({"model": "' OR true --"}))
    assert condition == ("model = ?", ["' OR true --"])


@pytest.mark.parametrize("filter_", [CallFilter(), CallFilter(min_duration=Decimal(0))])
def test_a_filter_without_conditions_leaves_every_call(filter_: CallFilter) -> None:
    assert conditions.of_filter(filter_) == ("true", [])
