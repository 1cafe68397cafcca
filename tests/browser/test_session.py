"""Signing in, by a link or by hand; sessions that end; addresses that hold a view."""

from playwright.sync_api import Browser, expect

from ledger.access import json_web_tokens
from ledger.core.identity import Role
from tests.browser.conftest import HEAVIEST, Visit, visiting
from tools.operate.stack import Stack

UNAUTHORIZED = "status of 401"


def test_a_link_signs_in_and_leaves_no_token_behind(visit: Visit) -> None:
    visit.go("/?range=7d", did=HEAVIEST, role=Role.USER)
    assert visit.page.url == f"{visit.stack.api_url}/?range=7d&who=mine&zone=Europe%2FBerlin"
    assert visit.page.evaluate("localStorage.length") == 0
    visit.page.reload()
    expect(visit.page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(visit.page.locator(".me .role")).to_have_text("user")

    visit.page.get_by_role("button", name="Sign out").click()
    expect(visit.page.get_by_label("Token or API key")).to_be_visible()
    assert visit.page.evaluate("sessionStorage.length") == 0


def test_a_pasted_token_signs_in_and_a_bad_one_says_so(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, tolerated=[UNAUTHORIZED]) as visit:
        visit.page.goto(stack.api_url)
        field = visit.page.get_by_label("Token or API key")
        field.fill("not a token")
        field.press("Enter")
        expect(visit.page.get_by_role("alert")).to_contain_text("no spaces")
        field.fill("not-a-token")
        field.press("Enter")
        expect(visit.page.get_by_role("alert")).to_contain_text("doesn't accept this")
        visit.page.get_by_label("Token or API key").fill(f"Bearer {stack.token('root', Role.ADMIN)}")
        visit.page.get_by_role("button", name="Sign in").click()
        expect(visit.page.locator(".me .role")).to_have_text("admin")


def test_a_gateways_key_is_told_that_it_reads_nothing(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack) as visit:
        visit.page.goto(f"{stack.api_url}/#token={stack.create_key('gateway', Role.RECORDER)}")
        expect(visit.page.get_by_role("alert")).to_contain_text("reads nothing")


def test_a_session_that_ends_goes_on_where_it_was(browser: Browser, stack: Stack) -> None:
    with visiting(browser, stack, tolerated=[UNAUTHORIZED]) as visit:
        visit.go("/?who=all&range=90d&metric=tokens")
        secret = stack._jwt_secret  # pyright: ignore[reportPrivateUsage]
        expired = json_web_tokens.mint(secret, "root", Role.ADMIN, lifetime=-60)
        visit.page.evaluate("token => sessionStorage.setItem('token', token)", expired)
        visit.page.get_by_role("radio", name="Type", exact=True).check()
        expect(visit.page.get_by_role("alert")).to_contain_text("Your session has ended")
        visit.page.get_by_label("Token or API key").fill(stack.token("root", Role.ADMIN))
        visit.page.get_by_role("button", name="Sign in").click()
        visit.settle()
        assert visit.parts == {"range=90d", "metric=tokens", "by=type"}
        expect(visit.page.get_by_role("radio", name="Everybody")).to_be_checked()
        expect(visit.page.get_by_role("radio", name="90 days")).to_be_checked()


def test_an_address_holds_the_whole_view_and_back_goes_back(visit: Visit) -> None:
    visit.go("/?who=all")
    visit.choose("Range", "90 days")
    visit.choose("What to show", "Tokens")
    visit.choose("Stacked by", "Type")
    visit.page.get_by_label("Status").select_option("failed")
    visit.settle()
    address, figures, rows = visit.page.url, visit.figures(), visit.rows().count()
    with visiting_again(visit) as other:
        other.go(address.removeprefix(visit.stack.api_url))
        assert other.figures() == figures
        assert other.rows().count() == rows
        expect(other.page.get_by_role("radio", name="Tokens")).to_be_checked()
        expect(other.page.get_by_role("radio", name="Type")).to_be_checked()
    for _ in range(4):
        visit.page.go_back()
    visit.settle()
    assert visit.parts == set()
    expect(visit.page.get_by_role("radio", name="30 days")).to_be_checked()
    expect(visit.page.get_by_label("Status")).to_have_value("")


def visiting_again(visit: Visit):  # noqa: ANN201
    browser = visit.page.context.browser
    assert browser
    return visiting(browser, visit.stack)


def test_nonsense_in_an_address_is_as_if_it_were_not_there(visit: Visit) -> None:
    visit.go(
        "/?who=%00&range=eternity&zone=Moon/Base&metric=__proto__&by=toString&status=%3Cb%3E&type=constructor&slow=-1&from=x&to=y"
    )
    for option in ("Everybody", "30 days", "Credits", "Model"):
        expect(visit.page.get_by_role("radio", name=option, exact=True)).to_be_checked()
