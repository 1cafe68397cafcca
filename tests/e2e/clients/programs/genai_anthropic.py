from anthropic_calls import make_calls
from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor
from telemetry import tracing_with_baggage

AnthropicInstrumentor().instrument(tracer_provider=tracing_with_baggage())
make_calls()
