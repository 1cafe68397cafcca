"""An emulator ends with the process that started it, however that ends."""

import subprocess
import sys
import time
from pathlib import Path

import httpx

from tools.local.emulator import emulator, free_port
from tools.lock import holder
from tools.project import ROOT

KEEP_AN_EMULATOR = """
import sys, time
from pathlib import Path
from tools.local.emulator import emulator, free_port

with emulator(Path(sys.argv[1]), api_port=free_port()) as running:
    print(running.endpoint_url, flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_neither_emulator_nor_lock(tmp_path: Path) -> None:
    keeper = subprocess.Popen(  # noqa: S603 - this very Python
        [sys.executable, "-c", KEEP_AN_EMULATOR, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert keeper.stdout
    endpoint_url = keeper.stdout.readline().strip()
    assert holder(tmp_path) == keeper.pid

    keeper.kill()
    keeper.communicate()

    assert holder(tmp_path) is None
    assert not _answers_for(endpoint_url, seconds=5)
    with emulator(tmp_path, api_port=free_port()) as running:
        assert running.is_running


def _answers_for(url: str, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/_ministack/health")
        except httpx.ConnectError:
            return False
        time.sleep(0.05)
    return True
