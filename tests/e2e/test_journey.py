"""What a gateway writes is what its users and administrators read, over HTTP, on the deployed stack."""

import gzip
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from ledger.core import exact_json
from ledger.core.identity import Role
from tests.e2e.conftest import SignIn
from tests.e2e.probes import minutes_pass
from tools.operate.night import run_night
from tools.operate.stack import Stack

HOUR = 3_600
PATIENCE = 30
"""Seconds within which the stream has long been counted."""


def test_calls_of_a_gateway_are_in_its_users_statistics_within_seconds(stack: Stack, sign_in: SignIn) -> None:
    """Recorded with an API key, gzipped; corrected; told to their user, to an administrator, and to nobody else."""
    anna, ben = f"did:anna:{uuid.uuid4()}", f"did:ben:{uuid.uuid4()}"
    key = sign_in("did:root", Role.ADMIN).post("/api/admin/keys", json={"name": "gateway", "role": "recorder"}).json()
    calls = [_call(anna, credits="0.0000000001"), _call(anna, credits="12.5", status="failed"), _call(ben)]

    recorded = _record(stack, key["key"], [*calls, {**calls[0], "type": "telepathy"}])
    assert recorded.status_code == 207
    assert recorded.json()["recorded"] == 3
    assert [rejection["index"] for rejection in recorded.json()["rejected"]] == [3]
    assert _record(stack, key["key"], [{**calls[1], "credits": "2.5"}]).status_code == 200

    stats = _eventually(
        lambda: _stats(sign_in(anna, Role.USER)),
        lambda stats: stats["summary"]["totalCredits"] == Decimal("2.5000000001"),
    )
    assert stats["summary"]["totalCalls"] == 2
    assert stats["summary"]["successCalls"] == 1
    assert stats["sources"]["live"] + stats["sources"]["calls"] == 2

    page = sign_in(anna, Role.USER).get("/api/user/model-calls").json()
    assert {row["id"] for row in page["list"]} == {calls[0]["id"], calls[1]["id"]}
    assert page["count"] == 2

    his = sign_in(ben, Role.USER)
    assert his.get(f"/api/user/model-calls/{calls[0]['id']}").status_code == 404
    assert his.get(f"/api/user/model-calls/{calls[2]['id']}").status_code == 200
    assert his.get("/api/user/model-calls", params={"allUsers": "true"}).status_code == 403
    assert his.get("/api/user/admin/user-stats").status_code == 403


def test_the_nightly_run_by_hand_changes_no_figure(stack: Stack, sign_in: SignIn) -> None:
    """Neither the run of the schedule nor the rebuilding of a day; and counters and calls agree on it."""
    carla = f"did:carla:{uuid.uuid4()}"
    yesterday = int(time.time()) - 24 * HOUR
    token = stack.token("gateway", Role.RECORDER)
    calls = [_call(carla, callTime=yesterday - minutes * 60, credits="0.25") for minutes in range(40)]
    assert _record(stack, token, calls).status_code == 200
    client = sign_in(carla, Role.USER)
    before = _eventually(lambda: _stats(client), lambda stats: stats["summary"]["totalCalls"] == len(calls))

    days = sorted({time.strftime("%Y-%m-%d", time.gmtime(call["callTime"])) for call in calls})
    for asked in ([], days):
        with minutes_pass(stack):
            assert list(run_night(stack, asked))[-1] == "Verify"
        after = _stats(client)
        assert {**after, "asOf": 0, "sources": {}} == {**before, "asOf": 0, "sources": {}}

    root = sign_in("did:root", Role.ADMIN)
    for day in days:
        assert root.get("/api/admin/reconcile", params={"day": day}).json()["drifted"] == 0


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Bearer ul_0123456789abcdef_x"}]
)
def test_nobody_is_told_anything(stack: Stack, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{stack.api_url}/api/user/model-calls", headers=headers, timeout=30)
    assert answer.status_code == 401


def _call(did: str, **fields: Any) -> dict[str, Any]:
    usual = {
        "id": str(uuid.uuid4()),
        "userDid": did,
        "providerId": "anthropic",
        "model": "claude-sonnet-4-5",
        "type": "chatCompletion",
        "status": "success",
        "credits": "0.5",
        "usageMetrics": {"inputTokens": 100, "outputTokens": 20},
        "callTime": int(time.time()) - 2 * HOUR,
    }
    return usual | fields


def _record(stack: Stack, credentials: str, calls: list[dict[str, Any]]) -> httpx.Response:
    return httpx.post(
        f"{stack.api_url}/api/model-calls",
        content=gzip.compress(exact_json.dumps({"calls": calls})),
        headers={
            "Authorization": f"Bearer {credentials}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
        },
        timeout=60,
    )


def _stats(client: httpx.Client) -> dict[str, Any]:
    day = int(time.time()) // (24 * HOUR) * 24 * HOUR
    answer = client.get("/api/user/usage-stats", params={"startTime": day - 6 * 24 * HOUR, "endTime": day + 24 * HOUR})
    assert answer.status_code == 200, answer.text
    return exact_json.loads(answer.text)


def _eventually(ask: Callable[[], dict[str, Any]], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first answer that holds, or the last one."""
    give_up = time.monotonic() + PATIENCE
    while not holds(answer := ask()) and time.monotonic() < give_up:
        time.sleep(0.5)
    return answer
