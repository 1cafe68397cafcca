from contextlib import suppress

from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from opentelemetry import trace
from pydantic_ai import Agent
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from telemetry import tracing_with_baggage

tracing_with_baggage()
Agent.instrument_all()
openai = OpenAIProvider(openai_client=AsyncOpenAI(max_retries=0))
models = [
    OpenAIChatModel("gpt-4o-mini", provider=openai),
    OpenAIResponsesModel("gpt-4o-mini", provider=openai),
    AnthropicModel("claude-sonnet-4-5", provider=AnthropicProvider(anthropic_client=AsyncAnthropic(max_retries=0))),
]
for model in models:
    agent = Agent(model, retries=0)
    agent.run_sync("secret question")
    with suppress(ModelHTTPError):
        agent.run_sync("secret question: fail")
    for _ in agent.run_stream_sync("secret question").stream_text():
        pass
trace.get_tracer_provider().force_flush()
