"""Converts the token counts of gateways, which include cached and reasoning tokens in others, to disjoint buckets."""

from collections.abc import Mapping
from typing import Final

from ledger.pricing.meters import Meter

_NONE: Final[Mapping[Meter, int]] = {}


def token_buckets(
    prompt: int,
    completion: int,
    cache_read: int,
    cache_written: int,
    told: Mapping[Meter, int] = _NONE,
    *,
    cached_beside: bool = False,
) -> dict[str, int]:
    """Returns the usageMetrics of a call.

    Prompt tokens include the cached tokens, unless these are counted beside them, and completion tokens include the
    reasoning tokens. A part that is larger than its whole can't be within it, and is added. What is `told` of the
    tokens, such as how many of the output were reasoning, is returned by itself as well.
    """
    reasoning = told.get(Meter.REASONING, 0)
    cached = 0 if cached_beside else cache_read + cache_written
    buckets = {
        "inputTokens": prompt - cached if cached <= prompt else prompt,
        "outputTokens": completion if reasoning <= completion else completion + reasoning,
        "cacheReadInputTokens": cache_read,
        "cacheCreationInputTokens": cache_written,
    }
    return buckets | {meter.value: number for meter, number in told.items() if number}
