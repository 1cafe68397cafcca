from openai_calls import make_calls
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from telemetry import tracing_with_baggage

OpenAIInstrumentor().instrument(tracer_provider=tracing_with_baggage())
make_calls()
