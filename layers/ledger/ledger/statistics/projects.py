"""The apps ("projects") that were used, and their usage over time."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TypedDict

from ledger.calls.directory import AppInfo, Directory
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.identity import Identity
from ledger.core.moments import QUARTER_HOUR, TimeLeft, ceil_quarter_hour, floor_quarter_hour
from ledger.counting.measures import Measures
from ledger.counting.series import Series
from ledger.statistics.answer_types import Totals
from ledger.statistics.answers import totals
from ledger.statistics.archived_groups import GroupedUsage, UsedGroup
from ledger.statistics.trend_answers import Bucket, bucket, figures
from ledger.statistics.trends import METRICS, Parts, largest, read
from ledger.statistics.usage_query import Granularity, ProjectsQuery, UsageQuery, UsageSelection
from ledger.usage.reader import UsageReader

MOST_PROJECTS = 50
"""Told apart over time."""


class Project(AppInfo, Totals):
    """`lastCallTime` is the beginning of the quarter hour of the last call."""

    avgDuration: Decimal | None
    successRate: Decimal | None
    lastCallTime: int


class Projects(TypedDict):
    projects: list[Project]
    total: int
    page: int
    pageSize: int
    asOf: int | None
    """Of everybody's apps, the Unix second up to which calls are included: a few minutes ago. Null of one's own."""


class ProjectTotals(Totals):
    """Averages are in seconds."""

    avgDuration: Decimal | None
    avgTtfb: Decimal | None


class ProjectBucket(TypedDict):
    timestamp: int
    byProject: Mapping[str, ProjectTotals]


class ProjectTrends(TypedDict):
    projects: list[AppInfo]
    trends: list[ProjectBucket]
    granularity: Granularity
    asOf: int | None
    """As of the apps."""


class ProjectTrend(TypedDict):
    project: AppInfo
    trends: list[Bucket]


def projects(
    reader: UsageReader,
    archive: GroupedUsage,
    directory: Directory,
    identity: Identity,
    query: ProjectsQuery,
    time_left: TimeLeft,
) -> Projects:
    """One page of the apps that were used: one's own from the counters, everybody's from the archive."""
    period, selection = query.period(int(time.time())), _selection(identity, query)
    first, descending = (query.page - 1) * query.page_size, query.sort_order == "desc"
    if selection.is_everybody:
        with archive.open(period.start, period.end, selection.all_conditions, time_left) as groups:
            metric = METRICS[query.sort_by]
            page = groups.page("app", metric, query.page_size, first=first, descending=descending, named=True)
            shown, number, as_of = page.groups, page.number, groups.as_of
    else:
        _, buckets = query.buckets(period)
        boundaries = [period.start, *(bucket.end for bucket in buckets)]
        parts = _apps(reader, selection, boundaries)
        ranked = largest(parts, query.sort_by, len(parts))
        on_page = (ranked if descending else ranked[::-1])[first : first + query.page_size]
        last = _last_calls(reader, selection, {series: parts[series] for series in on_page}, boundaries)
        shown = [UsedGroup(series, Measures.sum(parts[series]), last[series]) for series in on_page]
        number, as_of = len(ranked), None
    entries = directory.look_up((), (app.series.app_did for app in shown))
    return {
        "projects": [
            _project(entries.app(app.series.app_did), app.measures, floor_quarter_hour(app.last_call)) for app in shown
        ],
        "total": number,
        "page": query.page,
        "pageSize": query.page_size,
        "asOf": as_of,
    }


def project_trends(
    reader: UsageReader,
    archive: GroupedUsage,
    directory: Directory,
    identity: Identity,
    query: UsageQuery,
    time_left: TimeLeft,
) -> ProjectTrends:
    """The most used apps over time; an app is left out of the buckets in which it was not used."""
    period, selection = query.period(int(time.time())), _selection(identity, query)
    granularity, buckets = query.buckets(period)
    if selection.is_everybody:
        with archive.open(period.start, period.end, selection.all_conditions, time_left) as groups:
            page = groups.page("app", "calls", MOST_PROJECTS, named=True)
            parts, as_of = groups.over_time("app", page.groups, buckets), groups.as_of
    else:
        parts, as_of = _apps(reader, selection, [period.start, *(bucket.end for bucket in buckets)]), None
    ranked = largest(parts, "totalCalls", MOST_PROJECTS)
    entries = directory.look_up((), (series.app_did for series in ranked))
    return {
        "projects": [entries.app(series.app_did) for series in ranked],
        "trends": [
            {
                "timestamp": bucket.timestamp,
                "byProject": {
                    series.app_did: _totals(parts[series][index]) for series in ranked if parts[series][index].calls
                },
            }
            for index, bucket in enumerate(buckets)
        ],
        "granularity": granularity,
        "asOf": as_of,
    }


def project_trend(reader: UsageReader, directory: Directory, identity: Identity, query: UsageQuery) -> ProjectTrend:
    """One app over time. Raises InvalidRequest for no app."""
    if not query.app_did:
        raise InvalidRequest(Problem("appDid", "the app whose usage is asked for"))
    period = query.period(int(time.time()))
    _, buckets = query.buckets(period)
    used = read(reader, query.selection(identity), [period.start, *(one.end for one in buckets)], None)
    return {
        "project": directory.look_up((), [query.app_did]).app(query.app_did),
        "trends": [bucket(one.timestamp, measures) for one, measures in zip(buckets, used.buckets, strict=True)],
    }


def _selection(identity: Identity, query: UsageQuery) -> UsageSelection:
    selection = query.selection(identity)
    if selection.is_one_app:
        raise InvalidRequest(Problem("appDid", "nothing beside allUsers: every app is answered"))
    return selection


def _apps(reader: UsageReader, selection: UsageSelection, boundaries: Sequence[int]) -> Parts:
    parts = read(reader, selection, boundaries, "app").parts
    return {series: buckets for series, buckets in parts.items() if series.app_did}


def _last_calls(
    reader: UsageReader, selection: UsageSelection, parts: Parts, boundaries: Sequence[int]
) -> dict[Series, int]:
    """When each was last called: in which bucket, then in which quarter hour of it."""
    intervals = list(pairwise(boundaries))
    last = {series: intervals[_last_used(buckets)] for series, buckets in parts.items()}
    if not last:
        return {}
    quarters = sorted({second for start, end in last.values() for second in _quarter_hours(start, end)})
    finer = _apps(reader, selection, quarters)
    # A call that was corrected between the two readings may have moved to another app.
    return {series: quarters[_last_used(finer[series])] if series in finer else last[series][0] for series in parts}


def _last_used(buckets: Sequence[Measures]) -> int:
    return max((index for index, measures in enumerate(buckets) if measures.calls), default=0)


def _quarter_hours(start: int, end: int) -> list[int]:
    return [start, *range(ceil_quarter_hour(start + 1), end, QUARTER_HOUR), end]


def _project(app: AppInfo, measures: Measures, last_call: int) -> Project:
    all_figures = figures(measures)
    return {
        **app,
        **totals(measures),
        "avgDuration": all_figures["avgDuration"],
        "successRate": all_figures["successRate"],
        "lastCallTime": last_call,
    }


def _totals(measures: Measures) -> ProjectTotals:
    all_figures = figures(measures)
    return {
        **totals(measures),
        "avgDuration": all_figures["avgDuration"],
        "avgTtfb": all_figures["avgTtfb"],
    }
