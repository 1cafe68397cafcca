from anthropic_calls import make_calls
from openinference.instrumentation import using_user
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from telemetry import USER, tracing

AnthropicInstrumentor().instrument(tracer_provider=tracing())
with using_user(USER):
    make_calls()
