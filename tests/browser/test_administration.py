"""What an administrator sets and does, on the page."""

import time
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Route, expect

from ledger.core.identity import Role
from tests.browser.conftest import Visit, ask, axe, record, visiting
from tools.operate.stack import Stack

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SECTIONS = {
    "keys": "API keys",
    "rates": "Rates",
    "repricing": "Repricing",
    "names": "Users and apps",
    "erasure": "Erasure",
    "ingestion": "Ingestion",
    "health": "Health",
}


def test_a_key_is_made_shown_once_and_revoked(visit: Visit) -> None:
    name = f"gateway-{uuid.uuid4()}"
    visit.go("/administration?section=keys")
    form = visit.page.get_by_role("form", name="Make a key")
    form.get_by_label("Name").fill(name)
    form.get_by_role("button", name="Make the key").click()
    key = visit.page.locator(".secret code").inner_text()
    row = visit.page.get_by_role("region", name="API keys").get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("recorder")
    refused = httpx.get(f"{visit.stack.api_url}/api/user/me", headers={"Authorization": f"Bearer {key}"}, timeout=60)
    assert refused.json()["role"] == "recorder"

    visit.page.reload()
    expect(row).to_be_visible()
    expect(visit.page.get_by_text(key)).to_have_count(0)
    row.get_by_role("button", name=f"Revoke {name}").click()
    question = visit.page.get_by_role("dialog")
    question.get_by_role("button", name="Cancel").click()
    expect(row).to_be_visible()
    row.get_by_role("button", name=f"Revoke {name}").click()
    question.get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)
    assert name not in [made["name"] for made in ask(visit.stack, "/api/admin/keys")["keys"]]


def test_a_rate_is_set_tried_on_what_is_recorded_and_then_changes_it(visit: Visit) -> None:
    model = f"house-{uuid.uuid4()}"
    usage = {"inputTokens": 1_000_000}
    calls = record(visit.stack, *({"model": model, "credits": None, "usageMetrics": usage} for _ in range(3)))
    visit.go(f"/?range=today&user={calls[0]['userDid']}")
    unpriced = visit.page.get_by_role("region", name="Calls without a price")
    unpriced.get_by_role("link", name="Set a rate").click()
    form = visit.page.get_by_role("form", name="Set a rate", exact=True)
    expect(form.get_by_label("Model")).to_have_value(model)
    expect(form.get_by_label("Provider")).to_have_value("openai")
    expect(form.get_by_role("button", name="Set the rate")).to_be_disabled()
    form.get_by_label("Input").fill("1.25")
    form.get_by_role("button", name="Set the rate").click()
    row = visit.page.get_by_role("region", name="Rates").get_by_role("row").filter(has_text=model)
    expect(row).to_contain_text("Input 1.25")

    visit.page.get_by_role("link", name="See what it would change").click()
    expect(visit.page.get_by_label("Model")).to_have_value(model)
    wait_until_known(visit, model)
    visit.page.get_by_role("button", name="Try it").click()
    expect(visit.page.get_by_text("3 would change")).to_be_visible()
    rows = visit.page.get_by_role("region", name="By model").locator("tbody td")
    assert [cell.inner_text() for cell in rows.all()][1:] == ["3", "0.00", "3.75"]
    assert cost(visit, calls) == 0, "nothing is changed yet"
    visit.page.get_by_role("button", name="Reprice", exact=True).click()
    visit.page.get_by_role("dialog").get_by_role("button", name="Reprice").click()
    expect(visit.page.get_by_text("3 changed")).to_be_visible()
    assert cost(visit, calls) == 3.75

    visit.page.get_by_role("link", name="Rates").click()
    row.get_by_role("button", name="Remove").click()
    visit.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)


def wait_until_known(visit: Visit, model: str) -> None:
    """Functions that are warm may price with the rates of a minute ago."""
    now = int(time.time())
    headers = {"Authorization": f"Bearer {visit.stack.token('root', Role.ADMIN)}"}
    trial = {"startTime": now - 3600, "endTime": now + 60, "model": model, "providerId": "openai"}
    give_up = time.monotonic() + 120
    while True:
        answer = httpx.post(f"{visit.stack.api_url}/api/admin/reprice", json=trial, headers=headers, timeout=60).json()
        if answer["changed"]["calls"]:
            return
        assert time.monotonic() < give_up
        time.sleep(2)


def cost(visit: Visit, calls: list[dict[str, Any]]) -> float:
    listed = ask(visit.stack, "/api/user/model-calls", userDid=calls[0]["userDid"])["list"]
    return float(sum(call["credits"] for call in listed))


def test_a_user_and_an_app_get_names(visit: Visit) -> None:
    (call,) = record(visit.stack, {"appDid": f"app:{uuid.uuid4()}"})
    visit.go("/administration?section=names")
    for kind, did, field, name in (
        ("A user", call["userDid"], "Full name", "Ada Lovelace"),
        ("An app", call["appDid"], "Name", "Engine"),
    ):
        visit.choose("A user or an app", kind)
        visit.page.get_by_label("Its did").fill(did)
        visit.page.get_by_role("button", name="Look up").click()
        visit.page.get_by_label(field, exact=True).fill(name)
        visit.page.get_by_role("button", name="Set these details").click()
        expect(visit.page.get_by_text("They are shown from now on.")).to_be_visible()
    (listed,) = ask(visit.stack, "/api/user/model-calls", userDid=call["userDid"])["list"]
    assert (listed["userInfo"]["fullName"], listed["appInfo"]["appName"]) == ("Ada Lovelace", "Engine")


def test_a_user_is_erased_after_a_second_look(visit: Visit) -> None:
    """Made up is only that it is done, as that takes a minute and a half."""
    calls = record(visit.stack, {"userInfo": {"fullName": "Somebody Leaving"}}, {}, {})
    did = calls[0]["userDid"]
    visit.go("/administration?section=erasure")
    visit.page.get_by_label("The user's did").fill(did)
    visit.page.get_by_role("button", name="Look at what would go").click()
    expect(visit.page.get_by_text("Somebody Leaving has 3 calls")).to_be_visible()
    erase = visit.page.get_by_role("button", name="Erase this user")
    visit.page.get_by_label("Type the did again").fill(did[:-1])
    expect(erase).to_be_disabled()
    visit.page.get_by_label("Type the did again").fill(did)
    is_done = False

    def soon_done(route: Route) -> None:
        answer = route.fetch()
        done = {"status": "done", "callsRemoved": 3} if is_done else {}
        route.fulfill(response=answer, json=answer.json() | done)

    visit.page.route("**/api/admin/erasures/*", soon_done)
    with visit.page.expect_response(lambda answer: answer.url.endswith("/api/admin/erasures")) as begun:
        erase.click()
    assert begun.value.status == 202
    expect(visit.page.get_by_text("Erasing, for a minute and a half at least")).to_be_visible()
    is_done = True
    expect(visit.page.get_by_text("is erased: 3 calls removed")).to_be_visible()


def test_what_came_in_is_shown_by_client(visit: Visit) -> None:
    row = {
        "id": str(uuid.uuid4()),
        "litellm_call_id": str(uuid.uuid4()),
        "call_type": "acompletion",
        "status": "success",
    }
    row |= {"model": "gpt-5", "custom_llm_provider": "openai", "endTime": time.time(), "startTime": time.time() - 1}
    headers = {"Authorization": f"Bearer {visit.stack.token('litellm', Role.RECORDER)}"}
    answer = httpx.post(f"{visit.stack.api_url}/api/ingest/litellm", json=[row], headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    visit.go("/administration?section=ingestion")
    visit.choose("Days", "Today")
    assert "days=1" in visit.query
    told = ask(visit.stack, "/api/admin/ingestion", days=1)["days"]
    table = visit.page.get_by_role("region", name="Ingestion").locator("tbody tr")
    expect(table).to_have_count(len(told))
    received = sorted(int(cell.inner_text()) for cell in table.locator("[data-title=Received]").all())
    assert received == sorted(client["received"] for client in told)


def test_an_operator_sees_how_far_the_archive_is_and_whether_counters_are_right(visit: Visit) -> None:
    visit.go("/administration?section=health")
    health = visit.page.get_by_role("region", name="Health")
    expect(health).to_contain_text("has all calls until")
    expect(health).to_contain_text("In the runbook: The archive is late")
    day = datetime.fromtimestamp(time.time() - 86_400, UTC).date()
    visit.page.get_by_role("button", name="Compare").click()
    told = ask(visit.stack, "/api/admin/reconcile", day=day)
    assert (told["comparable"], told["drifted"]) == (True, 0)
    expect(visit.page.get_by_text(f"All {told['series']:,} series are those of the calls of {day}.")).to_be_visible()


def test_a_viewer_looks_and_a_user_is_told(visit: Visit) -> None:
    visit.go("/administration?section=keys", did="viewer", role=Role.VIEWER)
    expect(visit.page.get_by_role("heading", name="API keys")).to_be_visible()
    for section in SECTIONS.values():
        visit.page.get_by_role("navigation", name="Administration").get_by_role("link", name=section).click()
        visit.settle()
        expect(visit.page).to_have_title(f"{section} · Administration · Usage Ledger")
        for deed in ("Make the key", "Set the rate", "Revoke", "Remove", "Try it", "Look at what would go"):
            expect(visit.page.get_by_role("button", name=deed)).to_have_count(0)
    visit.go("/administration", did="somebody", role=Role.USER)
    expect(visit.page.get_by_text("For administrators")).to_be_visible()
    expect(visit.page.get_by_role("navigation", name="Places").get_by_role("link")).to_have_text(
        ["Overview", "Explore", "Budgets"]
    )


@pytest.mark.parametrize(("scheme", "size"), [("light", {}), ("dark", PHONE)], ids=["desk", "phone"])
def test_nothing_serious_is_in_an_administrators_way(
    browser: Browser, stack: Stack, scheme: str, size: dict[str, Any]
) -> None:
    stack.create_key("a-key-with-a-name-that-is-much-longer-than-anybody-would-read" * 2, Role.RECORDER)
    with visiting(browser, stack, color_scheme=scheme, **size) as visit:
        visit.go("/administration")
        for section in SECTIONS:
            visit.go(f"/administration?section={section}")
            assert axe(visit.page) == [], section
            width = visit.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert width[0] <= width[1], section


def test_the_keyboard_goes_through_the_places_and_back_returns(visit: Visit) -> None:
    visit.go("/?range=7d")
    visit.page.get_by_role("link", name="Administration").focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("heading", name="API keys")).to_be_visible()
    visit.page.get_by_role("link", name="Rates").focus()
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("heading", name="Set a rate")).to_be_visible()
    visit.settle()
    visit.page.get_by_role("link", name="Overview").click()
    expect(visit.page.get_by_role("radio", name="7 days")).to_be_checked()
    visit.settle()
    visit.page.go_back()
    expect(visit.page.get_by_role("heading", name="Set a rate")).to_be_visible()
    visit.settle()


def test_what_fails_or_is_gone_is_said(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, tolerated=["status of 500", "net::ERR"]) as visit:
        keys = "**/api/admin/keys"
        visit.page.route(keys, lambda route: route.fulfill(status=500, json={"message": "Internal Server Error"}))
        visit.go("/administration")
        expect(visit.page.get_by_role("alert")).to_contain_text("The ledger failed")
        visit.page.unroute(keys)
        visit.page.get_by_role("button", name="Try again").click()
        expect(visit.page.get_by_role("alert")).to_have_count(0)
    with visiting(browser, stack, tolerated=["net::ERR"]) as visit:
        visit.page.route("**/assets/administration-*.js", lambda route: route.abort())
        visit.go("/")
        visit.page.get_by_role("link", name="Administration").click()
        expect(visit.page.get_by_role("button", name="Load the page again")).to_be_visible()
