"""A LiteLLM proxy, and eight calls through it: three chats, two responses, a message, an embedding and an image."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

USER = os.environ["LEDGER_USER"]
KEY = "sk-0123456789abcdef0123456789abcdef"
QUESTION = "secret question"
OPENAI = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": "none"}
ANTHROPIC = {"api_base": os.environ["ANTHROPIC_BASE_URL"], "api_key": "none"}
MODELS = {
    "gpt-4o-mini": {"model": "openai/gpt-4o-mini", **OPENAI},
    "text-embedding-3-small": {"model": "openai/text-embedding-3-small", **OPENAI},
    "gpt-image-1": {"model": "openai/gpt-image-1", **OPENAI},
    "claude-sonnet-4-5": {"model": "anthropic/claude-sonnet-4-5", **ANTHROPIC},
}
FLUSH_SECONDS = 4


def make_calls(settings: dict, environment: dict) -> None:
    """With these settings of LiteLLM, and beside others these variables of its environment."""
    with proxy(settings, environment) as client:
        call(client)


@contextmanager
def proxy(settings: dict, environment: dict, **config: dict) -> Generator[httpx.Client]:
    """A client with the master key. Files of its configuration are those beside this one, and the ledger's callback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with TemporaryDirectory() as directory:
        here = Path(__file__).parent
        for file in (*here.parents[3].glob("gateways/usage_ledger.py"), *here.glob("litellm_keys.py")):
            (Path(directory) / file.name).write_text(file.read_text())
        models = [{"model_name": name, "litellm_params": parameters} for name, parameters in MODELS.items()]
        config |= {"model_list": models, "litellm_settings": {**settings, "num_retries": 0}}
        config["router_settings"] = {"num_retries": 0, "disable_cooldowns": True}
        (Path(directory) / "config.yaml").write_text(json.dumps(config))
        command = [Path(sys.executable).with_name("litellm"), "--config", "config.yaml", "--host", "127.0.0.1"]
        server = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=directory,
            env={**os.environ, "LITELLM_MASTER_KEY": KEY, **environment},
            start_new_session=True,
        )
        try:
            headers = {"Authorization": f"Bearer {KEY}"}
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
                _wait_for(client)
                yield client
                time.sleep(FLUSH_SECONDS)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def _wait_for(client: httpx.Client) -> None:
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        try:
            client.get("/health/liveliness").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.5)
        else:
            return
    raise RuntimeError("LiteLLM did not start")


def call(client: httpx.Client, question: str = QUESTION, **asked: object) -> None:
    """Make the eight calls. What is asked beside the usual is added to each body."""

    def post(path: str, **body: object) -> httpx.Response:
        return client.post(path, json={"user": USER, **asked, **body})

    chat = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}]}
    post("/v1/chat/completions", **chat).raise_for_status()
    streamed = {"messages": [{"role": "user", "content": f"{question}, streamed"}], "stream": True}
    post("/v1/chat/completions", **{**chat, **streamed, "stream_options": {"include_usage": True}}).raise_for_status()
    post("/v1/chat/completions", **{**chat, "messages": [{"role": "user", "content": f"{question}: fail"}]})
    post("/v1/responses", model="gpt-4o-mini", input=question).raise_for_status()
    post("/v1/responses", model="gpt-4o-mini", input=f"{question}, streamed", stream=True).raise_for_status()
    post("/v1/embeddings", model="text-embedding-3-small", input=question).raise_for_status()
    post("/v1/images/generations", model="gpt-image-1", prompt=question).raise_for_status()
    message = {"model": "claude-sonnet-4-5", "max_tokens": 500, "messages": chat["messages"]}
    whose = {"metadata": {**asked.get("metadata", {}), "user_id": USER}}
    client.post("/v1/messages", json={**asked, **message, **whose}).raise_for_status()
