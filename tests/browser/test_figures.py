"""The page's figures are the API's: for every range, zone and switch."""

import json
import re
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from ledger.core.identity import Role
from tests.browser.conftest import HEAVIEST, ZONE, Visit, ask, bounds, record

RANGES = ["Today", "7 days", "30 days", "90 days", "This month", "Last month"]


def shown(visit: Visit) -> dict[str, Decimal | None]:
    return {
        title: None if figure == "–" else Decimal(figure.replace(",", "").rstrip("% s"))
        for title, figure in visit.figures().items()
    }


def told(stats: dict[str, Any]) -> dict[str, Decimal | None]:
    """The figures of a summary, as the page rounds them."""
    summary = stats["summary"]
    finished = summary["successCalls"] + summary["failedCalls"]
    buckets = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
    rate = Decimal(100 * summary["successCalls"]) / finished if finished else None
    return {
        "Credits": Decimal(summary["totalCredits"]),
        "Calls": Decimal(summary["totalCalls"]),
        "Tokens": Decimal(sum(summary[bucket] for bucket in buckets)),
        "Success rate": rate,
        "Average duration": summary["avgDuration"],
    }


def same(visit: Visit, stats: dict[str, Any]) -> bool:
    one, other = shown(visit), told(stats)
    assert one.keys() == other.keys()
    for title, figure in other.items():
        page = one[title]
        if figure is None or page is None:
            assert page is figure, (title, page, figure)
        else:
            assert abs(page - figure) <= Decimal(
                "0.006" if title in ("Success rate", "Average duration") else "1e-10"
            ), (
                title,
                page,
                figure,
            )
    return True


def stats_of(
    visit: Visit, name: str, zone: str, now: float, path: str = "/api/user/admin/user-stats", **query: Any
) -> Any:
    start, end = bounds(name, zone, now)
    return ask(visit.stack, path, startTime=start, endTime=end, timezone=zone, **query)


@pytest.fixture
def now(visit: Visit) -> float:
    """The moment at which the page's clock stands still."""
    moment = time.time()
    visit.page.clock.set_fixed_time(moment)
    return moment


def test_every_range_is_the_apis(visit: Visit, now: float) -> None:
    visit.go("/?who=all")
    for name in RANGES:
        visit.choose("Range", name)
        assert same(visit, stats_of(visit, name, ZONE, now)), name


def test_days_that_somebody_types_are_the_apis(visit: Visit, now: float) -> None:
    today = datetime.fromtimestamp(now, ZoneInfo(ZONE)).date()
    first, last = today - timedelta(days=40), today - timedelta(days=11)
    visit.go("/?who=all")
    visit.page.get_by_role("radio", name="Custom").check()
    visit.page.get_by_label("First day").fill(f"{last}")
    visit.page.get_by_label("Last day").fill(f"{first}")
    expect(visit.page.get_by_role("button", name="Show", exact=True)).to_be_disabled()
    visit.page.get_by_label("First day").fill(f"{first}")
    visit.page.get_by_label("Last day").fill(f"{last}")
    visit.page.get_by_role("button", name="Show", exact=True).click()
    visit.settle()
    assert f"from={first}&to={last}" in visit.query
    start, end = (midnight(day) for day in (first, last + timedelta(days=1)))
    path = "/api/user/admin/user-stats"
    assert same(visit, ask(visit.stack, path, startTime=start, endTime=end - 1, timezone=ZONE))
    expect(visit.page.locator("#calls + .quiet")).to_have_text(f"{shown(visit)['Calls']}")


def midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).timestamp())


def test_every_measure_of_every_part_is_the_apis(visit: Visit, now: float) -> None:
    """By the table, which has the figures of the bars."""
    visit.go("/?who=all&range=7d")
    visit.page.get_by_role("button", name="Table").click()
    start, end = bounds("7 days", ZONE, now)
    asked = {"allUsers": "true", "startTime": start, "endTime": end, "timezone": ZONE}
    for measure in ("Credits", "Calls", "Tokens"):
        visit.choose("What to show", measure)
        for part in ("Model", "Type", "App", "User"):
            visit.choose("Stacked by", part)
            field = f"total{measure}"
            told = ask(visit.stack, "/api/usage/trends", **asked, groupBy=part.lower(), sortBy=field)
            columns = [[bucket[field] for bucket in told["trends"]]]
            columns += [group["byBucket"][field] for group in told["groups"][:7]]
            expected = [list(row) for row in zip(*columns, strict=True)]
            table = visit.page.locator("table.figures tbody tr")
            rows = [row.locator("data").all()[: len(columns)] for row in reversed(table.all())]
            figures = [[Decimal((cell.get_attribute("value") or "").replace(",", "")) for cell in row] for row in rows]
            assert figures == expected, (measure, part)


def test_calls_without_a_price_are_flagged_with_their_models(visit: Visit, now: float) -> None:
    usual = {"providerId": "my-own", "credits": None}
    calls = record(visit.stack, *({**usual, "model": f"house-{number % 3}"} for number in range(7)), {"credits": 1})
    visit.go(f"/?who=all&user={calls[0]['userDid']}")
    assert same(visit, stats_of(visit, "30 days", ZONE, now, userDid=calls[0]["userDid"]))
    expect(visit.page.get_by_role("region", name="Figures").locator(".flag")).to_have_text("7 without a price")
    unpriced = visit.page.get_by_role("region", name="Calls without a price")
    expect(unpriced.locator("li")).to_have_text(["house-0 my-own 3", "house-1 my-own 2", "house-2 my-own 2"])
    unpriced.get_by_role("link", name="house-1").click()
    visit.settle()
    assert shown(visit)["Calls"] == 2
    expect(unpriced).to_contain_text("2 calls have no price")
    expect(visit.rows().locator(".flag")).to_have_count(2)
    visit.go(f"/?who=all&user={HEAVIEST}")
    expect(unpriced).to_have_count(0)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York", "Pacific/Chatham"])
def test_every_zone_has_its_own_days(visit: Visit, now: float, zone: str) -> None:
    visit.go("/?who=all&range=7d")
    picker = visit.page.get_by_label("Time zone")
    picker.fill(zone)
    picker.press("Enter")
    visit.settle()
    assert f"zone={zone.replace('/', '%2F')}" in visit.query
    stats = stats_of(visit, "7 days", zone, now)
    assert same(visit, stats)
    visit.page.get_by_role("button", name="Table").click()
    visit.choose("What to show", "Calls")
    table = visit.page.locator("table.figures tbody tr").all()
    expected = [
        (f"{datetime.fromtimestamp(day['timestamp'], ZoneInfo(zone)):%a, %b %-d}", f"{day['totalCalls']:,}")
        for day in reversed(stats["dailyStats"])
    ]
    assert [(row.locator("th").inner_text(), row.locator("td").first.inner_text()) for row in table] == expected


def test_the_switch_shows_mine_everybodys_a_users_an_apps_and_a_models(visit: Visit, now: float) -> None:
    visit.go("/?who=mine&range=90d")
    assert shown(visit)["Calls"] == 0
    expect(visit.page.get_by_text("No calls in this time")).to_be_visible()

    visit.choose("Whose usage", "Everybody")
    everybody = stats_of(visit, "90 days", ZONE, now)
    assert same(visit, everybody)

    top = next(user for user in everybody["topUsers"] if user["userInfo"]["email"])  # one of the sample, with a name
    users = visit.page.get_by_role("region", name="Top users")
    users.get_by_role("button", name=re.compile(r"^Show \d+ more$")).click()
    users.get_by_role("link", name=top["userInfo"]["fullName"]).click()
    visit.settle()
    assert f"user={top['userDid']}" in visit.query
    assert same(visit, stats_of(visit, "90 days", ZONE, now, userDid=top["userDid"]))

    app = visit.page.get_by_role("region", name="Top apps").get_by_role("link").first
    app.click()
    visit.settle()
    chips = visit.page.locator(".chip .value")
    apps = {app["appDid"]: app["appInfo"]["appName"] for app in everybody["topApps"]}
    did = visit.page.locator(".chip > button").nth(1).get_attribute("title") or ""
    expect(chips).to_have_text([top["userInfo"]["fullName"], apps[did]])
    assert same(visit, stats_of(visit, "90 days", ZONE, now, userDid=top["userDid"], appDid=did))

    visit.page.go_back()
    visit.page.go_back()
    visit.settle()
    assert same(visit, everybody)

    finder = visit.page.get_by_role("combobox", name="One user or app")
    finder.fill(apps[did].upper())
    expect(visit.page.get_by_role("option", name=f"{apps[did]} app", exact=True)).to_be_visible()
    finder.press("Enter")
    visit.settle()
    assert f"app={did}" in visit.query
    assert same(visit, stats_of(visit, "90 days", ZONE, now, appDid=did))

    visit.page.get_by_role("link", name="Remove app").click()
    visit.settle()
    model = everybody["modelStats"][0]
    visit.choose("What to show", "Calls")
    visit.page.get_by_role("region", name="Top models").get_by_role("link", name=model["model"]).first.click()
    visit.settle()
    assert shown(visit)["Calls"] == model["totalCalls"]


def test_a_user_sees_their_own_and_no_switch(visit: Visit, now: float) -> None:
    """Also by a link to everybody's, and is told so."""
    visit.go("/?who=all&range=90d", did=HEAVIEST, role=Role.USER)
    told = visit.page.get_by_text("This link is to others' usage")
    expect(told).to_be_visible()
    assert same(visit, stats_of(visit, "90 days", ZONE, now, userDid=HEAVIEST))
    expect(visit.page.get_by_role("group", name="Whose usage")).to_have_count(0)
    expect(visit.page.get_by_role("region", name="Top users")).to_have_count(0)
    visit.choose("Range", "30 days")
    expect(told).to_have_count(0)


def test_a_day_narrows_everything_to_its_hours(visit: Visit, now: float) -> None:
    """By the table, which does for a keyboard what the bars do for a pointer."""
    visit.go("/?who=all&range=30d&metric=calls")
    days = stats_of(visit, "30 days", ZONE, now)["dailyStats"]
    busiest = max(days, key=lambda day: day["totalCalls"])
    visit.page.get_by_role("button", name="Table").click()
    day = datetime.fromtimestamp(busiest["timestamp"], ZoneInfo(ZONE))
    visit.page.get_by_role("link", name=f"{day:%a, %b %-d}", exact=True).click()
    visit.settle()
    assert f"from={day:%Y-%m-%d}&to={day:%Y-%m-%d}" in visit.query
    assert shown(visit)["Calls"] == busiest["totalCalls"]
    expect(visit.page.locator("#calls + .quiet")).to_have_text(str(busiest["totalCalls"]))
    assert 23 <= visit.page.locator("table.figures tbody tr").count() <= 25

    bar = visit.page.locator("table.figures tbody tr").nth(3).get_by_role("link")
    hour = bar.inner_text().split(", ")[-1]
    bar.click()
    visit.settle()
    assert f"T{hour.replace(':', '%3A')}%2B0" in visit.query, "with its offset"


@pytest.mark.usefixtures("now")
def test_a_bar_is_clicked(visit: Visit) -> None:
    visit.go("/?who=all&range=today&metric=calls")
    visit.choose("Range", "7 days")
    box = visit.page.locator("canvas").bounding_box()
    assert box
    visit.page.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.5)
    expect(visit.page).to_have_url(re.compile("range=custom"))


def test_how_long_calls_take_what_the_month_will_cost_and_why_it_changed_is_the_apis(visit: Visit, now: float) -> None:
    """Of one user of the sample, all of whose calls are in the archive."""
    start, end = bounds("90 days", ZONE, now)
    only = json.dumps([{"dimension": "user", "op": "in", "value": [HEAVIEST]}])
    asked: dict[str, Any] = {"startTime": start, "endTime": end, "filters": only}
    visit.go(f"/?who=all&range=90d&why=1&user={HEAVIEST}")
    causes = [cause.get_attribute("value") for cause in visit.page.locator(".movers li:not(.quiet) data").all()]
    told = ask(visit.stack, "/api/usage/explain", **asked, limit=6)
    assert causes == [f"{mover['difference']:,}" for mover in told["movers"]]
    expect(visit.page.get_by_role("region", name="What changed")).to_contain_text(told["sentence"])
    total = ask(visit.stack, "/api/usage/query", **asked, metrics="p50Duration,p95Duration")["total"]
    cards = visit.page.get_by_role("region", name="Figures").locator(".card")
    expect(cards.last).to_contain_text(f"{total['p50Duration']:,.2f} s median")
    expect(cards.last).to_contain_text(f"{total['p95Duration']:,.2f} s for 95 %")
    assert ask(visit.stack, "/api/usage/forecast", userDid=HEAVIEST, timezone=ZONE)["forecast"] is not None
    expect(cards.first).to_contain_text("expected this month")
    visit.page.get_by_role("link", name="Hide").click()
    expect(visit.page.locator(".movers")).to_have_count(0)
