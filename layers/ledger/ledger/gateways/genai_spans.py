"""Converts OpenTelemetry's GenAI spans to calls, by the semantic conventions of today and older ones: docs/gateways.md.

Only spans of models are calls. Spans of agents and tools repeat what the spans of models below them report.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from ledger.calls.model_call import CallStatus, CallType
from ledger.core.errors import InvalidRequest, Problem, TryAgain
from ledger.core.identity import Identity
from ledger.gateways.fields import Fields, count, number, text
from ledger.gateways.otlp import Span
from ledger.gateways.token_buckets import token_buckets
from ledger.recording.recorder import Recorder

_NANO: Final = 10**9
_OPERATIONS: Final[Mapping[str, CallType]] = {
    "chat": CallType.CHAT_COMPLETION,
    "generate_content": CallType.CHAT_COMPLETION,
    "text_completion": CallType.CHAT_COMPLETION,
    "completion": CallType.CHAT_COMPLETION,
    "embeddings": CallType.EMBEDDING,
    "embedding": CallType.EMBEDDING,
}
_OUTPUTS: Final = {"image": CallType.IMAGE_GENERATION, "speech": CallType.AUDIO_GENERATION}

# Each under the name of today, then under older ones.
_OPERATION: Final = ("gen_ai.operation.name", "llm.request.type")
_PROVIDER: Final = ("gen_ai.provider.name", "gen_ai.system")
_USER: Final = ("user.id", "enduser.id", "traceloop.association.properties.user_id")
_INPUT: Final = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
_OUTPUT: Final = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
_CACHE_READ: Final = ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens")
_CACHE_WRITTEN: Final = ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens")
_REASONING: Final = ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens")
_FIRST_CHUNK: Final = ("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token")
_ENVIRONMENT: Final = ("deployment.environment.name", "deployment.environment")


def record(spans: Iterable[Span], asker: Identity, recorder: Recorder) -> list[str]:
    """Record the calls among spans. Returns the reason for each span that was rejected.

    Raises TryAgain where calls could neither be stored nor queued: repeating the request does no harm.
    """
    calls: list[dict[str, Any]] = []
    rejected: list[str] = []
    for span in spans:
        try:
            if found := call(span, asker.did):
                calls.append(found)
        except InvalidRequest as error:
            rejected.append(str(error))
    receipt = recorder.record(calls, asker.writer)
    if any(each["retryable"] for each in receipt["rejected"]):
        raise TryAgain("the ledger is busy: send the same request again")
    return rejected + [each["error"] for each in receipt["rejected"]]


def call(span: Span, asker: str) -> dict[str, Any] | None:
    """Returns a span as a call that `POST /api/model-calls` accepts. None for a span that is not of a model.

    A call without a user gets the user `asker`. Raises InvalidRequest for a span whose attributes have wrong types.
    """
    fields = span.attributes
    request_model, response_model = text(fields, "gen_ai.request.model"), text(fields, "gen_ai.response.model")
    provider, model = _text(fields, _PROVIDER), response_model or request_model
    operation = _text(fields, _OPERATION) or ("chat" if provider and request_model else "")
    if operation not in _OPERATIONS:
        return None
    if not int(span.trace_id or "0", 16) or not int(span.span_id or "0", 16):
        raise InvalidRequest(Problem("spanId", "a span has a trace id and an id"))
    error_type = text(fields, "error.type")
    failed = span.is_error or error_type is not None
    service = text(span.resource, "service.name") or ""
    metadata = {
        "conversationId": text(fields, "gen_ai.conversation.id"),
        "requestModel": None if request_model == model else request_model,
        "environment": _text(span.resource, _ENVIRONMENT),
    }
    return {
        "id": f"{span.trace_id}-{span.span_id}",
        "userDid": _user(fields) or _user(span.resource) or asker,
        "appDid": None if service.startswith("unknown_service") else service,
        "providerId": provider or "unknown",
        "model": model or "unknown",
        "type": _OUTPUTS.get(text(fields, "gen_ai.output.type") or "", _OPERATIONS[operation]),
        "status": CallStatus.FAILED if failed else CallStatus.SUCCESS,
        "errorReason": ": ".join(filter(None, (error_type, span.message))) or "no reason given" if failed else None,
        "requestId": text(fields, "gen_ai.response.id"),
        "traceId": span.trace_id,
        "metadata": {name: value for name, value in metadata.items() if value} or None,
        "costUsd": number(fields, "gen_ai.usage.cost") or None,
        "usageMetrics": token_buckets(
            *(_count(fields, names) for names in (_INPUT, _OUTPUT, _CACHE_READ, _CACHE_WRITTEN, _REASONING))
        ),
        **_times(span),
    }


def _times(span: Span) -> dict[str, Any]:
    times: dict[str, Any] = {"callTime": span.start // _NANO} if span.start else {}
    if span.end >= span.start > 0:
        times["duration"] = round(Decimal(span.end - span.start) / _NANO, 3)
    first = [found for name in _FIRST_CHUNK if (found := number(span.attributes, name)) is not None]
    if first:
        times["ttfb"] = round(first[0] * 1000)
    return times


def _user(fields: Fields) -> str | None:
    named = {name: str(fields[name]) for name in _USER if name in fields}  # a number names a user as well
    return _text(named, _USER)


def _text(fields: Fields, names: Iterable[str]) -> str | None:
    return next(filter(None, (text(fields, name) for name in names)), None)


def _count(fields: Fields, names: Iterable[str]) -> int:
    return next(filter(None, (count(fields, name) for name in names)), 0)
