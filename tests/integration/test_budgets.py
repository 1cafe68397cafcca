"""Budgets: what was spent of them is what the calls cost, and a gateway is told when there is nothing left."""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.integration.harness import Answer, Api, call, token
from tests.integration.requests import READS, WRITES, Killed, at_request, failing
from tests.integration.support import Call, count, dynamodb_answers, error, evaluate, items, record, refusal, sent
from tests.moment import NOW

DAY = 86_400
LIFETIME = 400 * DAY
ADMIN, OWNER = token("root", "admin", lifetime=LIFETIME), token("boss", "owner", lifetime=LIFETIME)
ALICE, VIEWER = token("alice", lifetime=LIFETIME), token("auditor", "viewer", lifetime=LIFETIME)
GATEWAY = token("gateway", "recorder", lifetime=LIFETIME)
NOON = next(
    day * DAY + DAY // 2
    for day in itertools.count(NOW // DAY + 2)
    if (date := datetime.fromtimestamp(day * DAY, UTC)).weekday() == 2 and 10 <= date.day <= 20
)
"""Noon of a Wednesday in the middle of a month, in UTC, later than what the tests run at."""


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def put(api: Api, budget_id: str = "all", by: str = ADMIN, **given: Any) -> Answer:
    usual: dict[str, object] = {"name": "All", "amount": 10, "period": "day"}
    return api.request("PUT", f"/api/admin/budgets/{budget_id}", token=by, body=sent(usual | given))


def spend(api: Api, *calls: Mapping[str, Any]) -> None:
    assert record(api, GATEWAY, [call(**{"callTime": NOON - 3_600} | dict(fields)) for fields in calls]).status == 200
    count(api)


def standing(api: Api, budget_id: str = "all", by: str = VIEWER, **query: Any) -> dict[str, Any]:
    """How a budget stands."""
    answer = api.get("/api/budgets", by, **query or {"allUsers": "true"})
    [found] = [budget for budget in answer.body["budgets"] if budget["id"] == budget_id]
    return found


def check(api: Api, **query: object) -> dict[str, Any]:
    answer = api.get("/api/budgets/check", GATEWAY, **query)
    assert answer.status == 200
    return answer.body


def later(api: Api, clock: time_machine.Traveller) -> None:
    """When the functions have to read everything anew."""
    clock.shift(301)
    api.functions.clear()


@pytest.mark.usefixtures("clock")
class TestSetting:
    def test_a_budget_is_shown_as_it_was_set_with_who_set_it(self, api: Api) -> None:
        given: dict[str, Any] = {
            "name": "Each user",
            "each": "user",
            "providerId": "openai",
            "model": "gpt-5",
            "amount": Decimal("20.5"),
            "exceptions": {"alice": 50, "did:abt:ü/?": Decimal("0.1")},
            "period": "rolling",
            "days": 30,
            "timezone": "Asia/Kolkata",
            "thresholds": [{"percent": 80, "of": "actual"}, {"percent": 100, "of": "forecast"}],
            "channels": [],
            "remindAfterHours": 24,
            "tellResolved": True,
            "anomalies": "hour",
            "unit": "usd",
        }
        shown = put(api, "each-user", **given).body
        assert shown == given | {"id": "each-user", "userDid": None, "appDid": None} | {
            "updatedAt": shown["updatedAt"],
            "updatedBy": "root",
        }
        assert api.get("/api/admin/budgets", VIEWER).body == {"budgets": [shown]}

    def test_what_is_left_out_is_everybody_everything_and_utc(self, api: Api) -> None:
        shown = put(api).body
        assert [shown[name] for name in ("userDid", "appDid", "each", "providerId", "model", "days")] == [None] * 6
        assert (shown["timezone"], shown["thresholds"], shown["exceptions"]) == ("UTC", [], {})

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"amount": -1}, "amount"),
            ({"amount": True}, "amount"),
            ({"amount": Decimal("0.00000000001")}, "amount"),
            ({"name": ""}, "name"),
            ({"period": "year"}, "period"),
            ({"period": "rolling"}, "body"),
            ({"days": 3}, "body"),
            ({"period": "rolling", "days": 0}, "days"),
            ({"timezone": "Europe/Bielefeld"}, "timezone"),
            ({"userDid": "alice", "appDid": "app"}, "body"),
            ({"userDid": "alice", "each": "user"}, "body"),
            ({"exceptions": {"alice": 1}}, "body"),
            ({"thresholds": [{"percent": 0}]}, "thresholds.0.percent"),
            ({"thresholds": [{"percent": 80}, {"percent": 80, "of": "actual"}]}, "body"),
            ({"amuont": 5}, "amuont"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, api: Api, given: dict[str, Any], field: str) -> None:
        refusal(put(api, **given), 400, "invalid_request", field)
        assert api.get("/api/admin/budgets", ADMIN).body == {"budgets": []}

    @pytest.mark.parametrize("budget_id", ["a%20b", "über", "a" * 257])
    def test_an_id_that_a_path_may_change_is_refused(self, api: Api, budget_id: str) -> None:
        refusal(put(api, budget_id), 400, "invalid_request", "id")

    def test_changes_are_kept_with_who_and_when_the_deletion_too(self, api: Api, clock: time_machine.Traveller) -> None:
        first = put(api, amount=10).body
        clock.shift(1)
        second = put(api, by=OWNER, amount=20).body
        clock.shift(1)
        deleted = api.request("DELETE", "/api/admin/budgets/all", token=ADMIN)
        assert deleted.status == 204
        history = api.get("/api/admin/budgets/all", VIEWER).body
        assert history["budget"] is None
        assert [(change["changedBy"], change["budget"]) for change in history["changes"]] == [
            ("root", None),
            ("boss", second),
            ("root", first),
        ]
        assert api.get("/api/admin/budgets", VIEWER).body == {"budgets": []}
        refusal(api.request("DELETE", "/api/admin/budgets/all", token=ADMIN), 404, "not_found")
        assert len(api.get("/api/admin/budgets/all", VIEWER).body["changes"]) == 3

    def test_there_is_a_bound_to_how_many_there_may_be_and_those_that_are_there_can_be_changed(self, api: Api) -> None:
        manage = api.module("manage_budgets")
        manage.store = type(manage.store)(manage.store.table, most_budgets=1)
        assert put(api, "one").status == 200
        refusal(put(api, "two"), 400, "invalid_request", "id")
        assert put(api, "one", amount=3).body["amount"] == 3


@pytest.mark.usefixtures("clock")
class TestStanding:
    def test_what_is_spent_is_what_the_calls_cost_also_before_the_budget_was_set(self, api: Api) -> None:
        spend(api, {"id": "a", "credits": Decimal("1.25")}, {"id": "b", "credits": Decimal("0.0000000001")})
        put(api, thresholds=[{"percent": 10}, {"percent": 20}])
        spend(api, {"id": "c", "credits": Decimal("0.5"), "userDid": "bob"})
        found = standing(api)
        midnight = NOON - DAY // 2
        assert found == {
            "id": "all",
            "name": "All",
            **dict.fromkeys(("userDid", "appDid", "providerId", "model", "forecast", "runsOutAt")),
            "unit": "credits",
            "amount": 10,
            "periodStart": midnight,
            "resetsAt": midnight + DAY,
            "spent": Decimal("1.7500000001"),
            "remaining": Decimal("8.2499999999"),
            "atLeast": False,
            "unpricedCalls": 0,
            "forecast": found["forecast"],
            "thresholds": [
                {"percent": 10, "of": "actual", "reached": True},
                {"percent": 20, "of": "actual", "reached": False},
            ],
            "asOf": NOON,
        }

    def test_a_correction_and_a_call_that_comes_late_count_like_others(self, api: Api) -> None:
        put(api)
        spend(api, {"id": "a", "credits": 4})
        spend(api, {"id": "a", "credits": 1}, {"id": "late", "credits": 2, "callTime": NOON - 10 * 3_600})
        assert standing(api)["spent"] == 3

    def test_a_new_period_begins_with_nothing(self, api: Api, clock: time_machine.Traveller) -> None:
        put(api, timezone="Asia/Kolkata")
        spend(api, {"id": "a", "credits": 4})
        clock.shift(6.5 * 3_600)
        assert standing(api)["spent"] == 0

    def test_where_calls_are_unpriced_at_least_that_is_spent(self, api: Api) -> None:
        put(api)
        spend(api, {"id": "a", "credits": 4}, {"id": "b", "credits": None, "model": "own"})
        found = standing(api)
        assert (found["spent"], found["atLeast"], found["unpricedCalls"]) == (4, True, 1)

    def test_in_us_dollars_credits_count_for_what_they_were_worth_on_their_day(self, api: Api) -> None:
        for day, credits_per_usd in (("2020-01-01", 10), (datetime.fromtimestamp(NOON, UTC).date().isoformat(), 40)):
            given = sent({"creditsPerUsd": credits_per_usd, "effectiveFrom": day})
            path = "/api/admin/rates/credits-per-usd"
            assert api.request("PUT", path, token=ADMIN, body=given).status == 200
        put(api, unit="usd", period="rolling", days=3, timezone="Asia/Kathmandu", thresholds=[{"percent": 10}])
        put(api, "in-credits", amount=210, period="rolling", days=3, timezone="Asia/Kathmandu")
        spend(api, {"id": "a", "credits": 9, "callTime": NOON - DAY}, {"id": "b", "credits": 10})
        found = standing(api)
        assert (found["unit"], found["spent"], found["remaining"]) == ("usd", Decimal("1.15"), Decimal("8.85"))
        assert found["thresholds"][0]["reached"]
        assert standing(api, "in-credits")["spent"] == 19
        assert check(api)["unit"] == "usd", "11.5 % of it are spent, of the other one 9 %"

    def test_more_than_the_amount_leaves_nothing(self, api: Api) -> None:
        put(api)
        spend(api, {"id": "a", "credits": 14})
        found = standing(api)
        assert (found["spent"], found["remaining"], found["runsOutAt"]) == (14, 0, NOON)

    def test_each_user_has_a_budget_of_their_own_some_another_amount(self, api: Api) -> None:
        put(api, "each", each="user", exceptions={"bob": 3})
        spend(api, {"id": "a", "credits": 4}, {"id": "b", "credits": 2, "userDid": "bob"})
        alice, bob = (standing(api, "each", userDid=did) for did in ("alice", "bob"))
        assert (alice["userDid"], alice["amount"], alice["remaining"]) == ("alice", 10, 6)
        assert (bob["userDid"], bob["amount"], bob["remaining"]) == ("bob", 3, 1)

    def test_a_budget_of_a_model_counts_its_calls_only(self, api: Api) -> None:
        put(api, "model", providerId="openai", model="gpt-5")
        put(api, "provider", providerId="anthropic")
        spend(
            api,
            {"id": "a", "credits": 4},
            {"id": "b", "credits": 2, "model": "gpt-5-mini"},
            {"id": "c", "credits": 1, "providerId": "anthropic"},
        )
        assert (standing(api, "model")["spent"], standing(api, "provider")["spent"]) == (4, 1)

    def test_a_forecast_is_what_the_same_hours_cost_a_week_before(self, api: Api) -> None:
        put(api, thresholds=[{"percent": 100, "of": "forecast"}, {"percent": 100}])
        spend(
            api,
            {"id": "a", "credits": 4},
            {"id": "b", "credits": 8, "callTime": NOON - 7 * DAY + 3_600},
            {"id": "c", "credits": 50, "callTime": NOON - 7 * DAY - 3_600},
            {"id": "d", "credits": 2, "callTime": NOON - 14 * DAY + 3_600},
        )
        found = standing(api)
        assert found["forecast"] == {"amount": 9, "low": 6, "high": 12, "weeks": 2}
        assert [threshold["reached"] for threshold in found["thresholds"]] == [False, False]
        spend(api, {"id": "e", "credits": 4})
        found = standing(api)
        assert found["forecast"] == {"amount": 13, "low": 10, "high": 16, "weeks": 2}
        assert [threshold["reached"] for threshold in found["thresholds"]] == [True, False]
        assert found["runsOutAt"] == NOON + DAY // 2 * 2 // 5, "2 credits are left of 5 that are expected"

    def test_a_month_is_forecast_as_a_budget_for_it_is(self, api: Api) -> None:
        put(api, "all", period="month", timezone="Asia/Kolkata", providerId="openai")
        put(api, "of-alice", period="month", userDid="alice")
        spend(
            api,
            {"id": "a", "credits": 4, "userDid": "alice"},
            {"id": "b", "credits": 8, "callTime": NOON - 7 * DAY + 3_600},
            {"id": "c", "credits": 50, "callTime": NOON - 14 * DAY - 3_600, "userDid": "alice"},
            {"id": "d", "credits": 2, "callTime": NOON - 14 * DAY + 3_600, "providerId": "anthropic"},
        )
        for budget, asker, query in (
            ("all", VIEWER, {"allUsers": "true", "timezone": "Asia/Kolkata", "providerId": "openai"}),
            ("of-alice", ALICE, {}),
            ("of-alice", VIEWER, {"userDid": "alice"}),
        ):
            found = standing(api, budget, asker, **query or {"allUsers": "false"})
            told = api.get("/api/usage/forecast", asker, **query).body
            assert told["forecast"] == found["forecast"]
            assert (told["spent"], told["unpricedCalls"]) == (found["spent"], found["unpricedCalls"])
            assert (told["monthStart"], told["monthEnd"]) == (found["periodStart"], found["resetsAt"])
        for query in ({"userDid": "bob"}, {"appDid": "app"}, {"allUsers": "true"}):
            refusal(api.get("/api/usage/forecast", ALICE, **query), 403, "forbidden")
        refusal(api.get("/api/usage/forecast", VIEWER, userDid="alice", appDid="app"), 400, "invalid_request", "appDid")

    def test_everybody_sees_their_own_and_only_viewers_those_of_others(self, api: Api) -> None:
        put(api, "each", each="user")
        put(api, "of-alice", userDid="alice")
        put(api, "of-bob", userDid="bob")
        put(api, "of-app", appDid="app")
        put(api, "all")

        def seen(by: str, **query: object) -> list[str]:
            return [budget["id"] for budget in api.get("/api/budgets", by, **query).body["budgets"]]

        assert seen(ALICE) == seen(ALICE, userDid="alice") == ["each", "of-alice"]
        assert seen(VIEWER, userDid="bob") == ["each", "of-bob"]
        assert seen(VIEWER, appDid="app") == ["of-app"]
        assert seen(VIEWER, allUsers="true") == ["all", "of-alice", "of-app", "of-bob"]
        for query in ({"userDid": "bob"}, {"appDid": "app"}, {"allUsers": "true"}):
            refusal(api.get("/api/budgets", ALICE, **query), 403, "forbidden")

    def test_they_come_page_by_page(self, api: Api) -> None:
        for number in range(5):
            put(api, f"budget-{number}")
        pages = [api.get("/api/budgets", VIEWER, allUsers="true", page=page, pageSize=2).body for page in (1, 2, 3, 4)]
        assert [[budget["id"][-1] for budget in page["budgets"]] for page in pages] == [
            ["0", "1"],
            ["2", "3"],
            ["4"],
            [],
        ]
        assert {(page["total"], page["pageSize"]) for page in pages} == {(5, 2)}

    @pytest.mark.parametrize("seed", range(2))
    def test_any_budget_of_any_period_has_spent_what_a_naive_reader_of_the_calls_says(
        self, api: Api, seed: int
    ) -> None:
        chosen = random.Random(seed)
        calls: list[Call] = [
            {
                "id": f"call-{number}",
                "callTime": NOON - chosen.randrange(12 * DAY),
                "credits": Decimal(chosen.randrange(10**6)) / 10**4,
                "userDid": chosen.choice(["alice", "bob"]),
                "appDid": chosen.choice(["app", None]),
                "model": chosen.choice(["gpt-5", "gpt-5-mini"]),
            }
            for number in range(60)
        ]
        spend(api, *calls)
        zones = ["UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Auckland"]
        whose: list[dict[str, Any]] = [
            {},
            {"userDid": "alice"},
            {"appDid": "app"},
            {"model": "gpt-5"},
            {"userDid": "bob", "model": "gpt-5"},
        ]
        periods: list[dict[str, Any]] = [
            {"period": "day"},
            {"period": "week"},
            {"period": "month"},
            {"period": "rolling", "days": 5},
        ]
        budgets = {
            f"budget-{number}": chosen.choice(whose) | chosen.choice(periods) | {"timezone": chosen.choice(zones)}
            for number in range(12)
        }
        for budget_id, given in budgets.items():
            assert put(api, budget_id, **given).status == 200
        for budget_id, given in budgets.items():
            is_in = within(given)
            expected = sum(
                call["credits"]
                for call in calls
                if is_in(call["callTime"]) and all(call[name] == given[name] for name in given.keys() & call.keys())
            )
            assert standing(api, budget_id)["spent"] == expected, given


def within(given: Mapping[str, Any]) -> Callable[[int], bool]:
    """Whether a moment lies in the period of a budget in which NOON lies, said plainly."""
    zone = ZoneInfo(given["timezone"])
    today = datetime.fromtimestamp(NOON, zone).date()

    def is_in(second: int) -> bool:
        day = datetime.fromtimestamp(second, zone).date()
        match given["period"]:
            case "week":
                return day.isocalendar()[:2] == today.isocalendar()[:2]
            case "month":
                return (day.year, day.month) == (today.year, today.month)
            case _:
                return 0 <= (today - day).days < given.get("days", 1)

    return is_in


class TestCheck:
    @pytest.mark.usefixtures("clock")
    def test_a_provider_is_known_by_any_of_its_names(self, api: Api) -> None:
        put(api, providerId="gemini", amount=0)
        asked = {name: check(api, providerId=name)["allowed"] for name in ("gemini", "gcp.gemini", "vertex_ai", "")}
        assert asked == {"gemini": False, "gcp.gemini": False, "vertex_ai": True, "": True}

    def test_a_call_may_be_made_until_a_budget_is_spent_and_again_in_the_next_period(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        put(api, "each", each="user", name="Ten a day")
        assert check(api, userDid="alice") == {
            "allowed": True,
            "reason": "withinBudget",
            "budget": {"id": "each", "name": "Ten a day"},
            "remaining": 10,
            "unit": "credits",
            "resetsAt": NOON + DAY // 2,
            "asOf": NOON,
        }
        clock.shift(6)
        spend(api, {"id": "a", "credits": 10})
        evaluate(api)
        assert check(api, userDid="alice") == {
            "allowed": False,
            "reason": "budgetReached",
            "budget": {"id": "each", "name": "Ten a day"},
            "remaining": 0,
            "unit": "credits",
            "resetsAt": NOON + DAY // 2,
            "asOf": NOON + 6,
        }
        assert check(api, userDid="bob")["allowed"] is True
        clock.shift(DAY // 2)
        assert check(api, userDid="alice")["allowed"] is True, "a new period, in which nothing was spent"

    def test_every_budget_that_the_call_would_count_for_has_to_allow_it(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        put(api, "of-alice", userDid="alice", amount=9, period="month")
        put(api, "of-app", appDid="app", amount=8)
        put(api, "of-model", model="gpt-5", amount=7)
        put(api, "all", amount=20)
        spend(api, {"id": "a", "credits": 7, "appDid": "app"})

        def decides(**query: object) -> tuple[bool, str]:
            answer = check(api, **query)
            return answer["allowed"], answer["budget"]["id"]

        assert decides() == (True, "all")
        assert decides(userDid="bob", model="gpt-5-mini") == (True, "all")
        assert decides(userDid="alice") == (True, "of-alice")
        assert decides(userDid="alice", appDid="app") == (True, "of-app")
        assert decides(userDid="alice", appDid="app", model="gpt-5") == (False, "of-model")
        spend(api, {"id": "b", "credits": 5, "appDid": "app"})
        later(api, clock)
        assert decides(userDid="alice", appDid="app", model="gpt-5") == (False, "of-alice")

    @pytest.mark.usefixtures("clock")
    def test_of_several_that_are_spent_the_one_that_resets_last_is_named(self, api: Api) -> None:
        put(api, "day", amount=1)
        put(api, "month", amount=1, period="month")
        spend(api, {"id": "a", "credits": 2})
        assert check(api)["budget"]["id"] == "month"

    def test_without_a_budget_everything_may_be_made_and_with_none_left_nothing(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        assert check(api, userDid="alice") == {"allowed": True, "reason": "noBudget"} | dict.fromkeys(
            ("budget", "remaining", "unit", "resetsAt", "asOf")
        )
        put(api, amount=0)
        later(api, clock)
        assert check(api)["reason"] == "budgetReached"

    def test_what_is_spent_is_known_once_the_counters_have_changed_and_a_gateway_may_keep_an_answer_for_seconds(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        put(api)
        answer = api.get("/api/budgets/check", GATEWAY)
        assert answer.headers["Cache-Control"] == "private, max-age=5"
        clock.shift(1)
        spend(api, {"id": "a", "credits": 10})
        assert check(api)["remaining"] == 10
        evaluate(api)
        assert check(api)["remaining"] == 0

    def test_it_is_one_read_of_half_a_unit_for_each_budget_whoever_asks(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        budgets: dict[str, dict[str, Any]] = {"all": {}, "each": {"each": "user"}, "app": {"each": "app"}}
        for budget_id, given in budgets.items():
            put(api, budget_id, **given)
        spend(api, {"id": "a", "credits": 1, "appDid": "app"})
        evaluate(api)
        check(api)  # which reads the budgets, as is done once a minute
        clock.shift(59)
        asked: list[Mapping[str, Any]] = []

        def note(request: Mapping[str, Any]) -> None:
            asked.append(request)

        with dynamodb_answers("BatchGetItem", note), dynamodb_answers("Query", note), dynamodb_answers("PutItem", note):
            answer = check(api, userDid="alice", appDid="app", model="gpt-5")
        assert answer["remaining"] == 9
        assert [len(request["RequestItems"]["CountersTable"]["Keys"]) for request in asked] == [3]

    def test_what_the_evaluation_missed_is_found_by_a_check_after_a_minute(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        put(api)
        check(api)
        spend(api, {"id": "a", "credits": 10})
        clock.shift(60)
        assert check(api)["remaining"] == 10
        clock.shift(1)
        assert check(api)["remaining"] == 0

    @pytest.mark.usefixtures("clock")
    def test_a_budget_is_evaluated_for_those_whose_counters_changed_and_only_its_own_model_counts(
        self, api: Api
    ) -> None:
        put(api, "each", each="user", model="gpt-5")
        put(api, "of-bob", userDid="bob")
        spend(api, {"id": "a", "credits": 1}, {"id": "b", "credits": 2, "model": "gpt-5-mini"})
        evaluate(api)
        kept = [item for item in items("CountersTable") if item["scope"]["S"].startswith("spending#")]
        assert [(item["amount"]["N"], item["calls"]["N"]) for item in kept] == [("1", "1")]

    def test_what_was_read_earlier_is_never_kept_in_place_of_what_was_read_later(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        """An evaluation that is slow keeps what it read after another one, which began later, has kept what it read."""
        put(api)
        spend(api, {"id": "a", "credits": 1})

        def meanwhile() -> None:
            clock.shift(1)
            spend(api, {"id": "b", "credits": 9})
            evaluate(api)
            assert check(api)["remaining"] == 0

        with at_request(0, meanwhile, of={"PutItem"}):
            evaluate(api)
        assert check(api)["remaining"] == 0

    @pytest.mark.parametrize("seed", range(3))
    def test_any_calls_corrections_and_evaluations_that_die_leave_what_the_calls_cost(
        self, api: Api, clock: time_machine.Traveller, seed: int
    ) -> None:
        chosen = random.Random(seed)
        put(api, amount=10**6, period="month")
        credits_of: dict[str, int] = {}
        for _ in range(8):
            sent_now = {f"call-{chosen.randrange(6)}": chosen.randrange(100) for _ in range(2)}
            credits_of |= sent_now
            clock.shift(chosen.randrange(1, 60))
            spend(api, *({"id": call_id, "credits": cost} for call_id, cost in sent_now.items()))
            if chosen.random() < 0.5:
                died = chosen.random() < 0.5
                with (
                    at_request(chosen.randrange(3), failing(Killed()), of=READS | WRITES, answered=died),
                    suppress(Killed),
                ):
                    evaluate(api)
            evaluate(api)
            assert check(api)["remaining"] == 10**6 - sum(credits_of.values())

    @pytest.mark.usefixtures("clock", "instantly")
    @pytest.mark.parametrize(("on_failure", "allowed"), [(None, True), ("allow", True), ("deny", False)])
    def test_while_nothing_can_be_read_the_gateway_has_said_what_is_to_be_done(
        self, api: Api, on_failure: str | None, allowed: bool
    ) -> None:
        put(api)
        with dynamodb_answers("Query", lambda _: (400, error("AccessDeniedException"))):
            answer = check(api, onFailure=on_failure or "")
        assert answer == {"allowed": allowed, "reason": "unknown"} | dict.fromkeys(
            ("budget", "remaining", "unit", "resetsAt", "asOf")
        )


@pytest.mark.usefixtures("clock")
class TestQuotaOfAigneHub:
    def test_it_is_that_of_the_tightest_budget_of_all_models(self, api: Api) -> None:
        put(api, "each", each="user", amount=100, period="month")
        put(api, "of-alice", userDid="alice", amount=40, period="rolling", days=7)
        put(api, "of-model", userDid="alice", amount=1, model="gpt-5")
        spend(api, {"id": "a", "credits": 10}, {"id": "b", "credits": 20, "callTime": NOON - 20 * DAY})
        assert api.get("/api/usage/quota", ALICE).body == {
            "total": 40,
            "remaining": 30,
            "used": 10,
            "pendingCredit": 0,
            "estimatedDaysRemaining": 30,
            "dailyAvgCredits": 1,
            "currency": "credits",
        }

    def test_without_a_budget_nothing_is_known_of_what_remains(self, api: Api) -> None:
        spend(api, {"id": "a", "credits": 0})
        assert api.get("/api/usage/quota", ALICE).body == {
            "total": None,
            "remaining": None,
            "used": 0,
            "pendingCredit": 0,
            "estimatedDaysRemaining": None,
            "dailyAvgCredits": 0,
            "currency": "credits",
        }
