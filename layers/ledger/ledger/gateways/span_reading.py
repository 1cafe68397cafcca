"""Reads a span by its dialect: what it says of a call, or why it is none. docs/gateways.md has the names."""

from decimal import Decimal
from typing import Final

from ledger.calls.model_call import CallType
from ledger.core.errors import InvalidRequest, Problem
from ledger.gateways.attributes import first_count, first_name, first_number, first_text
from ledger.gateways.dialects.dialect import Attributes, CachedTokens, Dialect
from ledger.gateways.dialects.dialects import DIALECTS, dialect_of
from ledger.gateways.dialects.opentelemetry import OPENTELEMETRY
from ledger.gateways.fields import Fields, encodable, identifier
from ledger.gateways.models import counts_cached_beside, provider_before, provider_of, without_provider
from ledger.gateways.otlp import Span
from ledger.gateways.reading import Reading
from ledger.gateways.received import Became
from ledger.gateways.token_buckets import token_buckets
from ledger.pricing.meters import Meter
from ledger.pricing.providers import canonical

_NANO: Final = 10**9
_MILLI: Final = 10**6
_LONGEST_ERROR: Final = 500
_OUTPUTS: Final = {"image": CallType.IMAGE_GENERATION, "speech": CallType.AUDIO_GENERATION}
_ENVIRONMENT: Final = ("deployment.environment.name", "deployment.environment")
_RESOURCE_APP: Final = ("service.name",)
_TOLD: Final = {
    Meter.CACHE_CREATION_1H: "cache_written_1h_tokens",
    Meter.REASONING: "reasoning_tokens",
    Meter.INPUT_AUDIO: "input_audio_tokens",
    Meter.CACHE_READ_AUDIO: "cache_read_audio_tokens",
    Meter.OUTPUT_AUDIO: "output_audio_tokens",
    Meter.WEB_SEARCH: "web_searches",
}
"""What may be told beside the four buckets, by the fact that a dialect has names for."""


def _of_models() -> frozenset[str]:
    """The attributes that only spans of models have, and of what repeats them."""
    names = (
        getattr(dialect.own, fact)
        for dialect in DIALECTS
        for fact in ("requested_model", "answered_model", "input_tokens", "output_tokens", "prefixed_model")
    )
    return frozenset(name.partition("#")[0] for each in names for name in each)


_OF_MODELS: Final = _of_models()
_TYPES: Final = {dialect.title: OPENTELEMETRY.types | dialect.types for dialect in DIALECTS}
_NAMES: Final = {dialect.title: dialect.own.before(OPENTELEMETRY.own.without(dialect.unread)) for dialect in DIALECTS}


def read(span: Span, asker: str, received_at: str) -> Reading | Became:
    """Returns what a span says of a call, or why it is none.

    Raises InvalidRequest for a model's span whose attributes have wrong types, or that has no id.
    """
    dialect = dialect_of(span.scope, span.attributes)
    names = _NAMES[dialect.title]
    fields = span.attributes
    call_type = _type(fields, names, dialect)
    if isinstance(call_type, Became):
        return call_type
    if not int(span.trace_id or "0", 16) or not int(span.span_id or "0", 16):
        raise InvalidRequest(Problem("spanId", "a span has a trace id and an id"))
    provider, requested, answered = _models(fields, names, dialect)
    tokens = _tokens(fields, names, dialect, provider, requested or answered)
    error = first_name(fields, names.error)
    is_failed = span.is_error or bool(error)
    duration = first_number(fields, names.duration)
    start = span.end - int(duration * _NANO) if duration and span.end else span.start
    response_id = first_text(fields, names.response_id)
    service = first_name(span.resource, _RESOURCE_APP)
    return Reading(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_id,
        scope=identifier(span.scope),
        type=call_type,
        start=max(start, 0),
        end=span.end,
        provider=provider,
        requested_model=requested,
        answered_model=answered,
        response_id=response_id,
        user=first_name(fields, names.user) or first_name(span.resource, names.user),
        app=first_name(fields, names.app) or ("" if service.startswith("unknown_service") else service),
        conversation=first_name(fields, names.conversation),
        environment=first_name(span.resource, _ENVIRONMENT),
        tokens=tokens,
        cost=_cost(fields, names),
        ttfb=_first_chunk(span, start, names, dialect),
        is_failed=is_failed,
        error=encodable(": ".join(filter(None, (error, span.message))))[:_LONGEST_ERROR] if is_failed else "",
        announces=dialect.announces_streams
        and not (
            tokens or is_failed or response_id or duration is not None or "gen_ai.response.finish_reasons" in fields
        ),
        asker=asker,
        received_at=received_at,
        service_tier=first_text(fields, names.service_tier),
    )


def _type(fields: Fields, names: Attributes, dialect: Dialect) -> CallType | Became:
    """The type of a call. Operations are those of the dialect and of OpenTelemetry's conventions.

    A span without one is a call if it names a provider and a model, as older ones do.
    """
    operations = [found for name in names.operation if (found := first_text(fields, (name,)))]
    types = _TYPES[dialect.title]
    if any(operation in dialect.others or operation in OPENTELEMETRY.others for operation in operations):
        return Became.REPEATS
    for operation in operations:
        if operation in types:
            return _OUTPUTS.get(first_text(fields, names.output_type), types[operation])
    is_of_model = not _OF_MODELS.isdisjoint(fields)
    if (
        not operations
        and is_of_model
        and first_text(fields, names.provider)
        and first_text(fields, names.requested_model)
    ):
        return CallType.CHAT_COMPLETION
    return Became.UNKNOWN_OPERATION if is_of_model else Became.OF_NO_MODEL


def _models(fields: Fields, names: Attributes, dialect: Dialect) -> tuple[str, str, str]:
    """The provider, the model that was asked for and the one that answered."""
    requested, answered = first_text(fields, names.requested_model), first_text(fields, names.answered_model)
    named = first_text(fields, names.provider)
    provider = canonical(named) if named and named not in dialect.frameworks else ""
    provider = provider or provider_before(first_text(fields, names.prefixed_model)) or provider_before(requested)
    provider = provider or provider_of(requested or answered)
    return provider, without_provider(requested, provider), without_provider(answered, provider)


def _tokens(fields: Fields, names: Attributes, dialect: Dialect, provider: str, model: str) -> dict[str, int]:
    fresh, output, read, written = (
        first_count(fields, each)
        for each in (names.input_tokens, names.output_tokens, names.cache_read_tokens, names.cache_written_tokens)
    )
    told = {meter: first_count(fields, getattr(names, name)) for meter, name in _TOLD.items()}
    beside = dialect.cached_tokens is CachedTokens.AS_PROVIDER and counts_cached_beside(provider, model)
    if not any((fresh, output, read, written, *told.values())):
        return {}
    return token_buckets(fresh, output, read, written, told, cached_beside=beside)


def _cost(fields: Fields, names: Attributes) -> Decimal | None:
    """US dollars. Zero for what a cache answered; any other zero is no price."""
    if any(fields.get(name) in (True, "True", "true") for name in names.cache_hit):
        return Decimal(0)
    return first_number(fields, names.cost) or None


def _first_chunk(span: Span, start: int, names: Attributes, dialect: Dialect) -> int | None:
    """Milliseconds from the start to the first chunk, by an attribute, else by an event within the span."""
    milliseconds = first_number(span.attributes, names.first_chunk_milliseconds)
    if milliseconds is not None:
        return round(milliseconds)
    seconds = first_number(span.attributes, names.first_chunk_seconds)
    if seconds is not None:
        return round(seconds * 1000)
    times = (span.events.get(name, 0) for name in dialect.first_chunk_events)
    first = next((time for time in times if 0 < start <= time <= span.end), None)
    return None if first is None else round((first - start) / _MILLI)
