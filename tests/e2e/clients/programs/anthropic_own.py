from anthropic_calls import make_calls
from telemetry import tracing_with_baggage

tracing_with_baggage()
make_calls()
