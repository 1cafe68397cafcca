"""Sixteen calls of two teams through a LiteLLM proxy, each with a key and a tag, and two that its cache answers."""

import os
import time

from litellm_calls import QUESTION, USER, call, proxy
from litellm_keys import KEYS

with proxy(
    {"callbacks": ["usage_ledger.calls"], "cache": True, "cache_params": {"type": "local"}},
    {
        "GENERIC_LOGGER_ENDPOINT": f"{os.environ['OTEL_EXPORTER_OTLP_ENDPOINT']}/api/ingest/litellm",
        "GENERIC_LOGGER_HEADERS": f"Authorization=Bearer {os.environ['LEDGER_KEY']}",
        "DEFAULT_FLUSH_INTERVAL_SECONDS": "1",
    },
    general_settings={"custom_auth": "litellm_keys.whose"},
) as client:
    for key, its in KEYS.items():
        client.headers["Authorization"] = f"Bearer {key}"
        question, asked = f"{QUESTION} of {its['team_alias']}", {"metadata": {"tags": [f"of {its['team_alias']}"]}}
        call(client, question, **asked)
    time.sleep(1)
    for path, body in {
        "/v1/chat/completions": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}]},
        "/v1/embeddings": {"model": "text-embedding-3-small", "input": question},
    }.items():
        client.post(path, json={"user": USER, **asked, **body}).raise_for_status()
