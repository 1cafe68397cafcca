"""A filter matches the same calls as a condition of SQL and as a function of a call."""

import sys
from decimal import Decimal
from itertools import product
from typing import Any, cast

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.archive import columns, conditions
from ledger.archive.conditions import Named
from ledger.calls.call_filter import CallFilter, FilterField
from ledger.calls.metadata_condition import MetadataCondition
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.calls.text_search import TextSearch, folded
from ledger.core import exact_json
from tests.call_strategies import calls_with

TEXTS = ("a", "b", "' OR true --", "gpt-5")
NAMES = ("team", "a.b", 'q"', "back\\slash", "é", "a*", "0")
NUMBERS = (
    *(0, -1, 3, 2**53 + 1, 2**63, True, False),
    *map(
        Decimal,
        ("-0.0", "1e19", "1e30", "0.1", "0.1000000000000000055511", "1.50", "1e-9", "123456789012345678901234.5"),
    ),
)
VALUES_OF_MEMBERS = (None, "", "red", "3", "true", *NUMBERS)
MEMBERS = st.sampled_from(VALUES_OF_MEMBERS)
METADATA = st.recursive(
    MEMBERS | st.lists(MEMBERS, max_size=3),
    lambda values: st.lists(values, max_size=2) | st.dictionaries(st.sampled_from(NAMES), values, max_size=3),
    max_leaves=6,
)
"""Any JSON."""
CALLS = calls_with(
    texts=st.sampled_from(TEXTS),
    amounts=st.sampled_from((Decimal(0), Decimal(1), Decimal("2.5"))),
    counts=st.just(1),
    call_time=st.just(1_795_000_000),
    other_usage=st.none(),
    list_costs=st.none(),
    metadata=st.none() | METADATA.map(lambda value: exact_json.dumps(value).decode()),
)
VALUES: dict[FilterField, st.SearchStrategy[str]] = {
    **dict.fromkeys(("user_did", "provider_id", "model", "app_did"), st.sampled_from(TEXTS)),
    "type": st.sampled_from(CallType),
    "status": st.sampled_from(CallStatus),
    "cost_source": st.sampled_from(CostSource),
    **dict.fromkeys(("credential_id", "response_model"), st.sampled_from(TEXTS)),
}
CONDITIONS = st.fixed_dictionaries({}, optional=VALUES)


def written(value: object) -> str:
    """A value as a condition writes it."""
    return value if isinstance(value, str) else exact_json.dumps(value).decode()


BOUNDS = st.sampled_from((Decimal(0), Decimal("0.5"), Decimal(2), Decimal("999999999999.9999999999")))
FILTERS = st.builds(
    CallFilter,
    equal=CONDITIONS,
    unequal=CONDITIONS,
    **dict.fromkeys(("min_duration", "min_credits", "max_credits"), st.none() | BOUNDS),
    metadata=st.lists(
        st.builds(
            MetadataCondition,
            st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple),
            MEMBERS.map(lambda value: written(value)),
        ),
        max_size=1,
    ),
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


def test_sql_and_python_agree_on_each_value_of_metadata() -> None:
    """Each beside each, under any name: alone, in a list, and in a member of a member."""
    texts = [
        exact_json.dumps({name: value}).decode()
        for name, one in product(NAMES, VALUES_OF_MEMBERS)
        for value in cast("list[Any]", [one, [one, {}], {"team": one}])
    ]
    with duckdb.connect() as database:
        database.execute("CREATE TABLE calls AS SELECT unnest(?::VARCHAR[]) AS metadata", [texts])
        for asked, path in product(VALUES_OF_MEMBERS, [*((name,) for name in NAMES), ("team", "team")]):
            asked_for = MetadataCondition(path, written(asked))
            condition = conditions.of_filter(CallFilter(metadata=[asked_for]))
            rows = database.execute(f"SELECT metadata FROM calls WHERE {condition.sql}", condition.values)  # noqa: S608
            assert [row[0] for row in rows.fetchall()] == list(filter(asked_for.holds, texts)), asked_for


LETTERS = "aAsSßẞſσΣςİıiIéÉµΜǅ%_\\"


@given(
    texts=st.lists(st.text(LETTERS, max_size=6), min_size=1, max_size=8), text=st.text(LETTERS, min_size=1, max_size=3)
)
def test_a_search_in_sql_finds_what_a_search_in_python_finds(texts: list[str], text: str) -> None:
    search = TextSearch(text, ("traceId", "userName", "appName"))
    condition = conditions.of_search(search, Named(users=["u1"]))
    with duckdb.connect() as database:
        database.execute("CREATE TABLE calls (trace_id VARCHAR, user_did VARCHAR, app_did VARCHAR)")
        database.executemany("INSERT INTO calls VALUES (?, ?, 'u1')", [[one, f"u{n}"] for n, one in enumerate(texts)])
        rows = database.execute(f"SELECT trace_id FROM calls WHERE {condition.sql}", condition.values)  # noqa: S608
        found = [row[0] for row in rows.fetchall()]
    assert found == [one for n, one in enumerate(texts) if n == 1 or search.is_in(one)]


def test_each_letter_is_folded_alike() -> None:
    letters = [chr(number) for number in range(1, sys.maxunicode + 1) if not 0xD800 <= number < 0xE000]
    with duckdb.connect() as database:
        rows = database.execute("SELECT lower(unnest(?::VARCHAR[]))", [letters]).fetchall()
    differing = [(letter, lower) for letter, (lower,) in zip(letters, rows, strict=True) if lower != folded(letter)]
    assert differing == [(letter, letter) for letter in ("ß", "ς")] + [("ẞ", "ß")]


def test_no_text_of_a_caller_is_sql() -> None:
    condition = conditions.of_filter(CallFilter({"model": "' OR true --"}))
    assert condition == ("(model = ?)", ["' OR true --"])


@pytest.mark.parametrize("filter_", [CallFilter(), CallFilter(min_duration=Decimal(0))])
def test_a_filter_without_conditions_leaves_every_call(filter_: CallFilter) -> None:
    assert conditions.of_filter(filter_) == ("true", [])
