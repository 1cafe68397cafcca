"""Tokens as gateways tell them, with cached and reasoning tokens within the others, in buckets that are disjoint."""


def token_buckets(prompt: int, completion: int, cache_read: int, cache_written: int, reasoning: int) -> dict[str, int]:
    """A call's usageMetrics. Prompt tokens hold the cached ones, completion tokens the reasoning ones.

    Some instrumentation tells them beside each other instead: that is plain where a part is more than the whole.
    Reasoning tokens are reported in addition, and are a part of the output.
    """
    cached = cache_read + cache_written
    buckets = {
        "inputTokens": prompt - cached if cached <= prompt else prompt,
        "outputTokens": completion if reasoning <= completion else completion + reasoning,
        "cacheReadInputTokens": cache_read,
        "cacheCreationInputTokens": cache_written,
    }
    return buckets | {"reasoningTokens": reasoning} if reasoning else buckets
