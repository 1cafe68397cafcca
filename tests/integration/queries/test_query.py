"""Queries: whatever is asked is answered as by reading the calls one by one, and nobody learns of another's calls."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.core.errors import InvalidRequest
from ledger.core.moments import DAY, HOUR
from ledger.query.metrics import METRICS
from ledger.query.queries import Queries
from tests import query_reference
from tests.integration.archive_world import ArchiveWorld
from tests.integration.harness import Api
from tests.integration.query_world import NASTY, NOW, SPAN, ask, dimensions, everything, slow
from tests.integration.support import refusal
from tests.query_reference import ADDS_UP, AMOUNTS

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham"]


texts = st.sampled_from(["red", "b", "a", "7", "true", "gpt-5", "openai", "x", "success", "G", *NASTY])
numbers = st.sampled_from([0, 3, Decimal("0.5"), Decimal("0.0000000001"), 12, -5, 10**6])
BOUNDED = ["duration", "ttfb", *(name for name in AMOUNTS if name != "totalTokens"), "metadata.score"]


def some_filter(ops: list[str], of: st.SearchStrategy[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({"dimension": of, "op": st.sampled_from(ops), "value": values})


filters = st.one_of(
    some_filter(["in", "notIn"], dimensions, st.lists(st.none() | texts, min_size=1, max_size=3)),
    some_filter(["contains"], dimensions, texts),
    some_filter(["exists"], dimensions, st.booleans()),
    some_filter(["gte", "lte"], st.sampled_from(BOUNDED), numbers),
)


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    grid = draw(st.sampled_from((1, 900, HOUR)))
    seconds = st.integers(NOW - SPAN, NOW).map(lambda second: second // grid * grid)
    start, end = sorted(draw(st.lists(seconds, min_size=2, max_size=2, unique=True)))
    zone = draw(st.sampled_from(ZONES))
    granularity = draw(st.sampled_from(["none", "minute", "hour", "day", "week", "month"]))
    if zone == "Australia/Lord_Howe" and granularity == "hour":
        granularity = "day"
    if granularity == "minute":
        start = max(start, end - 5 * DAY)
    question: dict[str, Any] = {
        "startTime": start,
        "endTime": end - 1,
        "timezone": zone,
        "granularity": granularity,
        "groupBy": draw(st.lists(dimensions, max_size=4, unique=True)),
        "metrics": draw(st.lists(st.sampled_from(list(METRICS)), min_size=1, max_size=8, unique=True)),
        "filters": draw(st.lists(filters, max_size=2)),
        "limit": draw(st.sampled_from([1, 3, 50, 10_000])),
    }
    ordered_by = [*question["metrics"], *question["groupBy"], *(["timestamp"] if granularity != "none" else [])]
    if draw(st.booleans()):
        question["orderBy"] = draw(st.sampled_from(["", "-"])) + draw(st.sampled_from(ordered_by))
    return question


def key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*([row["timestamp"]] if "timestamp" in row else []), *row["group"].values())


def check(archive: ArchiveWorld, api: Api, question: dict[str, Any], asker: str | None, *, by_get: bool) -> None:
    """Read all pages, or the first few, and compare them with what the calls say."""
    who = (asker, "user") if asker else ("root", "viewer")
    answer = ask(api, question, *who, by_get=by_get)
    assert answer.status == 200, answer
    groups = query_reference.groups(everything(archive, answer.body["asOf"], asker), question)
    expected = query_reference.ordered(groups, question)
    metrics = question["metrics"]
    total = query_reference.values([one for of_group in groups.values() for one in of_group], metrics)
    for first in range(0, min(len(expected), 3 * question["limit"]) or 1, question["limit"]):
        page = expected[first : first + question["limit"]]
        rows = answer.body["rows"]
        assert [(key(row), row["values"]) for row in rows] == page
        assert answer.body["total"] == total
        shown = {of_row for of_row, _ in page}
        left = [one for of_row, calls in groups.items() if of_row not in shown for one in calls]
        assert answer.body["rest"] == (query_reference.values(left, metrics) if left else None)
        for name in ADDS_UP & set(metrics):
            parts = [row["values"][name] for row in rows] + ([answer.body["rest"][name]] if left else [])
            assert sum(parts) == answer.body["total"][name]
        assert (answer.body["nextToken"] is None) == (first + question["limit"] >= len(expected))
        if answer.body["nextToken"]:
            answer = ask(api, question | {"nextToken": answer.body["nextToken"]}, *who, by_get=by_get)
            assert answer.status == 200, answer


@slow
@given(question=questions(), by_get=st.booleans())
def test_whatever_is_asked_is_answered_as_the_calls_say(
    archive: ArchiveWorld, api: Api, question: dict[str, Any], by_get: bool
) -> None:
    check(archive, api, question, None, by_get=by_get and not any("," in name for name in question["groupBy"]))


@slow
@given(question=questions(), asker=st.sampled_from(["a", NASTY[0], "nobody"]))
def test_a_user_learns_of_nobody_elses_calls_whatever_the_filter(
    archive: ArchiveWorld, api: Api, question: dict[str, Any], asker: str
) -> None:
    check(archive, api, question, asker, by_get=False)


@pytest.mark.parametrize(
    "text", [*NASTY, "metadata.", "metadata.\x00", "x" * 300, "calls", "credits, 1", "1; SELECT 1"]
)
@pytest.mark.parametrize("place", ["groupBy", "metrics", "orderBy", "timezone", "nextToken", "granularity", "format"])
def test_a_text_that_is_no_name_is_refused_wherever_it_stands(api: Api, place: str, text: str) -> None:
    if (place, text) == ("metrics", "calls"):
        return
    if (place, text) == ("orderBy", "calls"):
        text = "-credits-"
    value: Any = [text] if place in ("groupBy", "metrics") else text
    answer = ask(api, {"startTime": NOW - DAY, "endTime": NOW, place: value})
    if (place, text) == ("groupBy", "metadata.\x00"):
        assert answer.status == 200
        return
    assert answer.status == 400, answer
    assert answer.body["details"][0]["field"].startswith(place)


@settings(max_examples=8)
@given(path=st.text(min_size=1, max_size=40), value=st.text(min_size=1, max_size=40))
def test_any_text_may_be_a_path_or_a_value_and_is_never_sql(api: Api, path: str, value: str) -> None:
    whole = {"startTime": NOW - SPAN, "endTime": NOW, "metrics": ["calls"]}
    dimension = f"metadata.{path}"
    of_value = [
        {"dimension": dimension, "op": op, "value": [value] if op in ("in", "notIn") else value}
        for op in ("in", "notIn", "contains")
    ]
    by_user = [{"dimension": "user", "op": "in", "value": [value]}]
    number = ask(api, whole).body["total"]["calls"]
    for filters_ in ([], *([one] for one in of_value), by_user):
        answer = ask(api, {**whole, "groupBy": [dimension], "filters": filters_})
        assert answer.status == 200, answer
        assert 0 <= answer.body["total"]["calls"] <= number
    assert ask(api, whole).body["total"]["calls"] == number


def last_days(**fields: Any) -> dict[str, Any]:
    return {"startTime": NOW - SPAN, "endTime": NOW, **fields}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"endTime": NOW - 2 * SPAN}, "endTime"),
    ({"startTime": 0}, "endTime"),
    ({"granularity": "minute"}, "granularity"),
    ({"groupBy": ["user", "user"]}, "groupBy"),
    ({"groupBy": ["user", "app", "model", "type", "status"]}, "groupBy"),
    ({"groupBy": ["nobody"]}, "groupBy.0"),
    ({"metrics": []}, "metrics"),
    ({"metrics": ["p98Duration"]}, "metrics.0"),
    ({"orderBy": "p95Duration"}, "orderBy"),
    ({"orderBy": "timestamp"}, "orderBy"),
    ({"limit": 0}, "limit"),
    ({"limit": 10_001}, "limit"),
    ({"filters": [{"dimension": "user", "op": "like", "value": "a"}]}, "filters.0"),
    ({"filters": [{"dimension": "user", "op": "in", "value": []}]}, "filters.0.in.value"),
    ({"filters": [{"dimension": "user", "op": "gte", "value": 1}]}, "filters.0.gte.dimension"),
    ({"filters": [{"dimension": "duration", "op": "gte", "value": "much"}]}, "filters.0.gte.value"),
    ({"filters": [{"dimension": "duration", "op": "in", "value": ["1"]}]}, "filters.0.in.dimension"),
    ({"filters": "no list"}, "filters"),
]


@pytest.mark.parametrize(("fields", "field"), REFUSED)
def test_what_cannot_be_answered_is_refused_by_name(api: Api, fields: dict[str, Any], field: str) -> None:
    refusal(ask(api, last_days(**fields)), 400, "invalid_request", field)


def test_a_link_is_refused_by_the_same_names(api: Api) -> None:
    refusal(ask(api, last_days(limit=0), by_get=True), 400, "invalid_request", "limit")
    user = [{"dimension": "user", "op": "gte", "value": 1}]
    refusal(ask(api, last_days(filters=user), by_get=True), 400, "invalid_request", "filters.0.gte.dimension")


def test_a_recorder_may_not_ask(api: Api) -> None:
    refusal(ask(api, last_days(), "gateway", "recorder"), 403, "forbidden")


def test_a_token_continues_its_own_answer_and_no_other(api: Api) -> None:
    question = last_days(groupBy=["model"], limit=1)
    following = question | {"nextToken": ask(api, question).body["nextToken"]}
    assert ask(api, following).status == 200
    assert ask(api, following | {"limit": 5}).status == 200
    refusal(ask(api, following | {"groupBy": ["app"]}), 400, "invalid_request", "nextToken")
    refusal(ask(api, following, "a", "user"), 400, "invalid_request", "nextToken")


def test_a_dry_run_says_how_much_would_be_read(api: Api) -> None:
    answer = ask(api, last_days(dryRun=True))
    assert answer.body["bytesRead"] == ask(api, last_days()).body["bytesRead"] > 0
    assert answer.body == {**answer.body, "rows": [], "total": None, "rest": None, "engine": "duckdb"}


def test_what_is_too_large_is_refused_with_its_bytes(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    size = ask(api, last_days(dryRun=True)).body["bytesRead"]
    module = api.module("query_usage")
    engine = module.queries.engine
    small = replace(engine, archive=replace(engine.archive, room=size - 1))
    monkeypatch.setattr(module, "queries", Queries(small))
    assert f"{size:,} bytes" in refusal(ask(api, last_days()), 400, "invalid_request", "endTime")
    assert ask(api, last_days(dryRun=True)).body["bytesRead"] == size


@pytest.mark.parametrize("error", [duckdb.InterruptException("interrupted"), duckdb.OutOfMemoryException("no memory")])
def test_what_takes_too_long_or_too_much_memory_is_refused(api: Api, error: Exception) -> None:
    engine = api.module("query_usage").queries.engine
    with pytest.raises(InvalidRequest, match="endTime: a shorter range"), engine.open(NOW - DAY, NOW, lambda: 29):
        raise error


def test_rows_come_as_csv_too(api: Api) -> None:
    question = last_days(groupBy=["app", "model"], granularity="month", metrics=["credits", "p50Ttfb"], limit=3)
    answer = ask(api, question | {"format": "csv"}, by_get=True)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    header, *rows = csv.reader(answer.body.removeprefix("\ufeff").splitlines())
    assert header == ["timestamp", "app", "model", "credits", "p50Ttfb"]
    expected = ask(api, question).body
    assert answer.headers["Next-Token"] == expected["nextToken"]
    for cells, row in zip(rows, expected["rows"], strict=True):
        app = row["group"]["app"] or ""
        assert cells[:3] == [str(row["timestamp"]), f"'{app}" if app.startswith("=") else app, row["group"]["model"]]
        assert [Decimal(cell) if cell else None for cell in cells[3:]] == list(row["values"].values())


def test_a_list_is_one_value_that_filters_find_by_its_elements(api: Api) -> None:
    of_tags = ask(api, last_days(groupBy=["metadata.tags"], metrics=["calls"], limit=100)).body
    by_value = {row["group"]["metadata.tags"]: row["values"]["calls"] for row in of_tags["rows"]}
    assert {'["a","b"]', '["b",7]', "[]", "ab", None} == set(by_value)
    assert sum(by_value.values()) == of_tags["total"]["calls"]
    tagged = [{"dimension": "metadata.tags", "op": "contains", "value": "b"}]
    found = ask(api, last_days(filters=tagged, metrics=["calls"])).body["total"]["calls"]
    assert found == by_value['["a","b"]'] + by_value['["b",7]'] + by_value["ab"]


def test_a_name_with_a_dot_is_asked_for_behind_a_backslash(api: Api) -> None:
    dotted = ask(api, last_days(groupBy=["metadata.session\\.id"], metrics=["calls"])).body
    assert {row["group"]["metadata.session\\.id"] for row in dotted["rows"]} == {"s-1", None}
    nested = ask(api, last_days(groupBy=["metadata.session.id"])).body
    assert [row["group"] for row in nested["rows"]] == [{"metadata.session.id": None}]


def test_a_range_without_calls_has_no_rows(api: Api) -> None:
    answer = ask(
        api, {"startTime": NOW + 2 * DAY, "endTime": NOW + 3 * DAY, "metrics": ["calls", "avgTtfb", "users"]}
    ).body
    assert answer["rows"] == []
    assert answer["total"] == {"calls": 0, "avgTtfb": None, "users": 0}
    assert answer["rest"] is None
