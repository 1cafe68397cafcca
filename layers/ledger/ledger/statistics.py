"""Usage statistics: whose usage is read for an answer, and how the answer is put together."""

import time
from collections.abc import Iterator

from ledger import keys
from ledger.call_usage import usage_of
from ledger.calls import Calls
from ledger.days import days
from ledger.model_call import ModelCall
from ledger.queries import AdminStatsQuery, StatsQuery
from ledger.registry import Registry
from ledger.stats_body import Boards, Stats, daily_stats, merged, model_stats, most_used, summary, totals, trend
from ledger.views import Usage

MOST_ON_A_BOARD = 10


def user_stats(calls: Calls, did: str, query: StatsQuery) -> Stats:
    """A user's own statistics."""
    scope = keys.user(did)
    return _stats(query, _usage(calls, did, query, scope)[scope])


def admin_stats(calls: Calls, registry: Registry, query: AdminStatsQuery) -> Stats:
    """Everybody's statistics with their boards, or one user's, one app's, or one user's in one app."""
    if query.user_did is None and query.app_did is None:
        usage = _usage(calls, None, query, keys.ALL, keys.USERS, keys.APPS)
        stats = _stats(query, usage[keys.ALL])
        return {**stats, **_boards(registry, merged(usage[keys.USERS][1:]), merged(usage[keys.APPS][1:]))}
    scope = keys.user(query.user_did) if query.user_did else keys.app(query.app_did or "")
    intervals = _usage(calls, query.user_did, query, scope)[scope]
    if query.user_did and query.app_did:
        intervals = [_of_app(usage, query.app_did) for usage in intervals]
    return _stats(query, intervals)


def _usage(calls: Calls, did: str | None, query: StatsQuery, *scopes: str) -> dict[str, list[Usage]]:
    """The usage of the previous period and of each day of the range."""
    start, end = query.start_time, query.end_time + 1
    boundaries = [2 * start - end, start, *(day.end for day in days(start, end, query.place))]
    return usage_of(_calls(calls, did, boundaries[0], query.end_time), boundaries, scopes)


def _calls(calls: Calls, did: str | None, start: int, end: int) -> Iterator[ModelCall]:
    first = keys.from_second(max(start, calls.expired(int(time.time())) + 1))
    last = keys.through_second(end)
    return calls.of_everybody(first, last) if did is None else calls.of_user(did, first, last)


def _stats(query: StatsQuery, intervals: list[Usage]) -> Stats:
    previous, *daily = intervals
    current = merged(daily)
    return {
        "summary": summary(current),
        "dailyStats": daily_stats(days(query.start_time, query.end_time + 1, query.place), daily),
        "modelStats": model_stats(current),
        "trendComparison": trend(current, previous),
    }


def _of_app(usage: Usage, did: str) -> Usage:
    return {series: measures for series, measures in usage.items() if series.app_did == did}


def _boards(registry: Registry, users: Usage, apps: Usage) -> Boards:
    top_users = most_used(users)[:MOST_ON_A_BOARD]
    top_apps = most_used(apps)[:MOST_ON_A_BOARD]
    details = registry.look_up(
        (series.user_did for series, _ in top_users),
        (series.app_did for series, _ in top_apps),
    )
    return {
        "topUsers": [
            {**totals(measures), "userDid": series.user_did, "userInfo": details.user(series.user_did)}
            for series, measures in top_users
        ],
        "topApps": [
            {**totals(measures), "appDid": series.app_did, "appInfo": details.app(series.app_did)}
            for series, measures in top_apps
        ],
    }
