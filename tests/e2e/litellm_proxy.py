"""A LiteLLM proxy as its users have it: the ledger's callback beside a config file, and two environment variables."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from local.emulator import ROOT, free_port

PROXY: Final = "litellm[proxy]==1.106.2"
START_SECONDS: Final = 240
"""It is installed when it is first needed, and imports for some ten seconds."""
MASTER_KEY: Final = "sk-0123456789abcdef0123456789abcdef"


def _model(name: str, model: str, answer: object) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": {"model": model, "api_key": "sk-none", "mock_response": answer}}


CONFIG: Final = {
    "model_list": [
        _model("fast", "openai/gpt-4o-mini", "Forty-two."),
        _model("broken", "openai/gpt-4o-mini", "litellm.RateLimitError"),
        _model("embedder", "openai/text-embedding-3-small", [0.1, 0.2, 0.3]),
        _model("unheard-of", "openai/no-such-model", "Hello."),
    ],
    "litellm_settings": {"callbacks": ["usage_ledger.calls"], "num_retries": 0},
    "router_settings": {"num_retries": 0},
}


@contextmanager
def litellm_proxy(directory: Path, *, endpoint: str, key: str) -> Generator[httpx.Client]:
    """A client of a proxy that tells this endpoint of its calls, with this key."""
    config = directory / "config.yaml"
    config.write_text(json.dumps(CONFIG))  # JSON is YAML
    shutil.copy(ROOT / "gateways/usage_ledger.py", directory)
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "GENERIC_LOGGER_ENDPOINT": endpoint,
        "GENERIC_LOGGER_HEADERS": f"Authorization=Bearer {key}",
        "DEFAULT_FLUSH_INTERVAL_SECONDS": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_MASTER_KEY": MASTER_KEY,
    } | {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_"))}
    uv = shutil.which("uv") or str(ROOT / ".local/uv/bin/uv")
    command = [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", PROXY, "litellm"]
    log = directory / "litellm.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603
            [*command, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)],
            env=environment,
            cwd=directory,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {MASTER_KEY}"}, timeout=60
    )
    try:
        with client:
            _wait_until_up(client, process, log)
            yield client
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_up(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            client.get("/health/liveliness").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"LiteLLM did not start:\n{log.read_text()[-3_000:]}")
