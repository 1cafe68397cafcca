"""Every call gets a price that can be explained, and none is silently free."""

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.harness import Api, call, token
from tests.integration.support import dynamodb_answers, error, record

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


def test_a_model_that_nobody_knows_is_unpriced(api: Api) -> None:
    assert price(recorded(api, model="own")) == (0, None, "unpriced", None)


@pytest.mark.parametrize("cost", [-1, 10**12, "much", True])
def test_a_cost_that_is_none_is_refused(api: Api, cost: object) -> None:
    (rejection,) = record(api, GATEWAY, call(costUsd=cost)).body["rejected"]
    assert rejection["error"].startswith("costUsd: ")


def test_rates_are_not_asked_for_where_every_call_has_credits(api: Api) -> None:
    with dynamodb_answers("Query", lambda _: (500, error("InternalServerError"))):
        assert record(api, GATEWAY, call()).status == 200
