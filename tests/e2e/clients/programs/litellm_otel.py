import os

from litellm_calls import make_calls

make_calls(
    {"callbacks": ["otel"], "turn_off_message_logging": True},
    {
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_ENDPOINT": f"{os.environ['OTEL_EXPORTER_OTLP_ENDPOINT']}/v1/traces",
        "OTEL_HEADERS": f"Authorization=Bearer {os.environ['LEDGER_KEY']}",
    },
)
