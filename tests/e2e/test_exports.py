"""What is exported is what is listed, on the deployed stack: by HTTP, with signed links, and for its owner alone."""

import csv
import hashlib
import io
import time
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from ledger.core.identity import Role
from tests.e2e.conftest import SignIn
from tools.operate.stack import Stack

HOUR = 3_600
PATIENCE = 60
"""Seconds within which a job has long written a handful of rows."""
EXPORT = "/api/user/model-calls/export"
RECORDED = 5


@pytest.fixture(scope="module")
def dora(stack: Stack) -> str:
    """A user with five calls, some of whose texts are not plain."""
    did = f"did:dora:{uuid.uuid4()}"
    models = ("gpt-4o", "claude-sonnet-4-5", '=1+1,"quoted"', "模型", "gpt-4o")
    now = int(time.time())
    calls = [_call(did, model=model, callTime=now - 60 * number) for number, model in enumerate(models)]
    answer = httpx.post(
        f"{stack.api_url}/api/model-calls",
        json={"calls": calls},
        headers={"Authorization": f"Bearer {stack.token('gateway', Role.RECORDER)}"},
        timeout=60,
    )
    assert answer.json()["recorded"] == RECORDED
    return did


def test_a_small_export_is_downloaded_by_the_request_that_asks_for_it(dora: str, sign_in: SignIn) -> None:
    """Its rows are the list's. The link itself is all that the bucket is shown: no token leaves for it."""
    client = sign_in(dora, Role.USER)
    listed = client.get("/api/user/model-calls").json()["list"]
    file = client.get(EXPORT, follow_redirects=True)
    assert [answer.status_code for answer in (*file.history, file)] == [303, 200]
    assert "authorization" not in file.request.headers
    assert file.history[0].content == file.content, "who does not follow the redirect has the file, too"
    assert file.headers["Content-Disposition"].startswith("attachment")
    rows = _rows(file)
    assert [row["Request ID"] for row in rows] == [call["id"] for call in listed]
    assert len(rows) == RECORDED
    for row, call in zip(rows, listed, strict=True):
        assert row["User DID"] == dora
        assert row["Model"].removeprefix("'") == call["model"]
        assert Decimal(row["Credits"]) == Decimal(str(call["credits"]))
        assert (row["Status"], row["Call Time"]) == (call["status"], str(call["callTime"]))


def test_the_answer_says_what_the_file_holds(dora: str, sign_in: SignIn) -> None:
    client = sign_in(dora, Role.USER)
    body = _asked_as_json(client)
    file = httpx.get(body["url"], timeout=60).content
    assert body["rows"] == RECORDED
    assert body["bytes"] == len(file)
    assert body["sha256"] == hashlib.sha256(file).hexdigest()
    assert [export["exportId"] for export in client.get("/api/user/exports").json()["exports"]].count(body["exportId"])


def test_parquet_has_the_same_rows(dora: str, sign_in: SignIn, tmp_path: Path) -> None:
    client = sign_in(dora, Role.USER)
    listed = client.get("/api/user/model-calls").json()["list"]
    path = tmp_path / "calls.parquet"
    path.write_bytes(client.get(EXPORT, params={"format": "parquet"}, follow_redirects=True).content)
    found = duckdb.read_parquet(str(path)).project("id, model, CAST(credits AS VARCHAR)").fetchall()
    assert found == [(call["id"], call["model"], "0.0000000001") for call in listed]


def test_an_export_of_many_rows_or_of_nobody_knows_how_many_is_written_by_a_job(dora: str, sign_in: SignIn) -> None:
    """Which has its own role, is called by the requests', and is watched until it is ready."""
    client = sign_in(dora, Role.USER)
    begun = client.get(EXPORT, params={"search": "GPT"}, headers={"Accept": "application/json"})
    assert begun.status_code == 202, begun.text
    assert begun.json()["rowsTotal"] is None
    give_up = time.monotonic() + PATIENCE
    while (export := client.get(begun.headers["Location"]).json())["status"] == "running":
        assert time.monotonic() < give_up, export
        time.sleep(float(begun.headers["Retry-After"]))
    assert export["status"] == "ready", export
    file = httpx.get(export["url"], timeout=60)
    assert [row["Model"] for row in _rows(file)] == ["gpt-4o", "gpt-4o"]
    assert export["sha256"] == hashlib.sha256(file.content).hexdigest()


def test_nobody_else_is_told_of_an_export(dora: str, sign_in: SignIn) -> None:
    export = _asked_as_json(sign_in(dora, Role.USER))
    his = sign_in(f"did:emil:{uuid.uuid4()}", Role.USER)
    assert his.get(f"/api/user/exports/{export['exportId']}").status_code == 404
    assert his.get("/api/user/exports").json() == {"exports": []}
    assert sign_in("did:root", Role.ADMIN).get(f"/api/user/exports/{export['exportId']}").status_code == 200


def test_a_link_that_is_not_signed_for_what_it_asks_is_refused(dora: str, sign_in: SignIn) -> None:
    link = httpx.URL(_asked_as_json(sign_in(dora, Role.USER))["url"])
    assert httpx.get(link, timeout=60).status_code == 200
    signature = link.params["X-Amz-Signature"]
    forged = signature.translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    for other in (
        link.copy_set_param("X-Amz-Signature", forged),
        link.copy_set_param("X-Amz-Expires", "604800"),
        link.copy_with(query=None),
    ):
        assert httpx.get(other, timeout=60).status_code == 403, other


def _asked_as_json(client: httpx.Client) -> dict[str, Any]:
    answer = client.get(EXPORT, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _rows(file: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))


def _call(did: str, **fields: Any) -> dict[str, Any]:
    usual = {
        "id": str(uuid.uuid4()),
        "userDid": did,
        "providerId": "anthropic",
        "type": "chatCompletion",
        "status": "success",
        "credits": "0.0000000001",
        "usageMetrics": {"inputTokens": 100, "outputTokens": 20},
    }
    return usual | fields
