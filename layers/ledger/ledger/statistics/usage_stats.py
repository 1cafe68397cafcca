"""Usage statistics: whose usage is read for an answer, and how the answer is put together."""

import time

from ledger.core.scopes import EVERYBODY, Scope
from ledger.core.time_zones import days
from ledger.counting.series import narrowed
from ledger.statistics.answer_types import Stats
from ledger.statistics.answers import (
    daily_stats,
    merged,
    model_stats,
    summary,
    trend,
    unpriced_models,
)
from ledger.statistics.stats_query import AdminStatsQuery, StatsQuery
from ledger.usage.reader import Reading, UsageReader


def user_stats(reader: UsageReader, did: str, query: StatsQuery) -> Stats:
    """A user's own statistics."""
    scope = Scope.of_user(did)
    return _stats(query, reader.read({scope: _boundaries(query)})[scope])


def admin_stats(reader: UsageReader, query: AdminStatsQuery) -> Stats:
    """Everybody's statistics, or one user's, one app's, or one user's in one app."""
    boundaries = _boundaries(query)
    if query.is_everybody:
        return _administrators_stats(query, reader.read({EVERYBODY: boundaries})[EVERYBODY])
    scope = Scope.of_app(query.app_did or "") if query.user_did is None else Scope.of_user(query.user_did)
    reading = reader.read({scope: boundaries})[scope]
    if query.user_did and query.app_did:
        reading.intervals = [narrowed(usage, {"app_did": query.app_did}) for usage in reading.intervals]
    return _administrators_stats(query, reading)


def _boundaries(query: StatsQuery) -> list[int]:
    """The previous period, then each day of the range."""
    start, end = query.start_time, query.end_time + 1
    return [max(0, 2 * start - end), start, *(day.end for day in days(start, end, query.zone))]


def _administrators_stats(query: AdminStatsQuery, reading: Reading) -> Stats:
    """With the models that need a rate."""
    stats = _stats(query, reading)
    unpriced = unpriced_models(merged(reading.intervals[1:])) if stats["summary"]["unpricedCalls"] else []
    return {**stats, "unpricedModels": unpriced}


def _stats(query: StatsQuery, reading: Reading) -> Stats:
    previous, *daily = reading.intervals
    current = merged(daily)
    return {
        "summary": summary(current),
        "dailyStats": daily_stats(days(query.start_time, query.end_time + 1, query.zone), daily),
        "modelStats": model_stats(current),
        "trendComparison": trend(current, previous),
        "asOf": int(time.time()),
        "sources": {"daily": reading.from_daily, "live": reading.from_live, "calls": reading.from_calls},
    }
