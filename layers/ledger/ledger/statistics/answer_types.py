"""The shape of a statistics answer."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NotRequired, TypedDict

from ledger.calls.directory import AppInfo, UnknownUser, UserInfo


class Totals(TypedDict):
    totalUsage: Decimal
    """Over calls of all types: tokens, images, seconds, …"""
    totalCredits: Decimal
    totalCalls: int
    """Those still processing too."""
    successCalls: int


class Summary(Totals):
    failedCalls: int
    unpricedCalls: int
    """Calls whose cost is not known. They are not free, but are counted as costing nothing."""
    modelCount: int
    """A model of two providers is two."""
    inputTokens: int
    """Without cached tokens: the four kinds of tokens are disjoint."""
    outputTokens: int
    cacheReadInputTokens: int
    cacheCreationInputTokens: int
    avgDuration: Decimal | None
    """Seconds, over the calls that have one."""
    avgTtfb: Decimal | None
    """Milliseconds until the first token, over the calls that have one."""
    byType: Mapping[str, Totals]
    """By the type of call, such as chatCompletion."""


class DayStats(Totals):
    date: str
    """In the time zone that was asked for."""
    timestamp: int
    """When the day begins, in Unix seconds."""
    credits: Decimal
    """The same as totalCredits."""
    tokens: Decimal
    """The usage of chat completions and embeddings."""
    requests: int
    """The same as totalCalls."""
    byType: Mapping[str, Totals]


class ProviderName(TypedDict):
    id: str
    name: str
    displayName: str


class ModelStats(Totals):
    providerId: str
    model: str
    provider: ProviderName


class UnpricedModel(TypedDict):
    """A model with calls whose cost is not known."""

    providerId: str
    model: str
    provider: ProviderName
    unpricedCalls: int
    totalCalls: int


class Growth(TypedDict):
    usageGrowth: Decimal
    """The change as a fraction of what was: 0.5 is half as much again, from nothing to something is 1."""
    creditsGrowth: Decimal
    callsGrowth: Decimal


class Trend(TypedDict):
    current: Totals
    previous: Totals
    """The period of the same length that ends where the range begins."""
    growth: Growth


class TopUser(Totals):
    userDid: str
    userInfo: UserInfo | UnknownUser


class TopApp(Totals):
    appDid: str
    appInfo: AppInfo


class Boards(TypedDict):
    topUsers: list[TopUser]
    topApps: list[TopApp]
    boardsAsOf: int | None


class Sources(TypedDict):
    """How many calls, previous period included, came from daily aggregates, live counters and the calls themselves."""

    daily: int
    live: int
    calls: int


class Stats(TypedDict):
    """`asOf` is when the counters were read: they hold every call that was recorded a few seconds earlier."""

    summary: Summary
    dailyStats: list[DayStats]
    """Every day of the range, ascending, those without calls too."""
    modelStats: list[ModelStats]
    """The five most used models."""
    trendComparison: Trend
    unpricedModels: NotRequired[list[UnpricedModel]]
    asOf: int
    """When the counters were read, in Unix seconds."""
    sources: Sources
    topUsers: NotRequired[list[TopUser]]
    """Everybody's statistics only: the ten with the most credits."""
    topApps: NotRequired[list[TopApp]]
    """Everybody's statistics only: the ten with the most credits."""
    boardsAsOf: NotRequired[int | None]
    """The Unix second up to which calls are in topUsers and topApps: a few minutes ago. Null where the range has too
    many calls to be ranked, and nobody is."""
