import os

from litellm_calls import make_calls

make_calls(
    {"callbacks": ["usage_ledger.calls"]},
    {
        "GENERIC_LOGGER_ENDPOINT": f"{os.environ['OTEL_EXPORTER_OTLP_ENDPOINT']}/api/ingest/litellm",
        "GENERIC_LOGGER_HEADERS": f"Authorization=Bearer {os.environ['LEDGER_KEY']}",
        "DEFAULT_FLUSH_INTERVAL_SECONDS": "1",
    },
)
