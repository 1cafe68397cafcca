"""OTLP requests as exporters send them."""

import time
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

USUAL: dict[str, Any] = {
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5-mini",
    "gen_ai.response.model": "gpt-5-mini",
    "gen_ai.response.id": "resp_1",
    "gen_ai.usage.input_tokens": 1_212,
    "gen_ai.usage.cache_read.input_tokens": 512,
    "gen_ai.usage.output_tokens": 164,
    "gen_ai.usage.reasoning.output_tokens": 100,
    "gen_ai.response.time_to_first_chunk": 0.41,
    "user.id": "alice",
}


def span(number: int, operation: str = "chat", attributes: Mapping[str, Any] | None = None) -> Span:
    """A span of a model, a minute ago, with some attributes other than usual; one that is None is left out."""
    start = int(time.time() - 60) * 10**9
    made = Span(
        trace_id=number.to_bytes(16),
        span_id=number.to_bytes(8),
        name=operation,
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=start,
        end_time_unix_nano=start + 2_400_000_000,
    )
    _add(made.attributes, {"gen_ai.operation.name": operation} | USUAL | dict(attributes or {}))
    return made


def request(*spans: Span, **resource: Any) -> ExportTraceServiceRequest:
    """One request with these spans of the service `checkout`."""
    made = ExportTraceServiceRequest()
    if spans:
        of_resource = made.resource_spans.add()
        _add(of_resource.resource.attributes, {"service.name": "checkout"} | resource)
        of_resource.scope_spans.add().spans.extend(spans)
    return made


def as_json(sent: ExportTraceServiceRequest) -> dict[str, Any]:
    """A request by OTLP's JSON mapping: protobuf's own, but with hexadecimal ids, and numbers for enums."""
    found: dict[str, Any] = json_format.MessageToDict(sent, use_integers_for_enums=True)
    pairs = zip(
        [one for each in sent.resource_spans for scope in each.scope_spans for one in scope.spans],
        [one for each in found.get("resourceSpans", []) for scope in each["scopeSpans"] for one in scope["spans"]],
        strict=True,
    )
    for message, written in pairs:
        written["traceId"], written["spanId"] = message.trace_id.hex(), message.span_id.hex()
        if message.parent_span_id:
            written["parentSpanId"] = message.parent_span_id.hex()
        for link, written_link in zip(message.links, written.get("links", []), strict=True):
            written_link["traceId"], written_link["spanId"] = link.trace_id.hex(), link.span_id.hex()
    return found


def _add(pairs: Any, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        if value is None:
            continue
        pair = KeyValue(key=name)
        if isinstance(value, str):
            pair.value.string_value = value
        elif isinstance(value, bool):
            pair.value.bool_value = value
        elif isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.double_value = value
        pairs.append(pair)
