"""A LiteLLM proxy refuses calls while a budget is spent, makes them when it is raised, and outlives its ledger."""

import os
import time

import httpx
from litellm_calls import MODELS, QUESTION, USER, proxy

LEDGER = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
CALLBACKS = {"callbacks": ["usage_ledger.calls", "usage_ledger.budgets"]}
PATIENCE = 180
"""Seconds: functions of the ledger read budgets again after a minute."""
MODELS["fast"] = MODELS["gpt-4o-mini"]
CHAT = {"model": "fast", "user": USER, "messages": [{"role": "user", "content": QUESTION}]}


def variables(ledger: str) -> dict[str, str]:
    return {
        "GENERIC_LOGGER_ENDPOINT": f"{ledger}/api/ingest/litellm",
        "GENERIC_LOGGER_HEADERS": f"Authorization=Bearer {os.environ['LEDGER_KEY']}",
        "DEFAULT_FLUSH_INTERVAL_SECONDS": "1",
    }


def set_budget(amount: float) -> None:
    budget = {"name": "Small talk", "userDid": USER, "providerId": "openai", "model": "gpt-4o-mini"}
    httpx.put(
        f"{LEDGER}/api/admin/budgets/litellm",
        json={**budget, "amount": amount, "period": "month"},
        headers={"Authorization": f"Bearer {os.environ['LEDGER_ADMIN']}"},
    ).raise_for_status()


def chat_until(status: int) -> httpx.Response:
    give_up = time.monotonic() + PATIENCE
    while (answer := client.post("/v1/chat/completions", json=CHAT)).status_code != status:
        if time.monotonic() > give_up:
            raise RuntimeError(f"{answer.status_code} instead of {status}: {answer.text}")
        time.sleep(3)
    return answer


set_budget(0.0001)
with proxy(CALLBACKS, variables(LEDGER)) as client:
    client.post("/v1/chat/completions", json=CHAT).raise_for_status()
    refused = chat_until(429)
    said = refused.json()["error"]["message"]
    assert said.startswith("The budget Small talk is spent. It resets at 20"), said
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["x-should-retry"] == "false"
    assert client.post("/v1/responses", json={"model": "fast", "user": USER, "input": QUESTION}).status_code == 429
    words = {"model": "text-embedding-3-small", "user": USER, "input": QUESTION}
    client.post("/v1/embeddings", json=words).raise_for_status()
    set_budget(1)
    chat_until(200)

for on_failure, status in (("allow", 200), ("deny", 503)):
    nowhere = variables("http://127.0.0.1:9") | {"USAGE_LEDGER_ON_FAILURE": on_failure}
    with proxy(CALLBACKS, nowhere) as client:
        picture = {"model": "gpt-image-1", "user": USER, "prompt": QUESTION}
        answer = client.post("/v1/images/generations", json=picture)
        assert answer.status_code == status, answer.text
