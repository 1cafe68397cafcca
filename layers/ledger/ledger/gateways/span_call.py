"""A call as `POST /api/model-calls` accepts it, put together from the spans that are about it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from ledger.calls.model_call import CallStatus
from ledger.gateways.fields import FROM_API_KEY
from ledger.gateways.reading import Reading
from ledger.gateways.same_call import Family, Part

_NANO: Final = 10**9
_MOST_INSTRUMENTATIONS: Final = 8


def calls(family: Family) -> list[dict[str, Any]]:
    """The calls that a family of spans is."""
    return [_call(part, family) for part in family.parts]


def _call(part: Part, family: Family) -> dict[str, Any]:
    """The usage is one span's, what the provider says the innermost's that knows, user and app the outermost's.

    A span above several calls says what all of them used, so its usage and cost count only where no doubt is left.
    """
    innermost, outwards = part.innermost, [*part.spans, *part.above]
    only = [above for above in part.above if len(family.below(above)) == 1]
    used = _used(part, family)
    source = used or innermost
    requested = _first(span.requested_model for span in outwards)
    answered = _first(span.answered_model for span in outwards)
    model = requested or answered or "unknown"
    user = _first(span.user for span in _inwards(part))
    return {
        "id": innermost.id,
        "revision": family.revision,
        "userDid": user or innermost.asker,
        "appDid": _first(span.app for span in _inwards(part)),
        "providerId": _first(span.provider for span in outwards) or "unknown",
        "model": model,
        "responseModel": None if answered == model else answered,
        "serviceTier": _first(span.service_tier for span in outwards),
        "type": innermost.type,
        "status": CallStatus.FAILED if source.is_failed else CallStatus.SUCCESS,
        "errorReason": _first(span.error for span in outwards) or "no reason given" if source.is_failed else None,
        "requestId": _first(span.response_id for span in [*part.spans, *only]),
        "traceId": (part.above[-1] if part.above else innermost).trace_id,
        "metadata": _metadata(outwards, is_askers=not user),
        "costUsd": next((span.cost for span in [*part.spans, *only] if span.cost is not None), None),
        "ttfb": next((span.ttfb for span in [*part.spans, *only] if span.ttfb is not None), None),
        "usageMetrics": used.tokens if used else None,
        **_times(innermost),
    }


def _used(part: Part, family: Family) -> Reading | None:
    """The span whose usage is the call's: its own, else that of the nearest above, if no call below that has its own.

    Of several calls without usage below it, the last that succeeded gets it: the others are failed attempts.
    """
    own = next((span for span in part.spans if span.tokens), None)
    if own:
        return own
    for above in part.above:
        if above.tokens:
            below = family.below(above)
            last = max(below, key=lambda each: (not each.innermost.is_failed, each.innermost.end, each.innermost.id))
            return above if last is part and not any(each.is_used for each in below) else None
    return None


def _inwards(part: Part) -> Iterable[Reading]:
    return [*reversed(part.above), *reversed(part.spans)]


def _metadata(outwards: Sequence[Reading], *, is_askers: bool) -> dict[str, Any] | None:
    found = {
        "conversationId": _first(span.conversation for span in outwards),
        "environment": _first(span.environment for span in outwards),
        "mergedSpans": len(outwards) if len(outwards) > 1 else None,
        "instrumentations": sorted({span.scope for span in outwards})[:_MOST_INSTRUMENTATIONS]
        if len(outwards) > 1
        else None,
        "userFrom": FROM_API_KEY if is_askers else None,
    }
    return {name: value for name, value in found.items() if value} or None


def _times(span: Reading) -> dict[str, Any]:
    times: dict[str, Any] = {"callTime": span.start // _NANO} if span.start else {}
    if span.end >= span.start > 0:
        times["duration"] = round(Decimal(span.end - span.start) / _NANO, 3)
    return times


def _first(texts: Iterable[str]) -> str | None:
    return next(filter(None, texts), None)
