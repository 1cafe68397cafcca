"""The figures of /api/usage: their shape, and how they are made from measures."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NotRequired, TypedDict

from ledger.calls.directory import AppInfo, UnknownUser, UserInfo
from ledger.counting.measures import Measures
from ledger.statistics.answer_types import ProviderName, Sources, Totals
from ledger.statistics.answers import mean, totals
from ledger.statistics.usage_query import Granularity

MILLISECONDS = 1_000
"""Of a second."""


class Figures(Totals):
    """Averages, in seconds, and the rate, 0 to 100 and of the finished calls, are null where nothing has them."""

    failedCalls: int
    unpricedCalls: int
    totalTokens: int
    inputTokens: int
    outputTokens: int
    cacheReadInputTokens: int
    cacheCreationInputTokens: int
    successRate: Decimal | None
    avgDuration: Decimal | None
    avgTtfb: Decimal | None


class Bucket(Figures):
    """An hour or a day; `calls` repeats totalCalls under the name that AIGNE Hub has here."""

    timestamp: int
    calls: int


class ByBucket(TypedDict):
    """A group's figures in each bucket, in their order."""

    totalCredits: list[Decimal]
    totalCalls: list[int]
    totalUsage: list[Decimal]
    totalTokens: list[int]


class Group(Figures):
    """What one model, provider, type, app or user has of the usage. Calls without an app have the app ""."""

    byBucket: ByBucket
    providerId: NotRequired[str]
    provider: NotRequired[ProviderName]
    model: NotRequired[str]
    type: NotRequired[str]
    appDid: NotRequired[str]
    appInfo: NotRequired[AppInfo]
    userDid: NotRequired[str]
    userInfo: NotRequired[UserInfo | UnknownUser]


class Trends(TypedDict):
    """`rest` is what the groups leave of the total; null where they leave nothing, or nothing was asked apart."""

    granularity: Granularity
    startTime: int
    endTime: int
    trends: list[Bucket]
    total: Figures
    previous: Figures
    groups: list[Group]
    rest: Group | None
    asOf: int
    groupsAsOf: int | None
    """The Unix second up to which calls are in `groups`, a few minutes ago, where these are users, or everybody's apps.
    Null where they are as new as everything else."""
    sources: Sources


def figures(measures: Measures) -> Figures:
    return {
        **totals(measures),
        "failedCalls": measures.failures,
        "unpricedCalls": measures.unpriced,
        "totalTokens": measures.tokens,
        "inputTokens": measures.input_tokens,
        "outputTokens": measures.output_tokens,
        "cacheReadInputTokens": measures.cache_read_input_tokens,
        "cacheCreationInputTokens": measures.cache_creation_input_tokens,
        "successRate": mean(Decimal(100 * measures.successes), measures.successes + measures.failures),
        "avgDuration": mean(measures.duration, measures.durations),
        "avgTtfb": mean(measures.ttfb / MILLISECONDS, measures.ttfbs),
    }


def bucket(timestamp: int, measures: Measures) -> Bucket:
    return {**figures(measures), "timestamp": timestamp, "calls": measures.calls}


def group(buckets: Sequence[Measures]) -> Group:
    return {
        **figures(Measures.sum(buckets)),
        "byBucket": {
            "totalCredits": [measures.credits for measures in buckets],
            "totalCalls": [measures.calls for measures in buckets],
            "totalUsage": [measures.total_usage for measures in buckets],
            "totalTokens": [measures.tokens for measures in buckets],
        },
    }
