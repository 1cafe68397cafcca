"""Names, numbers and colours, as people read them."""

import re
from decimal import Decimal
from typing import Any

from playwright.sync_api import Browser, Locator, expect

from ledger.core.identity import Role
from tests.browser.conftest import Visit, record, visiting
from tools.operate.stack import Stack

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LONG = "eu.anthropic.a-model-of-a-family-with-many-members-of-the-same-beginning-v"


def end_of(name: Locator) -> str:
    """What styles draw after what is cut."""
    return name.evaluate("element => getComputedStyle(element, '::after').content").split(" / ")[0].strip('"')


def test_long_names_are_cut_in_the_middle_and_copied_whole(browser: Browser, stack: Stack) -> None:
    names = [f"{LONG}{number}" for number in range(8)]
    calls = record(stack, *({"model": name} for name in names))
    with visiting(browser, stack, permissions=["clipboard-read", "clipboard-write"], **PHONE) as visit:
        visit.go("/?range=today", did=calls[0]["userDid"], role=Role.USER)
        cut = visit.rows().locator(".model .cut")
        assert len({end_of(name) for name in cut.all()}) == len(names)
        expect(cut.first).to_have_text(re.compile(f"^{re.escape(LONG)}\\d$"))
        selected = cut.first.evaluate(
            "element => { getSelection().selectAllChildren(element); return String(getSelection()) }"
        )
        assert selected in names

        visit.page.get_by_role("region", name="Top models").get_by_role("link").first.tap()
        visit.settle()
        chip = visit.page.locator(".chip")
        chip.get_by_role("button", name="Model").tap()
        whole = chip.locator(".whole p")
        expect(whole).to_be_visible()
        assert whole.inner_text() in names
        chip.get_by_role("button", name="Copy").tap()
        expect(chip.get_by_text("Copied")).to_be_visible()
        assert visit.page.evaluate("navigator.clipboard.readText()") == whole.inner_text()


def test_a_model_has_its_colour_in_every_range(visit: Visit) -> None:
    visit.go("/?range=90d&metric=calls")
    colours = legend(visit)
    visit.choose("Range", "30 days")
    assert all(colours.get(name, colour) == colour for name, colour in legend(visit).items())
    visit.choose("What to show", "Credits")
    shown = legend(visit)
    assert len(set(shown.values())) == len(shown), "no two have the same"


def legend(visit: Visit) -> dict[str, str]:
    entries = visit.page.locator(".legend a.entry").all()
    return {entry.inner_text(): entry.locator(".swatch").get_attribute("class") or "" for entry in entries}


def test_others_are_shown_to_scale_and_can_be_opened(visit: Visit) -> None:
    calls = record(visit.stack, *({"model": f"model-{number}"} for number in range(24)))
    visit.go("/?range=today&metric=calls", did=calls[0]["userDid"], role=Role.USER)
    visit.page.get_by_role("list", name="What the colours mean").get_by_role("button", name="Others").click()
    models = visit.page.get_by_role("region", name="Top models")
    expect(models).to_be_focused()
    expect(models.locator("li")).to_have_count(21)
    expect(models.locator("li").last).to_contain_text("Others")
    widths = [bar.get_attribute("style") for bar in models.locator(".bar i").all()]
    assert widths == ["width: 25%;"] * 20 + ["width: 100%;"]
    expect(models.get_by_text("beyond the twenty largest")).to_be_visible()


def test_a_columns_credits_have_the_same_decimals(visit: Visit) -> None:
    calls = record(visit.stack, *({"credits": amount} for amount in (12.5, 0.0042, 3, 0.25)))
    visit.go("/?range=today", did=calls[0]["userDid"], role=Role.USER)
    column = sorted(visit.rows().locator(".price").all_inner_texts())
    assert column == ["0.0042", "0.2500", "12.5000", "3.0000"]


def test_a_success_rate_changes_by_points_and_little_grows_from_something(visit: Visit) -> None:
    now = int(visit.page.evaluate("Date.now() / 1000"))
    ago = now - 8 * 86_400
    calls = record(
        visit.stack,
        {"callTime": ago, "credits": 0.002, "status": "success"},
        {"callTime": ago, "credits": 0.002, "status": "success"},
        {"credits": 40, "status": "success"},
        {"credits": 0, "status": "failed"},
    )
    visit.go("/?range=7d", did=calls[0]["userDid"], role=Role.USER)
    cards = visit.page.get_by_role("region", name="Figures").locator(".card")
    expect(cards.filter(has_text="Success rate").locator(".growth")).to_contain_text("↓ 50 points")
    expect(cards.filter(has_text="Credits").locator(".growth")).to_contain_text("was 0.0040")


def test_what_is_not_counted_in_tokens_says_in_what(visit: Visit) -> None:
    nothing: dict[str, Any] = {"usageMetrics": {}}
    calls = record(
        visit.stack,
        {"type": "imageGeneration", "totalUsage": 2, **nothing},
        {"type": "audioGeneration", "totalUsage": 12.5, **nothing},
        {"type": "custom", "totalUsage": 1, **nothing},
        {"type": "embedding", "usageMetrics": {"inputTokens": 1200}},
    )
    visit.go("/?range=today", did=calls[0]["userDid"], role=Role.USER)
    used = visit.rows().locator(".used")
    assert sorted(used.all_inner_texts()) == ["1 unit", "1,200", "12.5 s", "2 images"]


def test_a_call_says_what_it_cost_and_who_says_so(visit: Visit) -> None:
    (call,) = record(visit.stack, {"costUsd": 0.0125, "credits": None, "responseModel": "gpt-5-2026-08-07"})
    visit.go(f"/?range=today&call={call['id']}", did=call["userDid"], role=Role.USER)
    dialog = visit.page.get_by_role("dialog")
    for name, value in (("US dollars", "$0.0125"), ("Comes from", "the gateway"), ("Answered by", "gpt-5-2026-08-07")):
        field = dialog.locator("dl > div", has=visit.page.get_by_text(name, exact=True))
        expect(field).to_contain_text(value)
    (priced,) = record(visit.stack, {"credits": None, "model": "gpt-4o", "userDid": call["userDid"]})
    visit.go(f"/?range=today&call={priced['id']}", did=call["userDid"], role=Role.USER)
    field = dialog.locator("dl > div", has=visit.page.get_by_text("Priced by", exact=True))
    expect(field.locator("code")).not_to_be_empty()


def test_three_years_are_shown_by_the_month(visit: Visit) -> None:
    visit.go("/?range=custom&from=2024-01-01&to=2026-12-31&metric=calls")
    expect(visit.page.get_by_role("img", name="Calls by month")).to_be_visible()
    visit.page.get_by_role("button", name="Table").click()
    rows = visit.page.locator("table.figures tbody tr")
    expect(rows).to_have_count(36)
    months = sum(Decimal(row.locator("data").first.get_attribute("value") or 0) for row in rows.all())
    assert months == Decimal(visit.figures()["Calls"].replace(",", ""))
    rows.first.get_by_role("link").click()
    visit.settle()
    assert {"from=2026-12-01", "to=2026-12-31"} <= visit.parts


def test_a_year_is_shown_by_the_week(visit: Visit) -> None:
    visit.go("/?range=custom&from=2026-01-01&to=2026-12-31&metric=calls")
    visit.page.get_by_role("button", name="Table").click()
    rows = visit.page.locator("table.figures tbody th")
    expect(rows).to_have_count(53)
    expect(rows.nth(-1)).to_have_text("Jan 1, 2026 – Jan 4, 2026")
    expect(rows.nth(-2)).to_have_text("Jan 5, 2026 – Jan 11, 2026")
