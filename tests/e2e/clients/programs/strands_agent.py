import os
from contextlib import suppress

from strands import Agent
from strands.models.anthropic import AnthropicModel
from strands.models.openai import OpenAIModel
from strands.telemetry import StrandsTelemetry
from telemetry import USER

telemetry = StrandsTelemetry().setup_otlp_exporter()
models = [
    OpenAIModel(client_args={"max_retries": 0}, model_id="gpt-4o-mini"),
    AnthropicModel(
        client_args={"max_retries": 0, "base_url": os.environ["ANTHROPIC_BASE_URL"]},
        model_id="claude-sonnet-4-5",
        max_tokens=500,
    ),
]
for model in models:
    for question in ("secret question", "secret question: fail"):
        agent = Agent(model=model, trace_attributes={"user.id": USER}, callback_handler=None, retry_strategy=None)
        with suppress(Exception):
            agent(question)
telemetry.tracer_provider.shutdown()
