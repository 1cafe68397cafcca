"""OTLP over HTTP: the spans of a request, and its answer, in the encoding of the request (protobuf or JSON).

https://opentelemetry.io/docs/specs/otlp/#otlphttp. Importing protobuf is slow, so only the function that receives
traces imports this module.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any, cast

import orjson
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from google.rpc import code_pb2  # pyright: ignore[reportMissingTypeStubs]
from google.rpc.status_pb2 import Status as RpcStatus
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from ledger.core.errors import (
    Forbidden,
    InvalidRequest,
    LedgerError,
    Problem,
    TooLarge,
    TooManyRequests,
    TryAgain,
    Unauthenticated,
    UnknownEncoding,
)
from ledger.http.errors import ERROR_RESPONSES, error_headers
from ledger.http.request_body import LARGEST_BATCH, read_body

_CODES: Mapping[type[LedgerError], int] = {
    InvalidRequest: code_pb2.INVALID_ARGUMENT,
    UnknownEncoding: code_pb2.INVALID_ARGUMENT,
    Unauthenticated: code_pb2.UNAUTHENTICATED,
    Forbidden: code_pb2.PERMISSION_DENIED,
    TooLarge: code_pb2.RESOURCE_EXHAUSTED,
    TooManyRequests: code_pb2.RESOURCE_EXHAUSTED,
    TryAgain: code_pb2.UNAVAILABLE,
}
_MOST_REASONS = 5
_IDS = ("traceId", "spanId", "parentSpanId")
_SCALARS = frozenset({"string_value", "int_value", "double_value", "bool_value"})


class Encoding(StrEnum):
    """The encodings of a request, by its Content-Type."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Encoding":
        """The encoding of an HTTP API event and of its answer. Any other Content-Type is answered in JSON."""
        return cls.PROTOBUF if _content_type(event) == cls.PROTOBUF else cls.JSON


@dataclass(frozen=True, slots=True)
class Span:
    """Ids are hexadecimal, times nanoseconds since 1970. Attributes are texts, numbers and booleans.

    `scope` and `version` are those of the instrumentation that made the span; `parent_id` is empty where it has none.
    Of the events of one name, only the time of the earliest is known.
    """

    trace_id: str
    span_id: str
    parent_id: str
    scope: str
    version: str
    start: int
    end: int
    is_error: bool
    message: str
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    events: Mapping[str, int] = field(default_factory=dict[str, int])


def spans(event: Mapping[str, Any]) -> Iterator[Span]:
    """The spans in an HTTP API event. Raises UnknownEncoding, TooLarge, InvalidRequest for what can't be decoded."""
    if _content_type(event) not in set(Encoding):
        raise UnknownEncoding(f"Content-Type is {' or '.join(Encoding)}")
    encoding, body = Encoding.of(event), read_body(event, LARGEST_BATCH)
    try:
        request = (
            ExportTraceServiceRequest.FromString(body) if encoding is Encoding.PROTOBUF else _parsed(_with_ids(body))
        )
    except (DecodeError, json_format.ParseError, ValueError, RecursionError):
        raise InvalidRequest(Problem("body", f"not an ExportTraceServiceRequest in {encoding}")) from None
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield Span(
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex().strip("0") and span.parent_span_id.hex(),
                    scope_spans.scope.name,
                    scope_spans.scope.version,
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    span.status.code == Status.STATUS_CODE_ERROR,
                    span.status.message,
                    _attributes(span.attributes),
                    resource,
                    dict(sorted(((one.name, one.time_unix_nano) for one in span.events), reverse=True)),
                )


def success(rejected: Sequence[str], encoding: Encoding, warning: str = "") -> dict[str, Any]:
    """The answer to a request that was accepted, with the reasons for which spans were rejected.

    A warning is for whoever runs the exporter. Without spans, it is the answer to metrics and logs as well.
    """
    response = ExportTraceServiceResponse()
    reasons = [*sorted(set(rejected))[:_MOST_REASONS], *filter(None, [warning])]
    if reasons:
        response.partial_success.rejected_spans = len(rejected)
        response.partial_success.error_message = " | ".join(reasons)
    return _answer(HTTPStatus.OK, response, encoding)


def failure(error: LedgerError, encoding: Encoding) -> dict[str, Any]:
    """The answer to a request that failed as a whole."""
    status = ERROR_RESPONSES[type(error)].status
    return _answer(status, RpcStatus(code=_CODES[type(error)], message=str(error)), encoding, error_headers(error))


def _content_type(event: Mapping[str, Any]) -> str:
    content_type: str = event["headers"].get("content-type", "")
    return content_type.partition(";")[0].strip().lower()


def _answer(
    status: HTTPStatus, message: Message, encoding: Encoding, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    is_binary = encoding is Encoding.PROTOBUF
    return {
        "statusCode": status.value,
        "headers": {"Content-Type": encoding.value, "Cache-Control": "no-store", **(headers or {})},
        "body": base64.b64encode(message.SerializeToString()).decode()
        if is_binary
        else orjson.dumps(json_format.MessageToDict(message)).decode(),
        "isBase64Encoded": is_binary,
    }


def _parsed(value: Any) -> ExportTraceServiceRequest:
    if not isinstance(value, dict):
        raise json_format.ParseError("a request is an object")
    return json_format.ParseDict(cast("dict[str, Any]", value), ExportTraceServiceRequest(), ignore_unknown_fields=True)


def _with_ids(body: bytes) -> Any:
    """The JSON of a request with ids in base64, as protobuf's JSON encodes bytes. In OTLP they are hexadecimal."""
    request = _json(body)
    for resource_spans in _objects(request, "resourceSpans"):
        for scope_spans in _objects(resource_spans, "scopeSpans"):
            for span in _objects(scope_spans, "spans"):
                span.pop("links", None)  # they have ids too, and are not needed
                for name in _IDS:
                    if isinstance(span.get(name), str):
                        span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return request


def _json(body: bytes) -> Any:
    """Decode JSON. Unpaired surrogates, which JavaScript produces where it cuts a text, are replaced."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return orjson.loads(json.dumps(json.loads(body), ensure_ascii=False).encode(errors="replace"))


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    found: Any = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return [one for one in cast("list[Any]", found) if isinstance(one, dict)] if isinstance(found, list) else []


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        if kind in _SCALARS:
            found[pair.key] = getattr(pair.value, kind)
    return found
