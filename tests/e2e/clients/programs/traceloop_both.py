import os

from anthropic_calls import make_calls as call_anthropic
from openai_calls import make_calls as call_openai
from telemetry import USER
from traceloop.sdk import Traceloop

Traceloop.init(
    app_name="checkout",
    api_endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    headers={"Authorization": f"Bearer {os.environ['LEDGER_KEY']}"},
    disable_batch=True,
)
Traceloop.set_association_properties({"user_id": USER})
call_openai()
call_anthropic()
