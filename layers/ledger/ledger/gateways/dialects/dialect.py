"""What a dialect is: the names under which one kind of instrumentation says what a model call was, as data."""

from collections.abc import Container
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Final

from ledger.calls.model_call import CallType

type Names = tuple[str, ...]
"""Names of attributes, the preferred one first. `a#b.0.c` is the member `c` of the first in the array `b` of the object
in the text `a`, as JSON or as Python shows it."""


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """Under which names the facts of a call are found."""

    operation: Names = ()
    provider: Names = ()
    prefixed_model: Names = ()
    """A model behind its provider, as in openai/gpt-4o. It is read where no provider is named."""
    requested_model: Names = ()
    answered_model: Names = ()
    response_id: Names = ()
    input_tokens: Names = ()
    output_tokens: Names = ()
    cache_read_tokens: Names = ()
    cache_written_tokens: Names = ()
    cache_written_1h_tokens: Names = ()
    """Those of the written ones that stay in the cache for an hour."""
    reasoning_tokens: Names = ()
    input_audio_tokens: Names = ()
    cache_read_audio_tokens: Names = ()
    output_audio_tokens: Names = ()
    web_searches: Names = ()
    service_tier: Names = ()
    """How the provider says that it served the call."""
    cost: Names = ()
    """US dollars that the provider or the gateway charged."""
    cache_hit: Names = ()
    """Whether the gateway answered from a cache, and no provider was asked."""
    duration: Names = ()
    """Seconds, where they are not those between the span's start and end."""
    first_chunk_milliseconds: Names = ()
    first_chunk_seconds: Names = ()
    user: Names = ()
    app: Names = ()
    conversation: Names = ()
    output_type: Names = ()
    error: Names = ()

    def before(self, others: "Attributes") -> "Attributes":
        """Returns these names, each fact's followed by the others'."""
        return Attributes(**{fact: getattr(self, fact) + getattr(others, fact) for fact in FACTS})

    def without(self, names: Container[str]) -> "Attributes":
        """Returns these names without some."""
        return Attributes(**{fact: tuple(name for name in getattr(self, fact) if name not in names) for fact in FACTS})


FACTS: Final = tuple(fact.name for fact in fields(Attributes))


class CachedTokens(StrEnum):
    """Where cached tokens are counted."""

    WITHIN_INPUT = "within the input tokens"
    AS_PROVIDER = "as the provider counts them: Anthropic's beside the input tokens, others' within"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How one kind of instrumentation describes calls."""

    title: str
    scopes: Names = ()
    """What the names of its scopes begin with."""
    marks: Names = ()
    """Attributes that only this dialect has, by which its spans are known under other scopes' names."""
    own: Attributes
    """Its own names. Those of OpenTelemetry's conventions are read after them."""
    first_chunk_events: Names = ()
    """Events of a span that say when the first chunk came, where no attribute does."""
    unread: frozenset[str] = frozenset()
    """Names of OpenTelemetry's conventions that mean something else here."""
    types: dict[str, CallType] = field(default_factory=dict[str, CallType])
    """The operations that are calls of a model, beside those of OpenTelemetry's conventions."""
    others: frozenset[str] = frozenset()
    """The operations that are none, and repeat what the calls below them report."""
    frameworks: frozenset[str] = frozenset()
    """What it names as the provider, and is none."""
    cached_tokens: CachedTokens = CachedTokens.WITHIN_INPUT
    announces_streams: bool = False
    """Whether a span without usage announces a stream, which another span without a duration reports once it ended."""
