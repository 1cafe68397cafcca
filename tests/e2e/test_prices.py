"""An operator's rate prices what is recorded, and repricing what was: on the deployed stack, with its own rights."""

import time
import uuid
from decimal import Decimal
from typing import Any

import httpx

from ledger.core import exact_json
from ledger.core.identity import Role
from tests.e2e.conftest import SignIn

PATIENCE = 60


def test_a_rate_prices_calls_and_repricing_corrects_earlier_ones(sign_in: SignIn) -> None:
    anna, model = f"did:anna:{uuid.uuid4()}", f"own-{uuid.uuid4()}"
    root, gateway, user = sign_in("did:root", Role.ADMIN), sign_in("gateway", Role.RECORDER), sign_in(anna, Role.USER)
    now = int(time.time())
    span = {"startTime": now - 7_200, "endTime": now + 60}
    call = {
        "userDid": anna,
        "providerId": "own",
        "model": model,
        "type": "chatCompletion",
        "status": "success",
        "callTime": now - 3_600,
        "usageMetrics": {"inputTokens": 1_000, "outputTokens": 10},
    }
    calls = [
        {**call, "id": str(uuid.uuid4())},
        {**call, "id": str(uuid.uuid4()), "model": "gpt-5", "providerId": "openai"},
    ]
    assert gateway.post("/api/model-calls", json=calls).json()["recorded"] == 2
    _eventually(user, span, {"totalCredits": Decimal("0.00135"), "unpricedCalls": 1})
    unpriced = root.get("/api/user/admin/user-stats", params={**span, "userDid": anna}).json()["unpricedModels"]
    assert [(each["model"], each["unpricedCalls"]) for each in unpriced] == [(model, 1)]

    rate = {"model": model, "prices": {"inputTokens": 2, "outputTokens": 100}}
    assert root.put("/api/admin/rates", json=rate).raise_for_status().json()["model"] == model
    wanted = {**span, "userDid": anna, "costSource": "unpriced"}
    foreseen = root.post("/api/admin/reprice", json=wanted).raise_for_status().json()
    assert (foreseen["status"], foreseen["changed"]["calls"], foreseen["changed"]["creditsAfter"]) == ("done", 1, 0.003)
    answer = root.post("/api/admin/reprice", json={**wanted, "dryRun": False})
    assert answer.status_code == 202, answer.text
    _eventually(user, span, {"totalCredits": Decimal("0.00435"), "unpricedCalls": 0})
    assert root.get(answer.headers["Location"]).json()["changed"] == foreseen["changed"]
    priced = root.get(f"/api/user/model-calls/{calls[0]['id']}").json()
    assert (priced["costSource"], priced["repricedBy"]) == ("rate", answer.json()["id"])


def _eventually(client: httpx.Client, span: dict[str, int], expected: dict[str, Any]) -> None:
    give_up = time.monotonic() + PATIENCE
    while True:
        summary = exact_json.loads(client.get("/api/user/usage-stats", params=span).raise_for_status().text)["summary"]
        told = {name: summary[name] for name in expected}
        if told == expected or time.monotonic() > give_up:
            assert told == expected
            return
        time.sleep(0.5)
