"""Who may ask for what: every route of the template, for everybody there is."""

import time
from collections.abc import Mapping
from typing import Any

import jwt
import pytest

from tests.integration.harness import RESOURCES, SECRETS, Api, call, token
from tests.integration.support import refusal, sent

NOW = int(time.time())
RANGE = {"startTime": NOW - 7_200, "endTime": NOW}
ADMIN = token("auditor", "admin")
ASKERS = ["nobody", "bad", "user", "recorder", "admin", "owner", "viewer"]
CODES = {401: "unauthenticated", 403: "forbidden", 404: "not_found"}

# What each of ASKERS is answered, and a request that is otherwise good. A new route needs a row here.
ROUTES: Mapping[str, tuple[list[int], dict[str, Any]]] = {
    "POST /api/model-calls": ([401, 401, 403, 200, 200, 200, 403], {"body": sent(call())}),
    "GET /api/user/me": ([401, 401, 200, 200, 200, 200, 200], {}),
    "GET /api/user/info": ([401, 401, 200, 200, 200, 200, 200], {}),
    "POST /api/user/admin/user-info": ([401, 401, 403, 403, 200, 200, 200], {"body": sent({"userDids": ["bob"]})}),
    "POST /api/ingest/litellm": ([401, 401, 403, 200, 200, 200, 403], {"body": "[]"}),
    "POST /v1/traces": (
        [401, 401, 403, 200, 200, 200, 403],
        {"body": "{}", "headers": {"content-type": "application/json"}},
    ),
    **{
        f"POST /v1/{signal}": (
            [401, 401, 403, 200, 200, 200, 403],
            {"body": "{}", "headers": {"content-type": "application/json"}},
        )
        for signal in ("metrics", "logs")
    },
    "GET /api/admin/ingestion": ([401, 401, 403, 403, 200, 200, 200], {}),
    "GET /api/user/usage-stats": ([401, 401, 200, 403, 200, 200, 200], {"query": RANGE}),
    "GET /api/user/admin/user-stats": ([401, 401, 403, 403, 200, 200, 200], {"query": RANGE}),
    "GET /api/user/model-calls": ([401, 401, 200, 403, 200, 200, 200], {}),
    "GET /api/user/model-calls/{id}": ([401, 401, 404, 403, 200, 200, 200], {"path": "/api/user/model-calls/of-alice"}),
    "GET /api/user/model-calls/export": ([401, 401, 303, 403, 303, 303, 303], {}),
    "GET /api/user/exports": ([401, 401, 200, 403, 200, 200, 200], {}),
    "GET /api/user/exports/{id}": ([401, 401, 404, 403, 404, 404, 404], {"path": "/api/user/exports/no-such"}),
    "POST /api/admin/keys": ([401, 401, 403, 403, 201, 201, 403], {"body": sent({"name": "gateway", "role": "user"})}),
    "GET /api/admin/keys": ([401, 401, 403, 403, 200, 200, 200], {}),
    "DELETE /api/admin/keys/{id}": ([401, 401, 403, 403, 404, 404, 403], {"path": "/api/admin/keys/0123456789abcdef"}),
    "PUT /api/admin/users": ([401, 401, 403, 403, 200, 200, 403], {"body": sent({"did": "bob"})}),
    "PUT /api/admin/apps": ([401, 401, 403, 403, 200, 200, 403], {"body": sent({"appDid": "app"})}),
    "PUT /api/admin/rates": (
        [401, 401, 403, 403, 200, 200, 403],
        {"body": sent({"model": "gpt-5", "prices": {"inputTokens": 1}})},
    ),
    "PUT /api/admin/rates/credits-per-usd": ([401, 401, 403, 403, 200, 200, 403], {"body": sent({"creditsPerUsd": 1})}),
    "GET /api/admin/rates": ([401, 401, 403, 403, 200, 200, 200], {}),
    "DELETE /api/admin/rates/{id}": (
        [401, 401, 403, 403, 404, 404, 403],
        {"path": "/api/admin/rates/0123456789abcdef"},
    ),
    "PUT /api/admin/budgets/{id}": (
        [401, 401, 403, 403, 200, 200, 403],
        {"path": "/api/admin/budgets/all", "body": sent({"name": "All", "amount": 1, "period": "day"})},
    ),
    "GET /api/admin/budgets": ([401, 401, 403, 403, 200, 200, 200], {}),
    "GET /api/admin/budgets/{id}": ([401, 401, 403, 403, 404, 404, 404], {"path": "/api/admin/budgets/no-such"}),
    "DELETE /api/admin/budgets/{id}": ([401, 401, 403, 403, 404, 404, 403], {"path": "/api/admin/budgets/no-such"}),
    "POST /api/admin/channels": (
        [401, 401, 403, 403, 201, 201, 403],
        {"body": sent({"name": "Topic", "kind": "topic"})},
    ),
    "GET /api/admin/channels": ([401, 401, 403, 403, 200, 200, 200], {}),
    "DELETE /api/admin/channels/{id}": (
        [401, 401, 403, 403, 404, 404, 403],
        {"path": "/api/admin/channels/0123456789abcdef"},
    ),
    "POST /api/admin/channels/{id}/test": (
        [401, 401, 403, 403, 404, 404, 403],
        {"path": "/api/admin/channels/0123456789abcdef/test", "body": "{}"},
    ),
    "GET /api/admin/alerts": ([401, 401, 403, 403, 200, 200, 200], {}),
    "GET /api/budgets": ([401, 401, 200, 403, 200, 200, 200], {}),
    "GET /api/budgets/check": ([401, 401, 403, 200, 200, 200, 200], {"query": {"userDid": "alice"}}),
    "GET /api/usage/forecast": ([401, 401, 200, 403, 200, 200, 200], {}),
    "GET /api/usage/quota": ([401, 401, 200, 403, 200, 200, 200], {}),
    "GET /api/usage/query": ([401, 401, 200, 403, 200, 200, 200], {"query": RANGE}),
    "POST /api/usage/query": ([401, 401, 200, 403, 200, 200, 200], {"body": sent(RANGE)}),
    "GET /api/admin/price-variance": ([401, 401, 403, 403, 200, 200, 200], {"query": RANGE}),
    "GET /api/admin/chargeback": ([401, 401, 403, 403, 200, 200, 200], {"query": {"month": "2026-01", "by": "app"}}),
    "GET /api/admin/focus": (
        [401, 401, 403, 403, 200, 200, 200],
        {"query": {"firstDay": "2026-01-01", "lastDay": "2026-01-02"}},
    ),
    "GET /api/usage/explain": ([401, 401, 200, 403, 200, 200, 200], {"query": RANGE}),
    "GET /api/usage/trends": ([401, 401, 200, 403, 200, 200, 200], {"query": RANGE}),
    "GET /api/usage/projects": ([401, 401, 200, 403, 200, 200, 200], {"query": RANGE}),
    "GET /api/usage/projects/group-trends": ([401, 401, 200, 403, 200, 200, 200], {"query": RANGE}),
    "GET /api/usage/projects/trends": ([401, 401, 200, 403, 200, 200, 200], {"query": {**RANGE, "appDid": "app"}}),
    "GET /api/usage/projects/calls": ([401, 401, 200, 403, 200, 200, 200], {"query": {**RANGE, "appDid": "app"}}),
    "POST /api/admin/erasures": ([401, 401, 403, 403, 202, 202, 403], {"body": sent({"userDid": "carol"})}),
    "GET /api/admin/erasures/{id}": (
        [401, 401, 403, 403, 404, 404, 404],
        {"path": "/api/admin/erasures/never-asked-for"},
    ),
    "POST /api/admin/reprice": (
        [401, 401, 403, 403, 200, 200, 403],
        {"body": sent({"startTime": NOW - 60, "endTime": NOW})},
    ),
    "GET /api/admin/reprice/{id}": (
        [401, 401, 403, 403, 404, 404, 404],
        {"path": "/api/admin/reprice/0123456789abcdef"},
    ),
    "GET /api/admin/reconcile": ([401, 401, 403, 403, 200, 200, 200], {"query": {"day": "2026-11-20"}}),
}


PLACES = {"GET /", "GET /explore", "GET /budgets", "GET /administration"}
OPEN = PLACES | {"GET /assets/{name}", "GET /openapi.json", "GET /docs"}
"""The dashboard's page, which knows nothing by itself, and what the API is."""


def routes() -> list[str]:
    """Every route of the template that is not open to everybody."""
    events = (event for resource in RESOURCES.values() for event in resource["Properties"].get("Events", {}).values())
    properties = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
    return sorted({f"{route['Method']} {route['Path']}" for route in properties} - OPEN)


def test_nothing_else_is_open_to_everybody() -> None:
    events = (event for resource in RESOURCES.values() for event in resource["Properties"].get("Events", {}).values())
    properties = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
    without = [route for route in properties if route.get("Auth", {}).get("Authorizer") == "NONE"]
    assert {f"{route['Method']} {route['Path']}" for route in without} == OPEN


def credentials(asker: str) -> str | None:
    if asker == "nobody":
        return None
    return "not-a-token" if asker == "bad" else token(f"some-{asker}", asker)


def without_path(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "path"}


@pytest.fixture(scope="module")
def api(shared_api: Api) -> Api:
    assert shared_api.record(token("gateway", "recorder"), call(id="of-alice")).status == 200
    return shared_api


@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize("route", routes())
def test_each_route_is_open_to_its_roles_only(api: Api, route: str, asker: str) -> None:
    expected, request = ROUTES[route]
    status = expected[ASKERS.index(asker)]
    method, _, path = route.partition(" ")
    answer = api.request(method, request.get("path", path), token=credentials(asker), **without_path(request))
    assert answer.status == status, answer
    if status in CODES and not path.startswith("/v1/"):
        refusal(answer, status, CODES[status])
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_viewer_reads_what_an_admin_reads(api: Api) -> None:
    viewer = token("auditor", "viewer")
    for query in ({}, {"allUsers": "true"}, {"userDid": "alice"}, {"id": "of-alice", "allUsers": "true"}):
        asked: Any = {"query": {**RANGE, **query}}
        shown, same = (api.request("GET", "/api/user/model-calls", token=one, **asked) for one in (viewer, ADMIN))
        assert (shown.status, shown.body["list"]) == (200, same.body["list"])
    assert api.get("/api/user/usage-stats", viewer, userDid="alice", **RANGE).status == 200


@pytest.mark.parametrize("asker", ["user", "recorder"])
def test_everybodys_calls_are_for_administrators(api: Api, asker: str) -> None:
    refusal(api.get("/api/user/model-calls", token("somebody", asker), allUsers="true"), 403, "forbidden")


def test_who_may_not_ask_is_not_told_what_is_wrong_with_the_request(api: Api) -> None:
    refusal(api.request("GET", "/api/user/admin/user-stats", token=token()), 403, "forbidden")
    refusal(api.request("POST", "/api/model-calls", token=token(), body="{"), 403, "forbidden")
    refusal(api.request("POST", "/api/model-calls", body="{"), 401, "unauthenticated")


def test_a_token_without_a_role_is_a_users(api: Api) -> None:
    claims = {"sub": "alice", "exp": NOW + 600}
    plain = jwt.encode(claims, SECRETS["JWT_SECRET_ARN"], "HS256")
    assert api.get("/api/user/model-calls", plain).status == 200
    refusal(api.get("/api/user/model-calls", plain, allUsers="true"), 403, "forbidden")
    refusal(api.get("/api/user/admin/user-stats", plain, **RANGE), 403, "forbidden")
