"""Every call gets a price that can be explained, and none is silently free."""

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from tests.integration.harness import Api, call, token
from tests.integration.support import count, dynamodb_answers, error, items, record, refusal, sent

NOW = int(time.time())
GATEWAY, ADMIN = token("gateway", "recorder"), token("root", "admin")
RATES = "/api/admin/rates"


def recorded(api: Api, **fields: Any) -> dict[str, Any]:
    """A call without credits, as it is shown after it was recorded."""
    receipt = record(api, GATEWAY, call(**{"id": "a", "credits": None, **fields}))
    assert receipt.body["rejected"] == []
    return api.get("/api/user/model-calls/a", token("alice")).body


def price(shown: dict[str, Any]) -> tuple[Any, Any, str, Any]:
    return shown["credits"], shown["costUsd"], shown["costSource"], shown["pricedBy"]


def test_reported_credits_are_kept(api: Api) -> None:
    assert price(recorded(api, credits=Decimal("0.3"))) == (Decimal("0.3"), None, "reported", None)
    both = recorded(api, credits=Decimal("0.3"), costUsd=Decimal("0.1"))
    assert price(both) == (Decimal("0.3"), Decimal("0.1"), "reported", None)
    assert price(recorded(api, credits=0)) == (0, None, "reported", None)


def test_a_reported_cost_is_rounded_to_ten_decimals_and_converted(api: Api) -> None:
    shown = recorded(api, costUsd=Decimal("0.00013500000000000003"))
    assert price(shown) == (Decimal("0.000135"), Decimal("0.000135"), "reported", None)


def test_a_call_without_a_cost_is_priced_by_the_catalogue(api: Api) -> None:
    shown = recorded(api, usageMetrics={"inputTokens": 1_200, "outputTokens": 300, "cacheReadInputTokens": 8_000})
    assert shown["pricedBy"].startswith("genai-prices ")
    assert shown["pricedBy"].endswith(": openai/gpt-5")
    assert price(shown)[:3] == (Decimal("0.0055"), Decimal("0.0055"), "catalogue")


def test_beside_any_cost_there_is_what_the_call_costs_by_list_in_parts_that_add_up(api: Api) -> None:
    used = {"inputTokens": 1_200, "outputTokens": 300, "cacheReadInputTokens": 8_000, "webSearches": 1}
    parts = {
        "inputTokens": Decimal("0.0015"),
        "outputTokens": Decimal("0.003"),
        "cacheReadInputTokens": Decimal("0.001"),
        "webSearches": Decimal("0.01"),
    }
    for cost in ({}, {"costUsd": Decimal("0.5")}, {"credits": Decimal("0.25")}):
        shown = recorded(api, usageMetrics=used, **cost)
        assert shown["listCosts"] == parts
        assert shown["listCostUsd"] == sum(parts.values())
        assert shown["cacheSavings"] == Decimal("0.009")  # 8,000 * (1.25 - 0.125) millionths
    assert shown["costSource"] == "reported"
    unknown = recorded(api, costUsd=1, model="own")
    assert [unknown[name] for name in ("listCostUsd", "listCosts", "cacheSavings")] == [None, None, None]


def test_a_model_that_nobody_knows_is_unpriced(api: Api) -> None:
    assert price(recorded(api, model="own")) == (0, None, "unpriced", None)


@pytest.mark.parametrize("cost", [-1, 10**12, "much", True])
def test_a_cost_that_is_none_is_refused(api: Api, cost: object) -> None:
    (rejection,) = record(api, GATEWAY, call(costUsd=cost)).body["rejected"]
    assert rejection["error"].startswith("costUsd: ")


def test_calls_with_credits_are_recorded_while_rates_can_t_be_read(api: Api) -> None:
    with dynamodb_answers("Query", lambda _: (500, error("InternalServerError"))):
        assert record(api, GATEWAY, call()).status == 200


def set_rate(api: Api, model: str = "own", **fields: Any) -> dict[str, Any]:
    rate = {"model": model, "prices": {"inputTokens": 2, "outputTokens": 10}} | fields
    answer = api.request("PUT", RATES, token=ADMIN, body=sent(rate))
    assert answer.status == 200, answer
    return answer.body


NO_RATES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["model", "prices"]),
    ({"model": "a", "prices": {}}, ["prices"]),
    ({"model": "", "prices": {"image": 1}}, ["model"]),
    ({"model": "*" * 9, "prices": {"image": 1}}, ["model"]),
    ({"model": "a", "prices": {"image": -1}}, ["prices.image"]),
    ({"model": "a", "prices": {"image": "1e7"}}, ["prices.image"]),
    ({"model": "a", "prices": {"image": Decimal("0.00000000001")}}, ["prices.image"]),
    ({"model": "a", "prices": {"tokens": 1}}, ["prices.tokens"]),
    ({"model": "a", "serviceTiers": {"flex": -1}}, ["serviceTiers.flex", "prices"]),
    (
        {"model": "a", "serviceTiers": {"flex": 1}, "longContext": [{"aboveInputTokens": 1, "prices": {}}]},
        ["prices"],
    ),
    (
        {"model": "a", "prices": {"image": 1}, "longContext": [{"aboveInputTokens": 1, "prices": {}}] * 2},
        ["longContext"],
    ),
    ({"model": "a", "provider": "openai", "prices": {"image": 1}}, ["provider"]),
    ({"model": "a", "effectiveFrom": "31.1.2026", "prices": {"image": 1}}, ["effectiveFrom"]),
]


class TestRates:
    def test_a_rate_comes_before_the_catalogue_and_says_which_it_is(self, api: Api) -> None:
        rate = set_rate(api, "gpt-5")
        name = f"rate {rate['id']} of {rate['updatedAt']}"
        assert price(recorded(api)) == (Decimal("0.0004"), Decimal("0.0004"), "rate", name)

    def test_a_rate_is_listed_as_it_was_set(self, api: Api) -> None:
        prices = {"inputTokens": Decimal("0.0000000001"), "image": 1, "second": Decimal("0.25"), "request": 0}
        rate = set_rate(api, "GPT-*", providerId="OpenAI", effectiveFrom="2026-01-31", prices=prices)
        assert rate.pop("updatedAt").endswith("Z")
        assert rate == {
            "id": rate["id"],
            "providerId": "openai",
            "model": "gpt-*",
            "effectiveFrom": "2026-01-31",
            "prices": prices,
            "longContext": [],
            "serviceTiers": {},
            "updatedBy": "root",
        }
        (listed,) = api.get(RATES, ADMIN).body["rates"]
        assert listed | rate == listed

    def test_steps_and_tiers_are_listed_as_they_were_set(self, api: Api) -> None:
        steps = [
            {"aboveInputTokens": 200_000, "prices": {"inputTokens": 4}},
            {"aboveInputTokens": 500_000, "prices": {"inputTokens": Decimal("8.5"), "outputTokens": 30}},
        ]
        rate = set_rate(api, longContext=steps, serviceTiers={"Batch": Decimal("0.5"), "priority": 2})
        assert (rate["longContext"], rate["serviceTiers"]) == (steps, {"batch": Decimal("0.5"), "priority": 2})
        (listed,) = api.get(RATES, ADMIN).body["rates"]
        assert listed == rate

    @pytest.mark.parametrize(
        ("tokens", "tier", "cost", "named"),
        [
            (200_000, None, "0.4", ""),
            (200_001, "standard", "0.800004", ""),  # all of them cost the price beyond the limit
            (100_000, "batch", "0.1", ", batch × 0.5"),
            (300_000, "BATCH", "0.6", ", batch × 0.5"),
            (100_000, "flex", "0.2", ", flex as standard"),
        ],
    )
    def test_a_rate_has_steps_and_multipliers(
        self, api: Api, tokens: int, tier: str | None, cost: str, named: str
    ) -> None:
        steps = [{"aboveInputTokens": 200_000, "prices": {"inputTokens": 4}}]
        set_rate(api, longContext=steps, serviceTiers={"batch": Decimal("0.5")})
        shown = recorded(api, model="own", usageMetrics={"inputTokens": tokens}, serviceTier=tier)
        assert shown["serviceTier"] == tier
        assert (shown["costUsd"], shown["listCosts"]) == (Decimal(cost), {"inputTokens": Decimal(cost)})
        assert shown["pricedBy"].endswith(f"Z{named}")

    def test_a_multiplier_holds_for_the_catalogue_where_that_has_no_price_of_the_tier(self, api: Api) -> None:
        set_rate(api, "gpt*", prices={}, serviceTiers={"flex": Decimal("0.1"), "scale": Decimal("1.5")})
        used = {"usageMetrics": {"inputTokens": 1_200, "outputTokens": 300}}
        flex, scale = (recorded(api, **used, serviceTier=tier) for tier in ("flex", "scale"))
        assert flex["costUsd"] == Decimal("0.00225")
        assert flex["pricedBy"].endswith(": openai/gpt-5, flex")
        assert (scale["costUsd"], scale["costSource"]) == (Decimal("0.00675"), "catalogue")
        assert scale["pricedBy"].endswith(": openai/gpt-5, scale × 1.5")

    def test_a_rate_for_the_same_calls_replaces_the_one_before(self, api: Api) -> None:
        first = set_rate(api, providerId="", effectiveFrom="")
        second = set_rate(api, "OWN", prices={"request": 1})
        assert first["id"] == second["id"]
        assert [rate["prices"] for rate in api.get(RATES, ADMIN).body["rates"]] == [{"request": 1}]

    def test_a_rate_that_is_deleted_prices_nothing(self, api: Api) -> None:
        rate = set_rate(api)
        answer = api.request("DELETE", f"{RATES}/{rate['id']}", token=ADMIN)
        assert (answer.status, answer.body) == (204, None)
        assert api.get(RATES, ADMIN).body == {"rates": [], "creditsPerUsd": []}
        assert recorded(api, model="own")["costSource"] == "unpriced"
        refusal(api.request("DELETE", f"{RATES}/{rate['id']}", token=ADMIN), 404, "not_found")

    def test_a_rate_id_does_not_reach_other_items(self, api: Api) -> None:
        made = api.request("POST", "/api/admin/keys", token=ADMIN, body=sent({"name": "k", "role": "user"})).body
        refusal(api.request("DELETE", f"{RATES}/{made['id']}", token=ADMIN), 404, "not_found")
        assert len(items("RegistryTable")) == 1

    def test_a_us_dollar_is_worth_what_was_said_for_the_day_of_the_call(self, api: Api) -> None:
        today = time.strftime("%Y-%m-%d", time.gmtime(NOW - 3_600))
        for value, day in ((100, ""), (Decimal("0.5"), today)):
            body = sent({"creditsPerUsd": value, "effectiveFrom": day})
            assert api.request("PUT", f"{RATES}/credits-per-usd", token=ADMIN, body=body).status == 200
        listed = api.get(RATES, ADMIN).body["creditsPerUsd"]
        assert [(each["creditsPerUsd"], each["effectiveFrom"]) for each in listed] == [
            (100, "1970-01-01"),
            (Decimal("0.5"), today),
        ]
        assert price(recorded(api, costUsd=3))[:2] == (Decimal("1.5"), 3)
        assert price(recorded(api, costUsd=3, callTime=NOW - 3 * 86_400))[:2] == (300, 3)

    def test_a_new_rate_is_known_within_a_minute(self, api: Api) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            assert recorded(api, model="own")["costSource"] == "unpriced"
            set_rate(api)
            assert recorded(api, model="own")["costSource"] == "unpriced"
            clock.shift(61)
            assert recorded(api, model="own")["costSource"] == "rate"

    def test_while_rates_can_t_be_read_those_last_known_hold(self, api: Api) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            set_rate(api)
            assert recorded(api, model="own")["costSource"] == "rate"
            clock.shift(61)
            with dynamodb_answers("Query", lambda _: (400, error("ThrottlingException"))):
                assert record(api, GATEWAY, call(id="b", credits=None, model="own")).status == 200
            assert api.get("/api/user/model-calls/b", token("alice")).body["costSource"] == "rate"

    @pytest.mark.parametrize(("rate", "fields"), NO_RATES)
    def test_what_is_no_rate_is_refused(self, api: Api, rate: dict[str, Any], fields: list[str]) -> None:
        refusal(api.request("PUT", RATES, token=ADMIN, body=sent(rate)), 400, "invalid_request", *fields)
        assert items("RegistryTable") == []

    @pytest.mark.parametrize("value", [0, -1, None, "much"])
    def test_what_is_no_value_of_a_us_dollar_is_refused(self, api: Api, value: object) -> None:
        answer = api.request("PUT", f"{RATES}/credits-per-usd", token=ADMIN, body=sent({"creditsPerUsd": value}))
        refusal(answer, 400, "invalid_request", "creditsPerUsd")

    def test_there_are_no_more_rates_than_can_be_read_at_once(self, api: Api) -> None:
        app = api.module("manage_rates")
        app.store = replace(app.store, most_rates=2)
        set_rate(api, "a")
        set_rate(api, "b")
        answer = api.request("PUT", RATES, token=ADMIN, body=sent({"model": "c", "prices": {"image": 1}}))
        assert "delete" in refusal(answer, 400, "invalid_request", "body")
        set_rate(api, "a", prices={"image": 2})


def test_administrators_are_told_which_models_have_no_price(api: Api) -> None:
    calls = [
        *(call(id=f"a{n}", credits=None, model="own", userDid=did) for n, did in enumerate(["alice", "alice", "bob"])),
        call(id="known", model="own"),
        call(id="failed", credits=None, model="own", status="failed", usageMetrics=None),
        call(id="late", credits=None, model="mine", status="failed"),
        call(id="priced", credits=None),
    ]
    assert record(api, GATEWAY, calls).status == 200
    count(api)
    span = {"startTime": NOW - 7_200, "endTime": NOW + 60}
    body = api.get("/api/user/admin/user-stats", ADMIN, **span).body
    assert body["summary"]["unpricedCalls"] == 4
    told = [(each["model"], each["unpricedCalls"], each["totalCalls"]) for each in body["unpricedModels"]]
    assert told == [("own", 3, 5), ("mine", 1, 1)]
    assert body["unpricedModels"][0]["provider"] == {"id": "openai", "name": "openai", "displayName": "OpenAI"}
    of_bob = api.get("/api/user/admin/user-stats", ADMIN, **span, userDid="bob").body["unpricedModels"]
    assert [(each["model"], each["unpricedCalls"]) for each in of_bob] == [("own", 1)]
    assert "unpricedModels" not in api.get("/api/user/usage-stats", token("alice"), **span).body
