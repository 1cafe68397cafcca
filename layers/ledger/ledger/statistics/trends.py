"""Usage over time, by the hour or day of a time zone, and in groups."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from ledger.calls.directory import Directory, DirectoryEntries
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.identity import Identity
from ledger.core.moments import TimeLeft
from ledger.counting.measures import ZERO, Measures
from ledger.counting.series import Series, Usage
from ledger.statistics.answer_types import Sources
from ledger.statistics.answers import provider_name
from ledger.statistics.archived_groups import Grouped, GroupedUsage
from ledger.statistics.trend_answers import Group, Trends, bucket, figures, group
from ledger.statistics.usage_query import Grouping, Ranking, TrendsQuery, UsageSelection
from ledger.usage.reader import Reading, UsageReader

MOST_GROUPS = 20
_NAMES: dict[Grouping, tuple[str, ...]] = {
    "model": ("provider_id", "model"),
    "provider": ("provider_id",),
    "type": ("type",),
    "app": ("app_did",),
    "user": ("user_did",),
}
"""What makes the series of one group alike."""

METRICS: dict[Ranking, str] = {
    "totalCredits": "credits",
    "totalCalls": "calls",
    "totalTokens": "totalTokens",
    "unpricedCalls": "unpricedCalls",
}
"""The metric of the archive by which groups are ranked."""

type Parts = dict[Series, list[Measures]]
"""What each group has used in each bucket."""


@dataclass(frozen=True)
class UsageOverTime:
    """Usage of a selection in the buckets of a period, and in the period of the same length before."""

    previous: Measures
    buckets: list[Measures]
    parts: Parts
    sources: Sources


def trends(
    reader: UsageReader,
    archive: GroupedUsage,
    directory: Directory,
    identity: Identity,
    query: TrendsQuery,
    time_left: TimeLeft,
    *,
    most_groups: int = MOST_GROUPS,
) -> Trends:
    """Raises Forbidden for others' usage without the role, InvalidRequest for groups that make no sense."""
    now = int(time.time())
    period, selection = query.period(now), query.selection(identity)
    granularity, buckets = query.buckets(period)
    boundaries = [period.start, *(one.end for one in buckets)]
    archived = _archived(selection, query.group_by)
    counted = None if archived else query.group_by
    used = read(reader, selection, boundaries, counted, since=max(0, 2 * period.start - period.end))
    as_of = None
    if archived:
        with archive.open(period.start, period.end, selection.all_conditions, time_left) as groups:
            page = groups.page(archived, METRICS[query.sort_by], most_groups)
            used = replace(used, parts=groups.over_time(archived, page.groups, buckets))
            as_of = groups.as_of
    ranked = largest(used.parts, query.sort_by, most_groups)
    entries = directory.look_up(
        (series.user_did for series in ranked if series.user_did),
        (series.app_did for series in ranked if series.app_did),
    )
    return {
        "granularity": granularity,
        "startTime": period.start,
        "endTime": period.end - 1,
        "trends": [bucket(one.timestamp, measures) for one, measures in zip(buckets, used.buckets, strict=True)],
        "total": figures(Measures.sum(used.buckets)),
        "previous": figures(used.previous),
        "groups": [_named(query.group_by, series, used.parts[series], entries) for series in ranked],
        "rest": _rest(used, ranked) if query.group_by else None,
        "asOf": now,
        "groupsAsOf": as_of,
        "sources": used.sources,
    }


def read(
    reader: UsageReader,
    selection: UsageSelection,
    boundaries: Sequence[int],
    group_by: Grouping | None,
    *,
    since: int | None = None,
) -> UsageOverTime:
    """The usage between ascending boundaries, by group, and from `since` up to the first boundary."""
    reading = reader.read({selection.scope: boundaries if since is None else [since, *boundaries]})[selection.scope]
    intervals = [selection.of(usage) for usage in reading.intervals]
    previous = {} if since is None else intervals.pop(0)
    buckets = [Measures.sum(usage.values()) for usage in intervals]
    parts = _parts(intervals, group_by) if group_by else {}
    return UsageOverTime(Measures.sum(previous.values()), buckets, parts, _sources(reading))


def largest(parts: Parts, ranking: Ranking, most: int) -> list[Series]:
    """The groups that have most of it, largest first."""
    sums = {series: Measures.sum(buckets) for series, buckets in parts.items()}
    used = [series for series, total in sums.items() if total.calls > 0]
    return sorted(used, key=lambda series: (-_rank(sums[series], ranking), -sums[series].calls, series))[:most]


def _rank(measures: Measures, ranking: Ranking) -> int:
    match ranking:
        case "totalCredits":
            return measures.credits_units
        case "totalCalls":
            return measures.calls
        case "totalTokens":
            return measures.tokens
        case "unpricedCalls":
            return measures.unpriced
        case _:
            assert_never(ranking)


def _archived(selection: UsageSelection, group_by: Grouping | None) -> Grouped | None:
    """What the archive tells apart, as the scope's counters don't."""
    if group_by == "user" and selection.is_one_user:
        raise InvalidRequest(Problem("groupBy", "user, only for the usage of more than one (allUsers)"))
    if group_by == "app" and selection.is_one_app:
        raise InvalidRequest(Problem("groupBy", "model, provider, type or user: this is the usage of one app"))
    if group_by == "user" or (group_by == "app" and selection.is_everybody):
        return group_by
    return None


def _parts(intervals: Sequence[Usage], group_by: Grouping) -> Parts:
    names = _NAMES[group_by]
    parts: Parts = defaultdict(lambda: [ZERO] * len(intervals))
    for index, usage in enumerate(intervals):
        for series, measures in usage.items():
            parts[Series(**{name: getattr(series, name) for name in names})][index] += measures
    return parts


def _rest(used: UsageOverTime, ranked: Iterable[Series]) -> Group | None:
    rest = _less(used.buckets, [used.parts[series] for series in ranked])
    return group(rest) if any(rest) else None


def _less(buckets: Sequence[Measures], parts: Iterable[Sequence[Measures]]) -> list[Measures]:
    """What some parts leave of the buckets."""
    left = list(buckets)
    for part in parts:
        for index, measures in enumerate(part):
            left[index] += -measures
    return left


def _named(group_by: Grouping | None, series: Series, buckets: Sequence[Measures], entries: DirectoryEntries) -> Group:
    body = group(buckets)
    match group_by:
        case "model":
            provider = provider_name(series.provider_id)
            return {**body, "providerId": series.provider_id, "model": series.model, "provider": provider}
        case "provider":
            return {**body, "providerId": series.provider_id, "provider": provider_name(series.provider_id)}
        case "type":
            return {**body, "type": series.type}
        case "app":
            return {**body, "appDid": series.app_did, "appInfo": entries.app(series.app_did)}
        case "user":
            return {**body, "userDid": series.user_did, "userInfo": entries.user(series.user_did)}
        case None:
            return body
        case _:
            assert_never(group_by)


def _sources(reading: Reading) -> Sources:
    return {"daily": reading.from_daily, "live": reading.from_live, "calls": reading.from_calls}
