from openai_calls import make_calls
from openinference.instrumentation import using_user
from openinference.instrumentation.openai import OpenAIInstrumentor
from telemetry import USER, tracing

OpenAIInstrumentor().instrument(tracer_provider=tracing())
with using_user(USER):
    make_calls()
