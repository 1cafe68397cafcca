"""A filter matches the same calls in each engine: of calls, of the stored calls of an export, and of series."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from functools import partial
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given
from hypothesis import strategies as st

from ledger.archive import columns
from ledger.archive import conditions as sql_conditions
from ledger.calls.call_filter import CallFilter, Conditions, FilterField, conditions
from ledger.calls.directory import Directory, DirectoryEntries
from ledger.calls.filter_parameters import SEARCH_FIELDS
from ledger.calls.metadata_condition import MetadataCondition
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.calls.text_search import SearchField, TextSearch, stored_text
from ledger.core import keys
from ledger.counting.measures import Measures
from ledger.counting.series import finest, matches
from ledger.exports.names import Names
from tests.integration.small_world import call

USER_NAMES = {"a": "Alice", "b": "BOB"}
APP_NAMES = {"x": "Xylophone", "y": "y"}


class Known:
    """The names of the users and apps above."""

    def user_name(self, did: str) -> str:
        return USER_NAMES[did]

    def app_name(self, did: str) -> str:
        return APP_NAMES[did]


@st.composite
def calls(draw: st.DrawFn) -> ModelCall:
    return replace(
        call(draw(st.sampled_from(("call-1", "Straße"))), 1_000),
        user_did=draw(st.sampled_from(("a", "b"))),
        model=draw(st.sampled_from(("gpt-5", "o3"))),
        provider_id=draw(st.sampled_from(("openai", "azure"))),
        type=draw(st.sampled_from((CallType.CHAT_COMPLETION, CallType.EMBEDDING))),
        app_did=draw(st.sampled_from(("x", "y", None))),
        trace_id=draw(st.sampled_from(("trace", None))),
        status=draw(st.sampled_from(CallStatus)),
        cost_source=draw(st.sampled_from(CostSource)),
        duration=draw(st.sampled_from((None, Decimal(1), Decimal(3)))),
        credential_id=draw(st.sampled_from((None, "key-1"))),
        response_model=draw(st.sampled_from((None, "gpt-5-2026"))),
        credits=draw(st.sampled_from((Decimal(0), Decimal("0.5"), Decimal(2)))),
        metadata=draw(st.sampled_from((None, '{"team":"red"}', '{"team":["red"]}', '{"team":"blue"}'))),
    )


VALUES: Mapping[FilterField, str] = {
    "model": "gpt-5",
    "provider_id": "azure",
    "type": "embedding",
    "app_did": "x",
    "user_did": "a",
    "status": "failed",
    "cost_source": "reported",
    "credential_id": "key-1",
    "response_model": "gpt-5-2026",
}
BOUNDS = (None, Decimal(0), Decimal("0.5"), Decimal(2))


def some_conditions() -> st.SearchStrategy[Conditions]:
    return st.sets(st.sampled_from(sorted(VALUES)), max_size=2).map(
        lambda names: {name: VALUES[name] for name in names}
    )


@st.composite
def filters(draw: st.DrawFn) -> CallFilter:
    searched = st.lists(st.sampled_from(SEARCH_FIELDS), min_size=1, max_size=3).map(tuple)
    return CallFilter(
        draw(some_conditions()),
        draw(st.sampled_from((None, Decimal(0), Decimal(2)))),
        draw(st.none() | st.builds(TextSearch, st.sampled_from(("A", "strasse", "bob", "x", "-")), searched)),
        draw(some_conditions()),
        draw(st.sampled_from(BOUNDS)),
        draw(st.sampled_from(BOUNDS)),
        draw(st.sampled_from(((), (MetadataCondition(("team",), "red"),)))),
    )


def naive(filter_: CallFilter, one: ModelCall) -> bool:
    """Whether a call matches all but the search."""
    if any(str(getattr(one, name)) != value for name, value in filter_.equal.items()):
        return False
    if any(str(getattr(one, name)) == value for name, value in filter_.unequal.items()):
        return False
    if filter_.min_duration and (one.duration is None or one.duration < filter_.min_duration):
        return False
    if (
        not (filter_.min_credits or 0)
        <= one.credits
        <= (one.credits if filter_.max_credits is None else filter_.max_credits)
    ):
        return False
    return not filter_.metadata or "red" in (one.metadata or "")


def naive_search(search: TextSearch, one: ModelCall) -> bool:
    texts: dict[SearchField, str | None] = {
        "model": one.model,
        "appDid": one.app_did,
        "userDid": one.user_did,
        "traceId": one.trace_id,
        "id": one.id,
        "userName": USER_NAMES[one.user_did],
        "appName": one.app_did and APP_NAMES[one.app_did],
    }
    return any(search.text.casefold() in (texts[name] or "").casefold() for name in search.fields)


@given(filters(), calls())
def test_a_call_matches_if_it_meets_every_condition(filter_: CallFilter, one: ModelCall) -> None:
    assert filter_.matches(one) == naive(filter_, one)
    if filter_.search:
        assert filter_.search.occurs(partial(stored_text, one), Known()) == naive_search(filter_.search, one)


class Listed(Directory):
    """The names above, which are looked up nowhere."""

    def look_up(self, users: Iterable[str], apps: Iterable[str]) -> DirectoryEntries:
        named = {keys.user(did): {"fullName": {"S": USER_NAMES[did]}} for did in users}
        return DirectoryEntries(named | {keys.app(did): {"appName": {"S": APP_NAMES[did]}} for did in apps})


@pytest.fixture(scope="module")
def database() -> Iterator[DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


@given(filter_=filters(), several=st.lists(calls(), max_size=5))
def test_an_export_has_the_same_calls(
    database: DuckDBPyConnection, filter_: CallFilter, several: list[ModelCall]
) -> None:
    numbered = [replace(one, id=f"{one.id}-{number}") for number, one in enumerate(several)]
    types = ", ".join(f"{name} {kind}" for name, kind in columns.TYPES.items())
    for table in ("users", "apps", "providers"):
        database.execute(f"DROP TABLE IF EXISTS {table}")
    database.execute(f"CREATE OR REPLACE TABLE calls ({types})")
    for one in numbered:
        values = [getattr(one, name) for name in columns.NAMES]
        database.execute(f"INSERT INTO calls VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
    names = Names(database, Listed("no table"))
    condition = names.found("calls", sql_conditions.of_filter(filter_), filter_.search)
    found = database.execute(f"SELECT id FROM calls WHERE {condition.sql}", condition.values).fetchall()  # noqa: S608
    expected = [
        one.id
        for one in numbered
        if naive(filter_, one) and (filter_.search is None or naive_search(filter_.search, one))
    ]
    assert sorted(call_id for (call_id,) in found) == sorted(expected)


@given(filters(), calls())
def test_counters_count_the_calls_of_a_counted_filter(filter_: CallFilter, one: ModelCall) -> None:
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
        (CallFilter(unequal={"model": "gpt-5"}), False, False),
        (CallFilter(min_duration=Decimal(1)), False, False),
        (CallFilter({"credential_id": "key-1"}), False, False),
        (CallFilter(min_credits=Decimal(0)), True, True),
        (CallFilter(min_credits=Decimal(1)), False, False),
        (CallFilter(max_credits=Decimal(0)), False, False),
        (CallFilter(metadata=(MetadataCondition(("team",), "red"),)), False, False),
        (CallFilter(search=TextSearch("a", ("id",))), False, False),
    ),
)
def test_it_is_known_what_counters_can_count(filter_: CallFilter, is_counted: Any, is_empty: Any) -> None:
    assert (filter_.is_counted, filter_.is_empty) == (is_counted, is_empty)


def test_conditions_are_on_the_fields_for_which_a_value_is_given() -> None:
    assert conditions(model="gpt-5", app_did=None) == {"model": "gpt-5"}
    assert conditions() == {}
    assert set(VALUES) <= {each.name for each in fields(ModelCall)}
