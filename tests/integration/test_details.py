"""PUT /api/admin/users and /api/admin/apps: how users and apps are shown."""

import pytest

from tests.integration.harness import Api, call, token
from tests.integration.support import items, refusal, sent

ADMIN = token("root", "admin")
USER = {"fullName": "Alice Doe", "email": "alice@example.com", "avatar": "https://example.com/a.png"}
APP = {"appName": "Desk", "appLogo": "https://example.com/l.png", "appUrl": "https://example.com"}


def put(api: Api, path: str, body: object) -> None:
    answer = api.request("PUT", path, token=ADMIN, body=sent(body))
    assert answer.status == 200, answer


def test_a_users_details_are_answered_and_shown_with_their_calls(api: Api) -> None:
    answer = api.request("PUT", "/api/admin/users", token=ADMIN, body=sent({"did": "alice", **USER}))
    assert (answer.status, answer.body) == (200, {"did": "alice", **USER})
    api.record(ADMIN, call())
    assert api.get("/api/user/model-calls", token()).body["list"][0]["userInfo"] == answer.body


def test_an_apps_details_are_answered_and_shown_with_its_calls(api: Api) -> None:
    answer = api.request("PUT", "/api/admin/apps", token=ADMIN, body=sent({"appDid": "desk", **APP}))
    assert (answer.status, answer.body) == (200, {"appDid": "desk", **APP})
    api.record(ADMIN, call(appDid="desk"))
    assert api.get("/api/user/model-calls", token()).body["list"][0]["appInfo"] == answer.body


def test_what_is_put_replaces_everything_that_was_there(api: Api) -> None:
    put(api, "/api/admin/users", {"did": "alice", **USER})
    put(api, "/api/admin/users", {"did": "alice", "fullName": "Alice"})
    api.record(ADMIN, call())
    shown = api.get("/api/user/model-calls", token()).body["list"][0]["userInfo"]
    assert shown == {"did": "alice", "fullName": "Alice", "email": "", "avatar": ""}


def test_a_user_and_an_app_of_the_same_did_are_two(api: Api) -> None:
    put(api, "/api/admin/users", {"did": "same", **USER})
    put(api, "/api/admin/apps", {"appDid": "same", **APP})
    api.record(ADMIN, call(userDid="same", appDid="same"))
    (row,) = api.get("/api/user/model-calls", token("same")).body["list"]
    assert (row["userInfo"]["fullName"], row["appInfo"]["appName"]) == ("Alice Doe", "Desk")


@pytest.mark.parametrize(
    "did", ["did:abt:z1", "a b", "🦜", '"', "key#0123456789abcdef", "x" * 256, "alice?x", "a/b", "100%25", ".."]
)
def test_any_did_that_a_call_may_have_can_be_described(shared_api: Api, did: str) -> None:
    answer = shared_api.request("PUT", "/api/admin/users", token=ADMIN, body=sent({"did": did}))
    assert (answer.status, answer.body["did"]) == (200, did)


@pytest.mark.parametrize(("path", "field"), [("/api/admin/users", "did"), ("/api/admin/apps", "appDid")])
@pytest.mark.parametrize("did", ["", "x" * 257, "x" * 3_000, None, 5], ids=str)
def test_a_did_that_no_call_can_have_is_refused(shared_api: Api, path: str, field: str, did: object) -> None:
    answer = shared_api.request("PUT", path, token=ADMIN, body=sent({field: did}))
    refusal(answer, 400, "invalid_request", field)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/admin/users", '{"did": "alice", "fullName": 5}', "fullName"),
        ("/api/admin/users", '{"did": "alice", "fullName": null}', "fullName"),
        ("/api/admin/users", '{"did": "alice", "email": "%s"}' % ("x" * 257), "email"),
        ("/api/admin/users", '{"did": "alice", "fullName": "\\ud800"}', "fullName"),
        ("/api/admin/apps", '{"appDid": "desk", "appName": ["a"]}', "appName"),
        ("/api/admin/apps", '{"appDid": "desk", "appUrl": "%s"}' % ("x" * 2_049), "appUrl"),
        ("/api/admin/users", "{}", "did"),
        ("/api/admin/users", "[]", "body"),
        ("/api/admin/users", "{", "body"),
        ("/api/admin/apps", None, "body"),
    ],
)
def test_a_bad_detail_is_named_and_changes_nothing(api: Api, path: str, body: str | None, field: str) -> None:
    refusal(api.request("PUT", path, token=ADMIN, body=body), 400, "invalid_request", field)
    assert items("RegistryTable") == []
