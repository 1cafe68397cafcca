"""A LiteLLM proxy as its users have it: a config file that names a callback, and environment variables."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from tools.local.emulator import free_port
from tools.project import ROOT

PROXY: Final = "litellm[proxy]==1.106.2"
START_SECONDS: Final = 240
"""It is installed when it is first needed, and imports for some ten seconds."""
MASTER_KEY: Final = "sk-0123456789abcdef0123456789abcdef"


def _model(name: str, model: str, answer: object) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": {"model": model, "api_key": "sk-none", "mock_response": answer}}


MODELS: Final = [
    _model("fast", "openai/gpt-4o-mini", "Forty-two."),
    _model("broken", "openai/gpt-4o-mini", "litellm.RateLimitError"),
    _model("embedder", "openai/text-embedding-3-small", [0.1, 0.2, 0.3]),
    _model("unheard-of", "openai/no-such-model", "Hello."),
]
OUR_CALLBACK: Final = {"callbacks": ["usage_ledger.calls"]}
GENERIC_API: Final = {
    "success_callback": ["generic_api"],
    "failure_callback": ["generic_api"],
    "standard_logging_payload_excluded_fields": [
        *("messages", "response", "model_map_information", "model_parameters", "guardrail_information")
    ],
}


@contextmanager
def litellm_proxy(
    directory: Path, callback: dict[str, Any], *, endpoint: str, key: str, **sending: str
) -> Generator[Callable[[], httpx.Client]]:
    """A proxy that starts, and tells this endpoint of its calls, with this key. Called, it answers when it is up."""
    config = directory / "config.yaml"
    settings = {"litellm_settings": {**callback, "num_retries": 0}, "router_settings": {"num_retries": 0}}
    config.write_text(json.dumps({"model_list": MODELS, **settings}))  # JSON is YAML
    shutil.copy(ROOT / "gateways/usage_ledger.py", directory)
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "GENERIC_LOGGER_ENDPOINT": endpoint,
        "GENERIC_LOGGER_HEADERS": f"Authorization=Bearer {key}",
        **sending,
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
            yield lambda: _when_up(client, process, log)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _when_up(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> httpx.Client:
    give_up = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            client.get("/health/liveliness").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.2)
        else:
            return client
    raise RuntimeError(f"LiteLLM did not start:\n{log.read_text()[-3_000:]}")
