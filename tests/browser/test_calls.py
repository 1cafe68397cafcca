"""The call log: its filters, its rows with all fields, new calls as they come, and the export."""

import csv
import io
import re
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Route, expect

from ledger.core.identity import Role
from tests.browser.conftest import HEAVIEST, ZONE, Visit, ask, bounds, record

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def test_filters_leave_what_the_api_says(visit: Visit) -> None:
    visit.go("/?who=all&range=90d")
    visit.page.get_by_label("Status").select_option("failed")
    visit.settle()
    expect(visit.page.locator(".status.success")).to_have_count(0)
    asked = {"allUsers": "true", "startTime": bounds("90 days", ZONE, time.time())[0], "status": "failed"}
    failed = ask(visit.stack, "/api/user/model-calls", **asked, pageSize=100)
    expect(visit.page.locator("#calls + .quiet")).to_have_text(str(failed["count"]))
    assert visit.rows().count() == min(50, failed["count"])

    model = failed["list"][0]["model"]
    visit.page.get_by_label("Search calls").fill(model[:6])
    expect(visit.page).to_have_url(re.compile("search="))
    assert visit.parts == {"range=90d", "status=failed", f"search={model[:6]}"}
    visit.settle()
    found = ask(visit.stack, "/api/user/model-calls", **asked, search=model[:6], pageSize=100)
    assert visit.rows().count() == found["count"]


def test_more_calls_come_on_demand(visit: Visit) -> None:
    visit.go("/?who=all&range=90d")
    assert visit.rows().count() == 50
    visit.page.get_by_role("button", name="Show 50 more").click()
    expect(visit.rows()).to_have_count(100)


def test_more_calls_come_while_it_is_live(visit: Visit) -> None:
    """However slow they are: asking for new ones doesn't stop them."""
    visit.go("/?who=all&range=90d")
    waiting: list[Route] = []
    visit.page.route("**/api/user/model-calls?*nextToken=*", lambda route: waiting.append(route))
    visit.page.get_by_role("button", name="Show 50 more").click()
    expect(visit.page.get_by_role("button", name="Loading")).to_be_disabled()
    visit.page.get_by_role("switch", name="Live").check()
    for _ in range(2):
        visit.page.wait_for_event("response", lambda response: "/api/user/model-calls?" in response.url)
    waiting[0].continue_()
    expect(visit.rows()).to_have_count(100)


def test_a_row_opens_to_all_its_fields_at_an_address_of_its_own(visit: Visit) -> None:
    visit.go("/?who=all&range=90d&status=failed")
    visit.rows().first.click()
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.locator("dl")).not_to_have_count(0)
    call_id = parse_qs(visit.query)["call"][0]
    call = ask(visit.stack, f"/api/user/model-calls/{call_id}")
    expect(dialog.locator("pre").first).to_have_text(call["errorReason"])
    for text in (call["id"], call["userDid"], call["provider"]["displayName"], call["updatedAt"]):
        expect(dialog.get_by_text(text, exact=True).first).to_be_visible()

    visit.page.reload()
    expect(dialog.locator("pre").first).to_have_text(call["errorReason"])
    visit.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    visit.page.wait_for_url(lambda url: "call=" not in url)
    visit.page.go_back()
    expect(dialog.get_by_text(call["id"], exact=True)).to_be_visible()
    dialog.get_by_role("link", name=call["provider"]["displayName"], exact=True).click()
    visit.settle()
    assert visit.parts == {"range=90d", "status=failed", f"provider={call['providerId']}"}
    expect(visit.page.locator(".chip")).to_contain_text(call["provider"]["displayName"])


def test_an_address_of_a_call_that_is_not_there_says_so(visit: Visit) -> None:
    visit.go("/?who=all&call=no/such?call")
    expect(visit.page.get_by_role("dialog").get_by_text("There is no such call.")).to_be_visible()


def test_new_calls_arrive_while_it_is_live(visit: Visit) -> None:
    did = f"did:live:{uuid.uuid4()}"
    visit.go("/?range=today", did=did, role=Role.USER)
    expect(visit.page.get_by_text("No calls match")).to_be_visible()
    visit.page.get_by_role("switch", name="Live").check()
    record(visit.stack, {"userDid": did, "model": "first"})
    expect(visit.rows()).to_have_count(1)
    record(visit.stack, {"userDid": did, "model": "second", "callTime": int(time.time()) + 1})
    expect(visit.rows().first).to_contain_text("second")
    expect(visit.rows()).to_have_count(2)


def test_text_of_calls_is_never_markup(visit: Visit) -> None:
    did = f"did:{MARKUP}"
    failed = {"userDid": did, "model": MARKUP, "appDid": MARKUP, "status": "failed", "errorReason": MARKUP}
    shown = {"userInfo": {"fullName": MARKUP}, "appInfo": {"appName": MARKUP, "appLogo": "https://example.com/l.png"}}
    (call,) = record(visit.stack, {**failed, **shown, "metadata": {MARKUP: MARKUP}})
    visit.go(f"/?range=today&call={call['id']}&app={MARKUP.replace('<', '%3C')}", did=did, role=Role.USER)
    expect(visit.page.get_by_role("dialog").locator("pre").first).to_have_text(MARKUP)
    expect(visit.rows().first).to_contain_text(MARKUP)
    assert visit.page.locator("img, #page script").count() == 0


def narrowings(visit: Visit) -> Iterator[dict[str, str]]:
    """Views that some calls are left by, each filter in one of them at least."""
    start, _ = bounds("90 days", ZONE, time.time())
    calls = ask(visit.stack, "/api/user/model-calls", userDid=HEAVIEST, startTime=start, status="success")["list"]
    slowest = max(calls, key=lambda call: call["duration"] or 0)
    app = next(call["appDid"] for call in calls if call["appDid"])
    yield {"who": "all", "app": app, "status": "success"}
    yield {"who": "all", "user": HEAVIEST, "app": app}
    yield {"who": "all", "model": slowest["model"], "provider": slowest["providerId"], "type": slowest["type"]}
    yield {"who": "all", "search": slowest["model"][:5], "slow": str(int(slowest["duration"]))}
    yield {"type": slowest["type"]}


@pytest.mark.parametrize("view", range(5))
def test_an_export_has_the_rows_that_are_shown(visit: Visit, tmp_path: Path, view: int) -> None:
    """An administrator's, narrowed in all ways; the last is a user's own."""
    query = {**list(narrowings(visit))[view], "range": "90d"}
    role = Role.ADMIN if "who" in query else Role.USER
    visit.go(f"/?{urlencode(query)}", did=HEAVIEST, role=role)
    more = visit.page.get_by_role("button", name="Show 50 more")
    while more.is_visible():
        more.click()
        expect(visit.page.get_by_role("button", name="Loading")).to_have_count(0)
    shown = visit.rows().evaluate_all("""rows => rows.map(row => {
        const [text, title] = [name => row.querySelector(name).innerText, name => row.querySelector(name).title]
        return [text(".when"), title(".model"), text(".state"), title(".app")]
    })""")

    with visit.page.expect_download() as downloading:
        visit.page.get_by_role("button", name="Export CSV").click()
    downloading.value.save_as(tmp_path / "calls.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "calls.csv").read_text("utf-8-sig"))))
    assert [[as_shown(row["Call Time"]), row["Model"], row["Status"], row["App DID"]] for row in rows] == shown
    assert shown
    expect(visit.page.get_by_text(f"{len(rows)} rows exported")).to_be_visible()


def as_shown(call_time: str) -> str:
    moment = datetime.fromtimestamp(int(call_time), ZoneInfo(ZONE))
    shown = f"{moment:%b} {moment.day}, {moment:%Y, %H:%M:%S}"
    is_twice = moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset()
    return f"{shown} {moment:%:z}" if is_twice else shown


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
