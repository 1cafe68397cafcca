"""Which spans are about the same call, and which calls some spans are, whatever the order in which they came.

Where a framework and the SDK below it are both instrumented, each makes a span of the same call. A span below another
is the same call as that; so are two spans of different instrumentations with the same response of the same provider.
docs/decisions/0022-one-call-once.md has the reasons.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from ledger.gateways.dialects.anthropic_sdk import ANTHROPIC_SDK
from ledger.gateways.dialects.dialects import dialect_of
from ledger.gateways.dialects.openinference import LANGCHAIN
from ledger.gateways.nesting import ends, groups
from ledger.gateways.reading import Reading

_UNIQUE = 20
"""Characters that a response id has at least, if it is to tell one response from all others.

OpenAI's, Anthropic's, Gemini's, vLLM's and llama.cpp's have more. Ollama's are one of 999.
"""
_APART = 2 * 10**9
"""Nanoseconds by which the times of two spans of the same call may miss each other."""

type SpanKey = tuple[str, str]
"""A span's trace and its id."""


def key(reading: Reading) -> SpanKey:
    return reading.trace_id, reading.span_id


def has_unique_response(reading: Reading) -> bool:
    """Whether its response can be told from all others of its provider."""
    return bool(reading.provider) and len(reading.response_id) >= _UNIQUE


def is_of_an_sdk(reading: Reading) -> bool:
    """Whether a provider's own SDK made it, for every call, whatever else instruments the SDK."""
    return dialect_of(reading.scope, ()) is ANTHROPIC_SDK


def is_of_callbacks(reading: Reading) -> bool:
    """Whether a framework's callbacks made it, beside the spans of the SDK below the framework."""
    return reading.scope in LANGCHAIN


@dataclass(frozen=True)
class Part:
    """One call: the spans that are the call itself, the innermost first, and those above them, the nearest first."""

    spans: Sequence[Reading]
    above: Sequence[Reading]

    @property
    def innermost(self) -> Reading:
        return self.spans[0]

    @property
    def is_used(self) -> bool:
        return any(span.tokens for span in self.spans)


@dataclass(frozen=True)
class Family:
    """All spans that are connected with each other. What they are follows from them alone."""

    spans: Sequence[Reading]

    @property
    def revision(self) -> int:
        """Rises with every span that is added."""
        return len(self.spans)

    def has_earlier(self, received_at: str) -> bool:
        """Whether some of it did not come with the request that was received at a moment, in ISO 8601."""
        return any(span.received_at != received_at for span in self.spans)

    @cached_property
    def parts(self) -> list[Part]:
        """The calls: spans without others below them, each response once, and no stream that is reported elsewhere."""
        by_key = {key(span): span for span in self.spans}
        responses = groups(list(by_key), _response_pairs(self.spans))
        group_of = {each: number for number, group in enumerate(responses) for each in group}
        below = [(group_of[upper], group_of[lower]) for lower, upper in _nested_pairs(by_key)]

        def in_order(levels: Iterable[Iterable[int]]) -> list[Reading]:
            spans = ([by_key[each] for number in level for each in responses[number]] for level in levels)
            return [span for level in spans for span in sorted(level, key=_outwards)]

        found = [Part(in_order([end.groups]), in_order(end.above)) for end in ends(len(responses), below)]
        return [part for part in found if not any(span.announces for span in (*part.spans, *part.above))]

    @property
    def withdrawn(self) -> list[str]:
        """The ids of the calls that spans may have been before others came, and are not now."""
        calls = {part.innermost.id for part in self.parts}
        return [span.id for span in self.spans if span.id not in calls and not span.announces]

    def below(self, above: Reading) -> list[Part]:
        """The calls below a span."""
        return [part for part in self.parts if above in part.above]


def families(spans: Iterable[Reading]) -> list[Family]:
    """Spans, put together with those that they are connected with."""
    by_key = {key(span): span for span in sorted(spans, key=key)}
    pairs = [*_nested_pairs(by_key), *_response_pairs(list(by_key.values()))]
    return [Family([by_key[each] for each in group]) for group in groups(list(by_key), pairs)]


def _outwards(span: Reading) -> tuple[bool, int, str]:
    """The order of spans of the same call from the inside: an SDK's own first, else the one that began last."""
    return not is_of_an_sdk(span), -span.start, span.id


def _nested_pairs(by_key: Mapping[SpanKey, Reading]) -> Iterator[tuple[SpanKey, SpanKey]]:
    """The spans that are the same call as the one above them, each with that one."""
    for span in by_key.values():
        above = by_key.get((span.trace_id, span.parent_id))
        if above and above is not span and _is_within(span, above):
            yield key(span), key(above)


def _is_within(span: Reading, above: Reading) -> bool:
    """Whether a span is surely the same call as the one above it, and none that a tool made meanwhile.

    It began meanwhile, and is of the same type. They have a model in common, or are of the same provider where one of
    them names no model. A gateway's provider may be another than that of the SDK with which it is reached.
    """
    if span.type is not above.type or not above.start - _APART <= span.start <= above.end + _APART:
        return False
    models, models_above = span.models, above.models
    if models and models_above:
        return not models.isdisjoint(models_above)
    return span.provider == above.provider or not (span.provider and above.provider)


def _response_pairs(spans: Sequence[Reading]) -> Iterator[tuple[SpanKey, SpanKey]]:
    same: defaultdict[tuple[str, str], list[Reading]] = defaultdict(list)
    for span in spans:
        if has_unique_response(span):
            same[span.provider, span.response_id].append(span)
    for group in same.values():
        for one, other in combinations(group, 2):
            if _have_same_response(one, other):
                yield key(one), key(other)


def _have_same_response(one: Reading, other: Reading) -> bool:
    """Whether two spans with the same response id are surely the same call.

    They are of different instrumentations, of the same time, and have a model in common where both name one.
    """
    return (
        one.scope != other.scope
        and one.start - _APART <= other.end
        and other.start - _APART <= one.end
        and not (one.models and other.models and one.models.isdisjoint(other.models))
    )
