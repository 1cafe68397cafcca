"""Questions on the page: the answer is the API's, in the chart's table and in the file, and in the address whole."""

import csv
import json
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from ledger.core.identity import Role
from tests.browser.conftest import Visit, ask, axe, bounds, record, visiting
from tools.operate.stack import Stack

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ZONE = "UTC"
ARCHIVED = 240
"""Seconds within which calls are in the archive."""


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Rows").locator("tbody tr:not(.space)")


def wait_until_archived(stack: Stack, calls: int, question: dict[str, Any]) -> None:
    give_up = time.monotonic() + ARCHIVED
    while ask(stack, "/api/usage/query", **question)["total"]["calls"] < calls:
        assert time.monotonic() < give_up
        time.sleep(2)


def test_a_question_is_put_together_answered_sorted_compared_and_saved(visit: Visit, tmp_path: Path) -> None:
    did, team = f"did:{uuid.uuid4()}", f"=team {uuid.uuid4()}"
    usual: dict[str, Any] = {"userDid": did, "metadata": {"team": team}}
    record(visit.stack, *({**usual, "model": model, "credits": n} for n, model in enumerate(("a", "b", "c"), 1)), usual)
    start, end = bounds("7 days", ZONE, time.time())
    only = json.dumps([{"dimension": "user", "op": "in", "value": [did]}])
    wait_until_archived(visit.stack, 4, {"startTime": start, "endTime": end, "metrics": "calls", "filters": only})

    visit.go(f"/explore?zone={ZONE}&range=7d")
    filters = visit.page.get_by_role("form", name="Add a filter")
    filters.get_by_label("Of").select_option("User")
    filters.get_by_label("Value").fill(did)
    filters.get_by_role("button", name="Add").click()
    visit.settle()
    visit.page.get_by_label("Add a figure").select_option("Median: duration")
    visit.page.get_by_label("Add a dimension").select_option("A member of metadata…")
    visit.page.get_by_label("Member of metadata").fill("team")
    visit.page.get_by_role("group", name="Told apart by").get_by_role("button", name="Add").click()
    visit.settle()
    visit.page.get_by_label("Compare with").select_option("The time before")
    visit.settle()
    visit.page.get_by_role("columnheader", name="Model").get_by_role("button").click()
    visit.settle()
    question = {"groupBy": "model,metadata.team", "metrics": "credits,calls", "filters": only, "orderBy": "model"}
    told = ask(visit.stack, "/api/usage/query", startTime=start, endTime=end, **question)
    shown = [[cell.inner_text() for cell in row.locator("td").all()] for row in rows(visit.page).all()]
    assert [row[0] for row in shown] == [row["group"]["model"] for row in told["rows"]] == ["a", "b", "c", "gpt-5"]
    digits = [row.locator("data").first.get_attribute("value") for row in rows(visit.page).all()]
    assert digits == [str(row["values"]["credits"]) for row in told["rows"]] == ["1", "2", "3", "0.5"]
    assert {row[1] for row in shown} == {team}
    assert {row[3] for row in shown} == {"–"}, "nobody had called before"

    with visit.page.expect_download() as saved:
        visit.page.get_by_role("button", name="CSV").click()
    saved.value.save_as(tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        titles, *lines = csv.reader(file)
    measures = ["credits", "calls", "p50Duration"]
    assert titles == ["model", "metadata.team", *(title for name in measures for title in (name, f"{name} beside"))]
    expected = zip(("a", "b", "c", "gpt-5"), digits, strict=True)
    assert [line[:5] for line in lines] == [[model, f"'{team}", cost, "", "1"] for model, cost in expected]

    address = visit.page.url
    visit.page.reload()
    visit.settle()
    assert visit.page.url == address
    expect(rows(visit.page)).to_have_count(4)
    rows(visit.page).get_by_role("link", name="b", exact=True).click()
    visit.settle()
    expect(rows(visit.page)).to_have_count(1)
    assert {"dimension": "model", "op": "in", "value": ["b"]} in map(json.loads, parse_qs(visit.query)["filter"])

    visit.go("/explore?by=user", did=did, role=Role.USER)
    expect(rows(visit.page)).to_have_count(1)
    expect(rows(visit.page)).to_contain_text(did)


def test_of_many_rows_only_those_in_sight_are_drawn(visit: Visit) -> None:
    visit.go(f"/explore?zone={ZONE}&by=user&by=model&by=app&bucket=hour&range=90d&measure=calls")
    table = visit.page.get_by_role("region", name="Rows")
    number = int(table.locator("table").get_attribute("aria-rowcount") or 0) - 1
    assert number > 100
    assert rows(visit.page).count() < 50
    table.evaluate("element => element.scrollTo(0, element.scrollHeight)")
    last = table.locator(f"tr[aria-rowindex='{number + 1}']")
    expect(last).to_be_visible()
    assert rows(visit.page).count() < 50


@pytest.mark.parametrize(("scheme", "size"), [("light", {}), ("dark", PHONE)], ids=["desk", "phone"])
def test_nothing_serious_is_in_an_explorers_way(
    browser: Browser, stack: Stack, scheme: str, size: dict[str, Any]
) -> None:
    with visiting(browser, stack, color_scheme=scheme, **size) as visit:
        question = "by=model&by=app&measure=p95Duration&measure=calls&bucket=day&against=before"
        for query in (question, "filter=" + json.dumps({"dimension": "model", "op": "in", "value": ["no such"]})):
            visit.go(f"/explore?{query}")
            assert axe(visit.page) == [], query
            width = visit.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert width[0] <= width[1], query
        expect(visit.page.get_by_text("No call matches")).to_be_visible()
