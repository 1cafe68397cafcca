from agents_calls import make_calls
from openinference.instrumentation import using_user
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from telemetry import USER, tracing_with_baggage

provider = tracing_with_baggage()
OpenAIAgentsInstrumentor().instrument(tracer_provider=provider, exclusive_processor=True)
OpenAIInstrumentor().instrument(tracer_provider=provider)
with using_user(USER):
    make_calls()
