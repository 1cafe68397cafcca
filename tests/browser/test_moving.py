"""Going from view to view: by links, keys and taps, and back."""

import re
from typing import Any

from playwright.sync_api import Browser, Request, expect

from tests.browser.conftest import Visit, visiting
from tools.operate.stack import Stack

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_links_are_links_and_views_have_titles(visit: Visit) -> None:
    visit.go("/?range=90d")
    expect(visit.page).to_have_title("Everybody's usage · 90 days · Usage Ledger")
    link = visit.page.get_by_role("region", name="Top models").get_by_role("link").first
    model = link.locator(".cut").first.inner_text()
    assert re.match(r"/\?.*model=.*zone=", link.get_attribute("href") or "")
    with visit.page.context.expect_page() as opening:
        link.click(modifiers=["Control"])
    opening.value.close()
    expect(visit.page).to_have_title("Everybody's usage · 90 days · Usage Ledger")
    link.click()
    expect(visit.page).to_have_title(f"{model} · Everybody's usage · 90 days · Usage Ledger")
    visit.settle()


def test_back_brings_the_picker_back(visit: Visit) -> None:
    visit.go("/?range=30d")
    visit.page.get_by_role("radio", name="Custom").check()
    visit.page.get_by_role("button", name="Show", exact=True).click()
    expect(visit.page).to_have_url(re.compile("range=custom"))
    visit.settle()
    visit.page.go_back()
    expect(visit.page.get_by_role("radio", name="30 days")).to_be_checked()
    expect(visit.page.get_by_label("First day")).to_have_count(0)


def test_arrow_keys_ask_only_where_they_stay(visit: Visit) -> None:
    visit.go("/?range=today")
    entries = visit.page.evaluate("history.length")
    asked: list[str] = []

    def note(request: Request) -> None:
        where_one_stays = ("/api/usage/query", "/api/usage/forecast")
        if "/api/" in request.url and not any(each in request.url for each in where_one_stays):
            asked.append(request.url)

    visit.page.on("request", note)
    visit.page.get_by_role("radio", name="Today").focus()
    for _ in range(3):
        visit.page.keyboard.press("ArrowRight")
    expect(visit.page).to_have_url(re.compile("range=90d"))
    visit.settle()
    assert visit.page.evaluate("history.length") == entries + 1
    assert len(asked) <= 5, "three answers about usage, the calls, and models without a price"


def test_the_type_filter_narrows_the_list_as_its_neighbours_do(visit: Visit) -> None:
    visit.go("/?range=90d")
    figures = visit.figures()
    visit.page.get_by_role("combobox", name="Type").select_option("embedding")
    visit.settle()
    assert visit.figures() == figures
    expect(visit.rows().first).to_contain_text("Embedding")
    expect(visit.rows().filter(has_not_text="Embedding")).to_have_count(0)


def test_a_tap_shows_figures_and_another_opens_them(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, **PHONE) as visit:
        visit.go("/?range=7d&metric=calls")
        canvas = visit.page.locator("canvas")
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box
        at = (box["x"] + box["width"] * 0.55, box["y"] + box["height"] * 0.5)
        visit.page.touchscreen.tap(*at)
        visit.page.wait_for_timeout(500)
        assert "range=7d" in visit.query
        visit.page.touchscreen.tap(*at)
        expect(visit.page).to_have_url(re.compile("range=custom"))
        visit.settle()


def test_a_user_is_found_by_name_and_anybody_by_did(visit: Visit) -> None:
    visit.go("/?range=90d")
    finder = visit.page.get_by_role("combobox", name="One user or app")
    finder.focus()
    expect(visit.page.get_by_role("option").first).to_be_visible()
    finder.press("ArrowDown")
    second = visit.page.get_by_role("option").nth(1)
    expect(second).to_have_attribute("aria-selected", "true")
    assert finder.get_attribute("aria-activedescendant") == second.get_attribute("id")
    finder.fill("did:of-nobody-whom-the-ledger-knows")
    visit.page.get_by_role("option", name="user").click()
    expect(visit.page).to_have_url(re.compile("user=did%3Aof-nobody"))
    visit.settle()
    expect(visit.page.get_by_text("No calls in this time")).to_be_visible()
