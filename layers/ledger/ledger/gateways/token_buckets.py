"""Converts the token counts of gateways, which include cached and reasoning tokens in others, to disjoint buckets."""


def token_buckets(
    prompt: int, completion: int, cache_read: int, cache_written: int, reasoning: int, *, cached_beside: bool = False
) -> dict[str, int]:
    """Returns the usageMetrics of a call.

    Prompt tokens include the cached tokens, unless these are counted beside them, and completion tokens include the
    reasoning tokens. A part that is larger than its whole can't be within it, and is added. Reasoning tokens are part
    of the output tokens, and are returned by themselves as well.
    """
    cached = 0 if cached_beside else cache_read + cache_written
    buckets = {
        "inputTokens": prompt - cached if cached <= prompt else prompt,
        "outputTokens": completion if reasoning <= completion else completion + reasoning,
        "cacheReadInputTokens": cache_read,
        "cacheCreationInputTokens": cache_written,
    }
    return buckets | {"reasoningTokens": reasoning} if reasoning else buckets
