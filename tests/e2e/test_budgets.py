"""A gateway is told when a budget is spent, seconds after the call that spent it: on the deployed stack."""

import time
import uuid
from typing import Any

import httpx

from ledger.core.identity import Role
from tests.e2e.conftest import SignIn
from tests.e2e.probes import invoke
from tests.integration.harness import payload
from tools.operate.stack import Stack

PATIENCE = 60


def test_a_gateway_and_a_channel_are_told_when_a_users_budget_is_spent(sign_in: SignIn, stack: Stack) -> None:
    anna, budget = f"did:anna:{uuid.uuid4()}", f"anna-{uuid.uuid4()}"
    root, gateway, user = sign_in("did:root", Role.ADMIN), sign_in("gateway", Role.RECORDER), sign_in(anna, Role.USER)
    channel = root.post("/api/admin/channels", json={"name": "A", "kind": "topic"}).raise_for_status().json()["id"]
    given = {"name": "Anna", "userDid": anna, "amount": 2, "period": "month", "tellResolved": True, "anomalies": "day"}
    given |= {"unit": "usd", "thresholds": [{"percent": 100}], "channels": [channel]}
    assert root.put(f"/api/admin/budgets/{budget}", json=given).raise_for_status().json()["amount"] == 2
    assert len(root.get(f"/api/admin/budgets/{budget}").raise_for_status().json()["changes"]) == 1
    assert _asked(gateway, anna)["allowed"] is True
    call = {
        "id": str(uuid.uuid4()),
        "userDid": anna,
        "providerId": "openai",
        "model": "gpt-5",
        "type": "chatCompletion",
        "status": "success",
        "credits": 2.5,
    }
    assert gateway.post("/api/model-calls", json=call).json()["recorded"] == 1
    _eventually(gateway, anna, {"allowed": False, "reason": "budgetReached", "remaining": 0})
    [own] = [one for one in user.get("/api/budgets").json()["budgets"] if one["id"] == budget]
    assert (own["spent"], own["remaining"]) == (2.5, 0)
    assert user.get("/api/usage/quota").json()["used"] == 2.5
    invoke(stack, stack.resources["DeliverAlertsFunction"], payload("deliver_alerts"))
    [alert] = [one for one in root.get("/api/admin/alerts").json()["alerts"] if one["data"]["budgetId"] == budget]
    assert alert["deliveries"][0]["status"] == "delivered"
    assert [mover["group"]["model"] for mover in alert["data"]["movers"]] == ["gpt-5"]
    assert alert["data"]["link"].startswith(f"{root.base_url}".rstrip("/"))
    assert root.delete(f"/api/admin/budgets/{budget}").status_code == 204


def _asked(gateway: httpx.Client, did: str) -> dict[str, Any]:
    return gateway.get("/api/budgets/check", params={"userDid": did}).raise_for_status().json()


def _eventually(gateway: httpx.Client, did: str, expected: dict[str, Any]) -> None:
    """Wait until a check answers this. A budget is in force within a minute, and evaluated seconds after a call."""
    give_up = time.monotonic() + 2 * PATIENCE
    while not expected.items() <= (answer := _asked(gateway, did)).items():
        assert time.monotonic() < give_up, answer
        time.sleep(0.5)
