"""Converts the token counts of gateways, which include cached and reasoning tokens in others, to disjoint buckets."""


def token_buckets(prompt: int, completion: int, cache_read: int, cache_written: int, reasoning: int) -> dict[str, int]:
    """Returns the usageMetrics of a call.

    Prompt tokens include the cached tokens, and completion tokens include the reasoning tokens. Some instrumentation
    reports them separately instead, which shows where a part is larger than its whole. Reasoning tokens are part of
    the output tokens, and are returned by themselves as well.
    """
    cached = cache_read + cache_written
    buckets = {
        "inputTokens": prompt - cached if cached <= prompt else prompt,
        "outputTokens": completion if reasoning <= completion else completion + reasoning,
        "cacheReadInputTokens": cache_read,
        "cacheCreationInputTokens": cache_written,
    }
    return buckets | {"reasoningTokens": reasoning} if reasoning else buckets
