from agents_calls import make_calls
from openinference.instrumentation import using_user
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from telemetry import USER, tracing

OpenAIAgentsInstrumentor().instrument(tracer_provider=tracing(), exclusive_processor=True)
with using_user(USER):
    make_calls()
