"""OpenTelemetry as a program sets it up, by the environment's OTEL_EXPORTER_OTLP_…; and for whom it makes its calls."""

import atexit
import os

from opentelemetry import context, trace
from opentelemetry.baggage import set_baggage
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

USER = os.environ["LEDGER_USER"]


def tracing(*processors: SpanProcessor) -> TracerProvider:
    """The global provider, which sends what is left when the program ends."""
    provider = TracerProvider(shutdown_on_exit=False)
    for processor in processors:
        provider.add_span_processor(processor)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    atexit.register(provider.shutdown)
    return provider


def tracing_with_baggage() -> TracerProvider:
    """With the user as baggage, which becomes an attribute of each span."""
    from opentelemetry.processor.baggage import ALLOW_ALL_BAGGAGE_KEYS, BaggageSpanProcessor

    context.attach(set_baggage("user.id", USER))
    return tracing(BaggageSpanProcessor(ALLOW_ALL_BAGGAGE_KEYS))
