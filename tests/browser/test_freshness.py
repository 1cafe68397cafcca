"""What is shown is the answer to what is asked, and says as of when; or that there is none, and what helps."""

import re

from playwright.sync_api import Browser, Route, expect

from ledger.core.identity import Role
from tests.browser.conftest import HEAVIEST, Visit, record, visiting
from tools.operate.stack import Stack

TRENDS = "**/api/usage/trends?*"
CALLS = "**/api/user/model-calls?*"
NO_NETWORK = ["net::ERR"]


def test_a_refresh_that_fails_is_said_at_the_top(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, tolerated=NO_NETWORK) as visit:
        visit.page.clock.install()
        visit.go("/?range=90d")
        figures = visit.figures()
        as_of = visit.page.locator(".range .as-of").inner_text()
        assert re.fullmatch(r"as of \d\d:\d\d:\d\d", as_of)
        visit.page.context.set_offline(True)
        visit.page.clock.fast_forward(75_000)
        notice = visit.page.locator(".outdated")
        expect(notice).to_contain_text(f"What is shown is {as_of}.")
        expect(notice).to_contain_text("can't be reached")
        assert visit.figures() == figures
        visit.page.context.set_offline(False)
        notice.get_by_role("button", name="Try now").click()
        expect(notice).to_have_count(0)
        expect(visit.page.locator(".range .as-of")).not_to_have_text(as_of)


def test_rows_of_another_question_are_never_shown(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, tolerated=NO_NETWORK) as visit:
        visit.go("/?range=30d")
        expect(visit.rows()).not_to_have_count(0)
        waiting: list[Route] = []
        for path in (TRENDS, CALLS):
            visit.page.route(path, lambda route: waiting.append(route))
        visit.page.get_by_role("radio", name="90 days").check()
        expect(visit.page.get_by_role("region", name="Figures").locator("data")).to_have_count(0)
        expect(visit.rows()).to_have_count(0)
        expect(visit.page.locator("#calls + .quiet")).to_have_count(0)
        for route in waiting:
            route.abort()
        expect(visit.page.get_by_role("alert").first).to_contain_text("can't be reached")
        expect(visit.rows()).to_have_count(0)
        expect(visit.page.locator("#calls + .quiet")).to_have_count(0)


def test_no_request_is_waited_for_for_ever(visit: Visit) -> None:
    visit.page.clock.install()
    visit.go("/?range=30d")
    visit.page.route(TRENDS, lambda _route: None)
    visit.page.get_by_role("radio", name="90 days").check()
    expect(visit.page.locator(".cards .skeleton").first).to_be_visible()
    visit.page.clock.fast_forward(36_000)
    expect(visit.page.get_by_role("alert").first).to_contain_text("didn't answer within 35 seconds")


def test_a_link_shows_everybody_the_same(browser: Browser, stack: Stack) -> None:
    """Its days are those of whoever sends it."""
    shown: list[dict[str, str]] = []
    address = "/?range=7d"
    for zone in ("Europe/Berlin", "America/Los_Angeles"):
        with visiting(browser, stack, timezone_id=zone) as visit:
            visit.go(address)
            address = visit.page.url.removeprefix(stack.api_url)
            shown.append(visit.figures())
    assert "zone=Europe%2FBerlin" in address
    assert shown[0] == shown[1]


def test_each_of_two_hours_with_one_name_has_its_offset(visit: Visit) -> None:
    """When the clocks go back; made up is only that there are calls, on whatever day this runs."""

    def as_if_there_were_calls(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        told["total"]["totalCalls"] = 1
        route.fulfill(response=answer, json=told)

    visit.page.route(TRENDS, as_if_there_were_calls)
    visit.go("/?range=custom&from=2026-10-25&to=2026-10-25")
    visit.page.get_by_role("button", name="Table").click()
    rows = visit.page.locator("table.figures tbody th")
    expect(rows).to_have_count(25)
    expect(rows.nth(-3)).to_have_text("Sun, Oct 25, 02:00 +02:00")
    expect(rows.nth(-4)).to_have_text("Sun, Oct 25, 02:00 +01:00")
    for row, start in ((-3, 1_792_886_400), (-4, 1_792_890_000)):
        with visit.page.expect_request(
            lambda asked: "/trends" in asked.url and "groupBy=model" in asked.url
        ) as request:
            rows.nth(row).get_by_role("link").click()
        assert f"startTime={start}&endTime={start + 3599}" in request.value.url
        visit.settle()
        visit.page.go_back()
        expect(rows).to_have_count(25)
    visit.page.unroute_all(behavior="wait")


def test_what_cannot_be_asked_is_said_with_a_way_out(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, tolerated=["status of 400"]) as visit:
        visit.go("/?range=custom&from=2001-01-01&to=2026-01-01")
        alert = visit.page.get_by_role("alert").first
        expect(alert).to_contain_text("3660 days")
        expect(alert.get_by_role("button", name="Try again")).to_have_count(0)
        alert.get_by_role("link", name="Show the usual view").click()
        visit.settle()
        assert visit.parts == set()


def test_an_empty_ledger_says_how_to_begin(visit: Visit) -> None:
    """Made up is that it is empty; the key is real."""
    visit.page.route(CALLS, lambda route: route.fulfill(json={"count": 0, "asOf": None, "list": [], "nextToken": None}))
    visit.go("/?range=custom&from=2015-01-01&to=2015-01-02")
    expect(visit.page.get_by_text("Nothing has been recorded yet")).to_be_visible()
    visit.page.get_by_label("Name of the gateway").fill("first")
    visit.page.get_by_role("button", name="Make a key").click()
    key = visit.page.locator(".secret code").inner_text()
    assert key.startswith("ul_")
    for gateway in ("LiteLLM", "OpenTelemetry", "Any other"):
        visit.choose("Gateway", gateway)
        expect(visit.page.locator(".steps pre")).to_contain_text(key)
        expect(visit.page.locator(".steps pre")).to_contain_text(visit.stack.api_url)


def test_a_range_without_calls_in_a_ledger_with_some_says_so(visit: Visit) -> None:
    visit.go("/?range=custom&from=2015-01-01&to=2015-01-02")
    expect(visit.page.get_by_text("No calls in this time")).to_be_visible()


def test_figures_follow_the_calls_that_come_live(visit: Visit) -> None:
    visit.go("/?range=today", did=HEAVIEST, role=Role.USER)
    visit.page.get_by_role("switch", name="Live").check()
    with visit.page.expect_response(lambda answer: "/api/usage/trends" in answer.url):
        record(visit.stack, {"userDid": HEAVIEST})
