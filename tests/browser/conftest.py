"""A stack of its own with sample calls, and Chromium on it. Whatever a test does, the page stays clean."""

import shutil
import time
import uuid
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from ledger.core import exact_json
from ledger.core.identity import Role
from tools.build import page
from tools.local.deployment import deploy_to
from tools.local.emulator import emulator, free_port
from tools.local.sample.calls import sample_users, write_sample
from tools.operate.stack import Stack
from tools.project import ROOT

CALLS = 250
COUNTED = 120
"""Seconds within which calls are counted."""
PATIENCE = 60_000
"""Milliseconds within which the page shows what it was asked for, on a slow machine."""
ZONE = "Europe/Berlin"
QUARTER_HOUR = 900
HEAVIEST = sample_users()[0].did
BUSY = "status of 503"
"""What a browser notes when the emulator is too slow for the ledger, and the page asks again."""
LOADING = ".skeleton, .checking, [aria-busy=true]"

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with emulator(ROOT / ".local/browser", api_port=free_port()) as running:
        stack = deploy_to(running, "usage-ledger-browser")
        write_sample(stack.api_url, stack.token("recorder", Role.RECORDER), calls=CALLS, progress=False)
        wait_until_counted(stack, CALLS)
        yield stack


def counted(stack: Stack, **whose: str) -> int:
    """How many calls are in everybody's statistics, or in one user's."""
    return ask(stack, "/api/usage/trends", allUsers="true", timeRange=100, **whose)["total"]["totalCalls"]


def wait_until_counted(stack: Stack, calls: int, **whose: str) -> None:
    give_up = time.monotonic() + COUNTED
    while counted(stack, **whose) < calls:
        assert time.monotonic() < give_up
        time.sleep(0.3)


def record(stack: Stack, *calls: dict[str, Any]) -> list[dict[str, Any]]:
    """Calls of one user, somebody new unless they say who, counted when this returns."""
    usual: dict[str, Any] = {
        "userDid": f"did:{uuid.uuid4()}",
        "providerId": "openai",
        "model": "gpt-5",
        "type": "chatCompletion",
        "status": "success",
        "credits": 0.5,
        "usageMetrics": {"inputTokens": 100, "outputTokens": 20},
        "callTime": int(time.time()),
    }
    recorded = [{"id": str(uuid.uuid4()), **usual, **call} for call in calls]
    did: str = recorded[0]["userDid"]
    before = counted(stack, userDid=did)
    headers = {"Authorization": f"Bearer {stack.token('gateway', Role.RECORDER)}"}
    answer = httpx.post(f"{stack.api_url}/api/model-calls", json=recorded, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text
    wait_until_counted(stack, before + len(calls), userDid=did)
    return recorded


def ask(stack: Stack, path: str, **query: object) -> Any:
    """What the API answers to an administrator."""
    headers = {"Authorization": f"Bearer {stack.token('root', Role.ADMIN)}"}
    answer = httpx.get(
        stack.api_url + path, params={name: str(of) for name, of in query.items()}, headers=headers, timeout=60
    )
    assert answer.status_code == 200, answer.text
    return exact_json.loads(answer.text)


@pytest.fixture(scope="session")
def browser(stack: Stack) -> Iterator[Browser]:  # noqa: ARG001
    """Debian's Chromium. It follows the stack: as long as Playwright runs, no sample can be written by asyncio."""
    chromium = shutil.which("chromium")
    assert chromium, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


def bounds(name: str, zone: str, now: float) -> tuple[int, int]:
    """A range as a calendar on the wall says it; one that goes on ends with the quarter hour."""
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    soon = (int(now) // QUARTER_HOUR + 1) * QUARTER_HOUR - 1
    first = today.replace(day=1)
    match name:
        case "Today":
            return int(today.timestamp()), soon
        case "This month":
            return int(first.timestamp()), soon
        case "Last month":
            before = (first - timedelta(days=1)).replace(day=1)
            return int(before.timestamp()), int(first.timestamp()) - 1
        case _:
            days = int(name.split()[0]) - 1
            return int((today - timedelta(days=days)).timestamp()), soon


@dataclass
class Visit:
    """Somebody at the page, and what the page did that it should not."""

    page: Page
    stack: Stack
    errors: list[str] = field(default_factory=list[str])
    addresses: list[str] = field(default_factory=list[str])

    def go(self, address: str = "/", *, did: str = "root", role: Role = Role.ADMIN) -> None:
        """Arrive by a sign-in link."""
        self.page.goto(f"{self.stack.api_url}{address}#token={self.stack.token(did, role)}")
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()
        self.settle()

    def settle(self) -> None:
        """Until nothing is loading any more."""
        expect(self.page.locator(LOADING)).to_have_count(0)

    def choose(self, group: str, option: str) -> None:
        """One of a few that are in sight."""
        self.page.get_by_role("group", name=group).get_by_role("radio", name=option, exact=True).check()
        self.settle()

    def figures(self) -> dict[str, str]:
        """The digits behind the figures that are shown, by their titles."""
        cards = self.page.get_by_role("region", name="Figures").locator(".card")
        return {
            card.locator("h2").inner_text(): card.locator("data").get_attribute("value") or "" for card in cards.all()
        }

    def rows(self) -> Locator:
        """The rows of the call log."""
        return self.page.locator("table.log tbody tr")

    @property
    def query(self) -> str:
        return self.page.url.partition("?")[2]

    @property
    def parts(self) -> set[str]:
        """The query of the address without what every address has: whose usage it is, and in which zone."""
        return {part for part in self.query.split("&") if not part.startswith(("who=", "zone="))}


@pytest.fixture
def visit(browser: Browser, stack: Stack) -> Iterator[Visit]:
    """At a desk, by day."""
    with visiting(browser, stack) as visit:
        yield visit


@contextmanager
def visiting(browser: Browser, stack: Stack, *, tolerated: Sequence[str] = (), **context: Any) -> Generator[Visit]:
    """A browser of its own, in Berlin unless told otherwise. It ends with no error, and no request to elsewhere."""
    settings: Mapping[str, Any] = {"timezone_id": ZONE, "locale": "en-US", "viewport": {"width": 1440, "height": 900}}
    opened = browser.new_context(**{**settings, **context})
    opened.set_default_timeout(PATIENCE)
    visit = Visit(opened.new_page(), stack)
    visit.page.on("console", lambda said: visit.errors.append(said.text) if said.type == "error" else None)
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on("dialog", lambda dialog: visit.errors.append(dialog.message))
    visit.page.on("request", lambda request: visit.addresses.append(request.url))
    yield visit
    opened.close()
    assert [error for error in visit.errors if not any(text in error for text in (BUSY, *tolerated))] == []
    here = [address for address in visit.addresses if address.startswith(visit.stack.api_url)]
    assert [address for address in visit.addresses if address not in here and not is_download(address)] == []
    assert not any("token=" in address.lower().replace("nexttoken=", "") for address in here)


def is_download(address: str) -> bool:
    """A presigned link, which the browser follows outside the page."""
    return "X-Amz-Signature=" in address


def axe(visited: Page) -> list[str]:
    """What axe-core finds that is serious or worse."""
    page.install()
    visited.evaluate((page.LIBRARIES / "axe-core/axe.min.js").read_text())
    found = visited.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {[node['html'][:120] for node in violation['nodes']]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
