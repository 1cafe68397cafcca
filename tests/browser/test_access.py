"""For everybody: by keyboard alone, with a screen reader, on a phone, in the dark, with no data and with long names."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from ledger.core.identity import Role
from tests.browser.conftest import Visit, axe, record, visiting
from tools.operate.stack import Stack

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LONG = "a-name-that-somebody-made-much-longer-than-anybody-would-read-" * 4


@pytest.mark.parametrize(("scheme", "size"), [("light", {}), ("dark", PHONE)], ids=["desk", "phone"])
def test_nothing_serious_is_in_anybodys_way(browser: Browser, stack: Stack, scheme: str, size: dict[str, Any]) -> None:
    record(stack, {"model": f"unpriced for the {scheme}", "providerId": "my-own", "credits": None})
    with visiting(browser, stack, color_scheme=scheme, **size) as visit:
        visit.page.goto(stack.api_url)
        expect(visit.page.get_by_label("Token or API key")).to_be_visible()
        assert axe(visit.page) == []
        visit.go("/?who=all&range=90d")
        expect(visit.page.get_by_role("region", name="Calls without a price")).to_be_visible()
        assert axe(visit.page) == []
        if size:
            assert is_in_sight(visit, visit.page.get_by_role("region", name="Calls, newest first"))
        visit.page.get_by_role("button", name="Table").click()
        visit.page.locator("table.log a").first.click()
        expect(visit.page.get_by_role("dialog").locator("dl").first).to_be_visible()
        assert axe(visit.page) == []
        visit.page.keyboard.press("Escape")
        visit.page.get_by_role("combobox", name="One user or app").click()
        expect(visit.page.get_by_role("option").first).to_be_visible()
        assert axe(visit.page) == []
        visit.page.keyboard.press("Escape")
        visit.page.get_by_role("radio", name="Custom").check()
        expect(visit.page.get_by_label("First day")).to_be_visible()
        assert axe(visit.page) == []
        assert is_in_sight(visit, visit.page.locator("html"))


def is_in_sight(visit: Visit, what: Locator) -> bool:
    """Whether nobody has to scroll sideways for it."""
    width = visit.page.evaluate("document.documentElement.clientWidth")
    return what.evaluate("(element, width) => element.scrollWidth <= Math.min(element.clientWidth, width)", width)


def test_the_keyboard_does_for_a_pointer(visit: Visit) -> None:
    visit.go("/?who=all")
    press = visit.page.keyboard.press
    visit.page.locator("body").focus()
    press("Tab")
    expect(visit.page.get_by_text("Skip to the figures")).to_be_focused()
    press("Enter")
    press("Tab")
    expect(visit.page.get_by_role("radio", name="Everybody")).to_be_focused()
    visit.page.get_by_role("radio", name="30 days").focus()
    press("ArrowRight")
    expect(visit.page).to_have_url(re.compile("range=90d"))
    visit.settle()

    visit.page.get_by_role("button", name="Table").focus()
    press("Enter")
    press("Tab")
    expect(visit.page.get_by_role("region", name="Usage over time as a table")).to_be_focused()
    press("Tab")
    press("Enter")
    visit.settle()
    assert re.search(r"from=[\d-]+&to=[\d-]+", visit.query)
    visit.page.go_back()
    visit.settle()

    visit.page.locator("table.log a").first.focus()
    press("Enter")
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.locator("dl").first).to_be_visible()
    press("Escape")
    expect(dialog).to_have_count(0)
    expect(visit.page.locator("table.log a").first).to_be_focused()


def test_dark_or_light_follows_the_system_until_somebody_switches(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, color_scheme="dark") as visit:
        visit.go("/")
        ground = "getComputedStyle(document.body).backgroundColor"
        dark = visit.page.evaluate(ground)
        visit.page.get_by_role("button", name="Switch to light").click()
        light = visit.page.evaluate(ground)
        assert dark != light
        visit.page.reload()
        assert visit.page.evaluate(ground) == light


def test_somebody_without_calls_is_told_so(visit: Visit) -> None:
    visit.go("/", did="did:newcomer", role=Role.USER)
    expect(visit.page.get_by_text("No calls in this time")).to_be_visible()
    expect(visit.page.get_by_text("No calls match")).to_be_visible()
    assert visit.figures()["Success rate"] == "–"
    expect(visit.page.get_by_role("button", name="Export CSV")).to_be_disabled()
    visit.page.get_by_role("link", name="Show 90 days").click()
    visit.settle()
    assert visit.parts == {"range=90d"}
    expect(visit.page.get_by_text("No calls in this time")).to_be_visible()


def test_names_that_are_too_long_and_too_many_stay_in_their_place(browser: Browser, stack: Stack) -> None:
    names = [f"{number}-{LONG}"[:256] for number in range(22)]
    info = {"fullName": LONG[:200]}
    calls = record(stack, *({"model": name, "appDid": name, "credits": None, "userInfo": info} for name in names))
    desk: dict[str, Any] = {}
    for size in (desk, PHONE):
        with visiting(browser, stack, **size) as visit:
            visit.go("/?range=7d", did=calls[0]["userDid"], role=Role.USER)
            expect(visit.rows()).to_have_count(len(names))
            assert is_in_sight(visit, visit.page.locator("html"))
            assert is_in_sight(visit, visit.page.get_by_role("region", name="Calls, newest first"))
            unpriced = visit.page.get_by_role("region", name="Calls without a price").locator("li")
            expect(unpriced).to_have_count(4)
            for button in reversed(visit.page.get_by_role("button", name=re.compile(r"^Show 1\d more$")).all()):
                button.click()
            models = visit.page.get_by_role("region", name="Top models").locator("li")
            expect(models).to_have_count(21)
            expect(models.last).to_contain_text("Others")
            expect(unpriced.last).to_have_text("other models 2")
            assert is_in_sight(visit, visit.page.locator("html"))
            visit.page.locator(".ranking a").first.click()
            visit.settle()
            assert is_in_sight(visit, visit.page.locator("html"))


def test_what_the_ledger_refuses_is_said_and_can_be_tried_again(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, tolerated=["status of 500"]) as visit:
        trends = "**/api/usage/trends?*"
        visit.page.route(trends, lambda route: route.fulfill(status=500, json={"message": "Internal Server Error"}))
        visit.go("/")
        expect(visit.page.get_by_role("alert").first).to_contain_text("Internal Server Error")
        visit.page.unroute(trends)
        visit.page.get_by_role("button", name="Try again").first.click()
        expect(visit.page.get_by_role("region", name="Figures")).to_be_visible()
