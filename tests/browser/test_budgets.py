"""Budgets and alerts on the page: made, looked at, changed and deleted by administrators; their own shown to users."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from ledger.core.identity import Role
from tests.browser.conftest import Visit, ask, axe, record, visiting
from tools.operate.stack import Stack

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
IN_FORCE = 90
"""Seconds after which every function knows a budget."""


def administer(stack: Stack, method: str, path: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {stack.token('root', Role.ADMIN)}"}
    answer = httpx.request(method, stack.api_url + path, json=body, headers=headers, timeout=60)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def wait_for(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + IN_FORCE
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(1)


def test_a_budget_is_made_looked_back_on_shown_to_its_user_changed_and_deleted(visit: Visit) -> None:
    (call,) = record(visit.stack, {"credits": 4})
    did, name = call["userDid"], f"Of {uuid.uuid4()}"
    visit.go("/budgets?section=edit")
    form = visit.page.get_by_role("form", name="Budget")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Whose").select_option("One user")
    form.get_by_label("The user's did").fill(did)
    form.get_by_label("Amount").fill("5")
    visit.page.get_by_role("button", name="Show what it would have said").click()
    periods = visit.page.get_by_role("region", name="What it would have said").locator("tbody tr")
    expect(periods).to_have_count(3)
    expect(periods.last.locator("td:not(:first-child)")).to_have_text(["0.00", "0.0%", "nothing"])
    form.get_by_role("button", name="Make the budget").click()
    expect(visit.page.get_by_text("is set. It is in force")).to_be_visible()
    (made,) = [budget for budget in ask(visit.stack, "/api/admin/budgets")["budgets"] if budget["name"] == name]
    assert (made["userDid"], made["amount"], made["period"]) == (did, 5, "month")
    assert made["thresholds"] == [{"percent": 80, "of": "actual"}, {"percent": 100, "of": "forecast"}]

    wait_for(lambda: any(one["id"] == made["id"] for one in ask(visit.stack, "/api/budgets", userDid=did)["budgets"]))
    visit.go("/", did=did, role=Role.USER)
    expect(visit.page.get_by_role("region", name="Budgets near their limit")).to_contain_text("4.00 of 5.00")
    visit.page.get_by_role("link", name="All budgets").click()
    expect(visit.page.get_by_role("heading", name="Your budgets")).to_be_visible()
    expect(visit.page.locator(".limit")).to_contain_text(name)
    expect(visit.page.get_by_role("link", name="Make a budget")).to_have_count(0)

    visit.go(f"/budgets?section=edit&budget={made['id']}")
    form.get_by_label("Amount").fill("9.5")
    form.get_by_role("button", name="Change the budget").click()
    changes = visit.page.get_by_role("region", name="Changes").locator("tbody tr")
    expect(changes).to_have_count(2)
    expect(changes.first).to_contain_text("9.50, Calendar month")
    assert ask(visit.stack, f"/api/admin/budgets/{made['id']}")["budget"]["amount"] == 9.5
    visit.page.get_by_role("button", name=f"Delete {name}").click()
    visit.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(visit.page.get_by_role("link", name="Make a budget")).to_be_visible()
    assert ask(visit.stack, f"/api/admin/budgets/{made['id']}")["budget"] is None


def test_a_channel_is_made_with_its_secret_once_tried_and_deleted(visit: Visit) -> None:
    name = f"channel-{uuid.uuid4()}"
    visit.go("/budgets?section=channels")
    form = visit.page.get_by_role("form", name="Make a channel")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Address").fill("https://192.0.2.1/alerts")
    form.get_by_role("button", name="Make the channel").click()
    secret = visit.page.locator(".secret code").inner_text()
    assert secret.startswith("whsec_")
    row = visit.page.get_by_role("region", name="Channels").get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("192.0.2.1")
    row.get_by_role("button", name=f"Send a test to {name}").click()
    expect(row.get_by_role("alert")).not_to_be_empty()
    visit.page.reload()
    expect(row).to_be_visible()
    expect(visit.page.get_by_text(secret)).to_have_count(0)
    row.get_by_role("button", name=f"Delete {name}").click()
    visit.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


@pytest.mark.parametrize(("scheme", "size"), [("light", {}), ("dark", PHONE)], ids=["desk", "phone"])
def test_nothing_serious_is_in_the_way_to_budgets(
    browser: Browser, stack: Stack, scheme: str, size: dict[str, Any]
) -> None:
    name = "a-budget-with-a-name-that-is-much-longer-than-anybody-would-read" * 3
    administer(stack, "PUT", "/api/admin/budgets/long", {"name": name, "amount": 1, "period": "month", "each": "app"})
    with visiting(browser, stack, color_scheme=scheme, **size) as visit:
        for query in ("", "?section=edit&budget=long", "?section=channels", "?section=alerts"):
            visit.go(f"/budgets{query}")
            assert axe(visit.page) == [], query
            width = visit.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert width[0] <= width[1], query
    administer(stack, "DELETE", "/api/admin/budgets/long")
