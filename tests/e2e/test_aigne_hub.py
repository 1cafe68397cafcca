"""A Hub's operator runs the connector beside the Hub's database, and the ledger has its calls."""

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

from ledger.core.identity import Role
from tests import aigne_hub as hub
from tests.e2e.conftest import SignIn
from tools.operate.stack import Stack
from tools.project import ROOT


def test_the_connector_sends_what_is_there_and_then_what_changes(stack: Stack, sign_in: SignIn, tmp_path: Path) -> None:
    did, run = f"did:hub:{uuid.uuid4()}", uuid.uuid4().hex[:12]
    database = tmp_path / "aikit.db"
    hub.create(database)
    now = int(time.time() * 1000)
    hub.put(
        database,
        *(hub.call(number, now - 3_600_000 + number, id=f"{run}{number:05}", userDid=did) for number in range(1_200)),
    )
    command = [
        *(sys.executable, "-m", "aigne_hub", "--once", "--ledger", stack.api_url),
        *("--database", str(database), "--state", str(tmp_path / "state")),
    ]
    environment = {**os.environ, "LEDGER_KEY": stack.create_key("aigne-hub", Role.RECORDER)}

    def connect() -> str:
        ran = subprocess.run(  # noqa: S603
            command, cwd=ROOT / "gateways", env=environment, capture_output=True, text=True, check=True
        )
        return ran.stderr

    assert "took 1200 calls" in connect()
    user = sign_in(did, Role.USER)
    listed = user.get("/api/user/model-calls", params={"id": f"{run}01199"}).json()["list"]
    assert [(row["providerId"], row["totalUsage"]) for row in listed] == [("openai", 2_699)]

    hub.put(database, hub.call(7, now, id=f"{run}00007", userDid=did, status="failed", credits=0))
    connect()
    (changed,) = user.get("/api/user/model-calls", params={"id": f"{run}00007"}).json()["list"]
    assert (changed["status"], changed["credits"]) == ("failed", 0)

    give_up = time.monotonic() + 120
    while (count := user.get("/api/user/model-calls").json()["count"]) != 1_200 and time.monotonic() < give_up:
        time.sleep(0.5)
    assert count == 1_200
