"""The call log: its filters, its rows with all fields, new calls as they come, and the export."""

import csv
import io
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Route, expect

from ledger.identity import Role
from local.stack import Stack
from tests.browser.conftest import Visit, ask

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def record(stack: Stack, **fields: Any) -> dict[str, Any]:
    usual = {
        "id": str(uuid.uuid4()),
        "userDid": "did:nobody",
        "providerId": "openai",
        "model": "gpt-5",
        "type": "chatCompletion",
        "status": "success",
        "credits": 0.5,
        "usageMetrics": {"inputTokens": 100, "outputTokens": 20},
        "callTime": int(time.time()),
    }
    headers = {"Authorization": f"Bearer {stack.token('gateway', Role.RECORDER)}"}
    answer = httpx.post(f"{stack.api_url}/api/model-calls", json=usual | fields, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    return usual | fields


def test_filters_leave_what_the_api_says(visit: Visit) -> None:
    visit.go("/?who=all&range=90d")
    visit.page.get_by_label("Status").select_option("failed")
    visit.settle()
    expect(visit.page.locator(".status.success")).to_have_count(0)
    failed = ask(visit.stack, "/api/user/model-calls", allUsers="true", status="failed", pageSize=100)
    expect(visit.page.locator("#calls + .quiet")).to_have_text(str(failed["count"]))
    assert visit.rows().count() == min(50, failed["count"])

    model = failed["list"][0]["model"]
    visit.page.get_by_label("Search calls").fill(model[:6])
    expect(visit.page).to_have_url(f"{visit.stack.api_url}/?who=all&range=90d&status=failed&search={model[:6]}")
    visit.settle()
    found = ask(visit.stack, "/api/user/model-calls", allUsers="true", status="failed", search=model[:6], pageSize=100)
    assert visit.rows().count() == found["count"]


def test_more_calls_come_on_demand(visit: Visit) -> None:
    visit.go("/?who=all&range=90d")
    assert visit.rows().count() == 50
    visit.page.get_by_role("button", name="Show 50 more").click()
    expect(visit.rows()).to_have_count(100)


def test_a_row_opens_to_all_its_fields_at_an_address_of_its_own(visit: Visit) -> None:
    visit.go("/?who=all&range=90d&status=failed")
    visit.rows().first.click()
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.locator("dl")).not_to_have_count(0)
    call_id = visit.query.rpartition("call=")[2]
    call = ask(visit.stack, f"/api/user/model-calls/{call_id}")
    expect(dialog.locator("pre").first).to_have_text(call["errorReason"])
    for text in (call["id"], call["userDid"], call["provider"]["displayName"], call["updatedAt"]):
        expect(dialog.get_by_text(text, exact=True).first).to_be_visible()

    visit.page.reload()
    expect(dialog.locator("pre").first).to_have_text(call["errorReason"])
    visit.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert "call=" not in visit.query
    visit.page.go_back()
    expect(dialog.get_by_text(call["id"], exact=True)).to_be_visible()


def test_new_calls_arrive_while_it_is_live(visit: Visit) -> None:
    did = f"did:live:{uuid.uuid4()}"
    visit.go("/?range=today", did=did, role=Role.USER)
    expect(visit.page.get_by_text("No calls match")).to_be_visible()
    visit.page.get_by_role("switch", name="Live").check()
    record(visit.stack, userDid=did, model="first")
    expect(visit.rows()).to_have_count(1)
    record(visit.stack, userDid=did, model="second", callTime=int(time.time()) + 1)
    expect(visit.rows().first).to_contain_text("second")
    expect(visit.rows()).to_have_count(2)


def test_text_of_calls_is_never_markup(visit: Visit) -> None:
    did = f"did:{MARKUP}"
    call = record(
        visit.stack,
        userDid=did,
        model=MARKUP,
        appDid=MARKUP,
        status="failed",
        errorReason=MARKUP,
        metadata={MARKUP: MARKUP},
        userInfo={"fullName": MARKUP},
        appInfo={"appName": MARKUP, "appLogo": "https://example.com/logo.png"},
    )
    visit.go(f"/?range=today&call={call['id']}&app={MARKUP.replace('<', '%3C')}", did=did, role=Role.USER)
    expect(visit.page.get_by_role("dialog").locator("pre").first).to_have_text(MARKUP)
    expect(visit.rows().first).to_contain_text(MARKUP)
    assert visit.page.locator("img, #page script").count() == 0


def test_an_export_is_downloaded(visit: Visit, tmp_path: Path) -> None:
    visit.go("/?who=all&range=90d&status=failed")
    count = visit.page.locator("#calls + .quiet").inner_text()
    with visit.page.expect_download() as downloading:
        visit.page.get_by_role("button", name="Export CSV").click()
    downloading.value.save_as(tmp_path / "calls.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "calls.csv").read_text("utf-8-sig"))))
    assert len(rows) == int(count)
    assert {row["Status"] for row in rows} == {"failed"}
    expect(visit.page.get_by_text(f"{count} rows exported")).to_be_visible()


def test_a_large_export_shows_how_far_it_is(visit: Visit) -> None:
    """As the API tells it, row by row; large ones would take a test too long, so the first answers are made up."""
    visit.go("/?who=all&range=90d&status=failed")
    written = iter((0, 400_000))

    def begin(route: Route) -> None:
        route.fulfill(status=202, json={"exportId": "x", "status": "running", "rowsWritten": 0, "rowsTotal": 1_000_000})

    def go_on(route: Route) -> None:
        rows = next(written, None)
        if rows is None:
            route.fulfill(json={"exportId": "x", "status": "failed", "error": "out of paper"})
        else:
            route.fulfill(json={"exportId": "x", "status": "running", "rowsWritten": rows, "rowsTotal": 1_000_000})

    visit.page.route("**/api/user/model-calls/export?*", begin)
    visit.page.route("**/api/user/exports/x", go_on)
    visit.page.get_by_role("button", name="Export CSV").click()
    expect(visit.page.get_by_text("Exporting 400,000 of 1,000,000")).to_be_visible()
    assert visit.page.get_by_role("progressbar").get_attribute("value") == "400000"
    expect(visit.page.get_by_role("alert")).to_contain_text("out of paper")
