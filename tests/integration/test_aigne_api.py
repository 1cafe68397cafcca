"""What clients of AIGNE Hub's API rely on: its paths, parameters, defaults, fields and units."""

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.harness import Api, call, token
from tests.integration.support import count, record

NOW = int(time.time())
ADMIN, ALICE = token("root", "admin"), token("alice")
PROJECT_CALL = {
    *("id", "callTime", "createdAt", "traceId", "model", "providerId", "type", "status", "duration", "totalUsage"),
    *("usageMetrics", "credits", "errorReason", "appDid", "userDid", "ttfb"),
}
"""The fields of a call that the Hub's page of a project reads."""


@pytest.fixture(scope="module")
def hub(shared_api: Api) -> Api:
    """Two calls of alice's and one of bob's in the shop, one of alice's elsewhere, and one of alice's 40 days ago."""
    calls: list[dict[str, Any]] = [
        {"id": "a1", "appDid": "shop", "ttfb": 400},
        {"id": "a2", "appDid": "shop", "ttfb": 600, "status": "failed", "errorReason": "no answer"},
        {"id": "b1", "appDid": "shop", "userDid": "bob"},
        {"id": "a3", "appDid": "desk"},
        {"id": "a4", "appDid": "shop", "callTime": NOW - 40 * 86_400},
    ]
    record(shared_api, token("gateway", "recorder"), [call(**each) for each in calls])
    shared_api.request(
        "PUT", "/api/admin/users", token=ADMIN, json_body={"did": "alice", "fullName": "Alice", "email": "a@b.c"}
    )
    shared_api.request("PUT", "/api/admin/apps", token=ADMIN, json_body={"appDid": "shop", "appName": "Shop"})
    count(shared_api)
    return shared_api


def whole(trends: list[dict[str, Any]]) -> int:
    return sum(bucket["calls"] for bucket in trends)


class TestProjectTrends:
    PATH = "/api/usage/projects/trends"

    def test_it_is_ones_own_usage_of_the_project_by_the_day(self, hub: Api) -> None:
        body = hub.get(self.PATH, ALICE, appDid="shop").body
        assert body["project"] == {"appDid": "shop", "appName": "Shop", "appLogo": "", "appUrl": ""}
        assert (whole(body["trends"]), len(body["trends"])) == (2, 30)
        fields = ("timestamp", "calls", "successCalls", "avgDuration", "avgTtfb", "totalCredits", "totalUsage")
        assert set(fields) <= body["trends"][0].keys()

    def test_times_are_in_seconds(self, hub: Api) -> None:
        trends = hub.get(self.PATH, ALICE, appDid="shop", startTime=NOW - 86_400, granularity="day").body["trends"]
        (day,) = (bucket for bucket in trends if bucket["calls"])
        assert (day["avgTtfb"], day["avgDuration"]) == (Decimal("0.5"), Decimal("1.5"))

    @pytest.mark.parametrize("name", ["allUsers", "allUser"])
    def test_an_administrator_reads_everybodys(self, hub: Api, name: str) -> None:
        assert whole(hub.get(self.PATH, ADMIN, appDid="shop", **{name: "true"}).body["trends"]) == 3
        assert whole(hub.get(self.PATH, ADMIN, appDid="shop").body["trends"]) == 0
        assert hub.get(self.PATH, ALICE, appDid="shop", **{name: "true"}).status == 403

    def test_it_needs_an_app(self, hub: Api) -> None:
        answer = hub.get(self.PATH, ALICE)
        assert (answer.status, answer.body["details"][0]["field"]) == (400, "appDid")


class TestProjectCalls:
    PATH = "/api/usage/projects/calls"

    def test_it_is_ones_own_calls_of_the_project_in_the_last_days(self, hub: Api) -> None:
        body = hub.get(self.PATH, ALICE, appDid="shop").body
        assert {row["id"] for row in body["list"]} == {"a1", "a2"}
        assert {"count": 2, "page": 1, "pageSize": 20}.items() <= body.items()
        assert body["list"][0].keys() >= PROJECT_CALL

    def test_it_is_filtered_and_comes_in_pages(self, hub: Api) -> None:
        found = hub.get(self.PATH, ALICE, appDid="shop", status="failed", search="gpt", searchFields="model").body
        assert [row["id"] for row in found["list"]] == ["a2"]
        pages = [hub.get(self.PATH, ADMIN, appDid="shop", allUser="true", pageSize=2, page=n).body for n in (1, 2)]
        assert [(len(page["list"]), page["count"], page["page"]) for page in pages] == [(2, 3, 1), (1, 3, 2)]
        rest = hub.get(self.PATH, ADMIN, appDid="shop", allUser="true", pageSize=2, nextToken=pages[0]["nextToken"])
        assert rest.body["list"] == pages[1]["list"]
        older = hub.get(self.PATH, ALICE, appDid="shop", startTime=NOW - 50 * 86_400).body
        assert older["count"] == 3

    def test_it_needs_an_app_and_the_role(self, hub: Api) -> None:
        assert hub.get(self.PATH, ALICE).status == 400
        assert hub.get(self.PATH, ALICE, appDid="shop", allUsers="true").status == 403


class TestTrends:
    PATH = "/api/usage/trends"

    def test_an_administrators_are_everybodys_unless_they_say_otherwise(self, hub: Api) -> None:
        assert whole(hub.get(self.PATH, ADMIN).body["trends"]) == 4
        assert whole(hub.get(self.PATH, ADMIN, allUsers="false").body["trends"]) == 0
        assert whole(hub.get(self.PATH, ADMIN, userDid="bob").body["trends"]) == 1
        assert whole(hub.get(self.PATH, ALICE).body["trends"]) == 3

    def test_times_are_in_seconds(self, hub: Api) -> None:
        body = hub.get(self.PATH, ADMIN, groupBy="app").body
        assert body["total"]["avgTtfb"] == body["groups"][0]["avgTtfb"] == Decimal("0.5")
        days = hub.get("/api/usage/projects/group-trends", ALICE).body["trends"]
        assert [day["byProject"]["shop"]["avgTtfb"] for day in days if "shop" in day["byProject"]] == [Decimal("0.5")]


class TestUsers:
    def test_one_is_told_who_one_is_and_of_no_balance(self, hub: Api) -> None:
        assert hub.get("/api/user/info", ALICE).body == {
            "user": {"did": "alice", "fullName": "Alice", "email": "a@b.c", "avatar": ""},
            "creditBalance": None,
            "paymentLink": None,
            "enableCredit": False,
            "profileLink": None,
            "creditPrefix": "",
        }

    @staticmethod
    def asked(hub: Api, *dids: str) -> Any:
        return hub.request("POST", "/api/user/admin/user-info", token=ADMIN, json_body={"userDids": dids})

    def test_users_are_told_in_the_order_in_which_they_are_asked_for_and_once(self, hub: Api) -> None:
        assert self.asked(hub, "ghost", "alice", "", "ghost").body == {
            "users": [
                {"did": "ghost", "fullName": "Unknown User", "email": ""},
                {"did": "alice", "fullName": "Alice", "email": "a@b.c", "avatar": ""},
            ]
        }
        assert len(self.asked(hub, *(f"u{n}" for n in range(200))).body["users"]) == 200

    @pytest.mark.parametrize("dids", [[], [f"u{n}" for n in range(201)], ["x" * 257]])
    def test_there_are_bounds(self, hub: Api, dids: list[str]) -> None:
        assert self.asked(hub, *dids).status == 400


def test_a_region_that_is_not_known_is_null(hub: Api) -> None:
    assert hub.get("/api/user/model-calls", ALICE, id="a1").body["list"][0]["provider"]["region"] is None
