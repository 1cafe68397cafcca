"""A user is erased by functions with the rights that the template gives them."""

import time
import uuid

import httpx

from ledger.core.identity import Role
from tests.e2e.conftest import SignIn

SECONDS = 60


def test_a_users_calls_statistics_details_and_exports_go_and_others_stay(sign_in: SignIn) -> None:
    gone, stays = f"did:gone:{uuid.uuid4()}", f"did:stays:{uuid.uuid4()}"
    call = {"providerId": "openai", "model": "m", "type": "custom", "status": "success", "credits": 1}
    admin, now = sign_in("root", Role.ADMIN), int(time.time())
    calls = [{**call, "userDid": did, "userInfo": {"fullName": "A Name"}} for did in (gone, gone, stays)]
    assert sign_in("gateway", Role.RECORDER).post("/api/model-calls", json=calls).json()["recorded"] == 3
    as_json = {"Accept": "application/json"}
    export = sign_in(gone, Role.USER).get("/api/user/model-calls/export", headers=as_json).json()
    assert export["rows"] == 2
    time.sleep(0.01)

    asked = admin.post("/api/admin/erasures", json={"userDid": gone})
    assert asked.status_code == 202
    erasure = admin.get(asked.headers["Location"]).json()
    give_up = time.monotonic() + SECONDS
    while erasure["callsRemoved"] < 2 and time.monotonic() < give_up:
        time.sleep(0.5)
        erasure = admin.get(asked.headers["Location"]).json()
    assert erasure["callsRemoved"] == 2

    def counted(did: str) -> int:
        range_ = {"startTime": now - 3600, "endTime": now + 3600}
        return sign_in(did, Role.USER).get("/api/user/usage-stats", params=range_).json()["summary"]["totalCalls"]

    while (counted(gone), counted(stays)) != (0, 1) and time.monotonic() < give_up:
        time.sleep(0.5)
    assert (counted(gone), counted(stays)) == (0, 1)
    log = sign_in(stays, Role.USER).get("/api/user/model-calls").json()
    assert [row["userInfo"]["fullName"] for row in log["list"]] == ["A Name"]
    assert sign_in(gone, Role.USER).get("/api/user/model-calls").json()["count"] == 0

    while admin.get(f"/api/user/exports/{export['exportId']}").status_code != 404 and time.monotonic() < give_up:
        time.sleep(0.5)
    assert admin.get(f"/api/user/exports/{export['exportId']}").status_code == 404
    assert httpx.get(export["url"], timeout=60).status_code == 404
    assert sign_in(gone, Role.USER).get("/api/user/me").json()["userInfo"]["fullName"] == "Unknown User"
