"""Usage over time and the apps that were used, for any range, zone, selection and grouping: the sums of their calls."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.aws.settings import settings as aws_settings
from ledger.calls.directory import Directory
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core.errors import Forbidden, InvalidRequest
from ledger.core.identity import Identity, Role
from ledger.core.moments import DAY, HOUR, QUARTER_HOUR
from ledger.core.time_zones import hours, named_zone
from ledger.query.engine import QueryEngine
from ledger.statistics.archived_groups import GroupedUsage
from ledger.statistics.projects import project_trends, projects
from ledger.statistics.trends import trends
from ledger.statistics.usage_query import ProjectsQuery, TrendsQuery, UsageQuery
from tests.integration.small_world import call, small_world
from tests.integration.world import World, plenty

NOW = int(datetime(2027, 4, 6, 7, 20, 11, tzinfo=UTC).timestamp())
SPAN = 12 * DAY
ADMIN, ALICE = Identity("root", Role.ADMIN), Identity("a", Role.USER)
DIRECTORY = Directory("RegistryTable")
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham"]
KEYS: dict[str, Callable[[ModelCall], object]] = {
    "model": lambda one: (one.provider_id, one.model),
    "provider": lambda one: one.provider_id,
    "type": lambda one: one.type,
    "app": lambda one: one.app_did or "",
    "user": lambda one: one.user_did,
}
NAMES: dict[str, Callable[[Any], object]] = {
    "model": lambda group: (group["providerId"], group["model"]),
    "provider": lambda group: group["providerId"],
    "type": lambda group: group["type"],
    "app": lambda group: group["appDid"],
    "user": lambda group: group["userDid"],
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Calls of twelve days: the older ones aggregated, the newer ones not."""
    rng = random.Random(5)
    with time_machine.travel(NOW - DAY, tick=False) as clock, small_world(retention=90 * DAY) as made:
        for night in range(2):
            now = int(time.time())
            made.record(
                *(
                    call(
                        f"{night}-{number}",
                        now - rng.randrange(SPAN if number % 2 else DAY),
                        user_did=rng.choice("aab"),
                        app_did=rng.choice(("x", "y", None)),
                        model=rng.choice(("gpt-5", "o3")),
                        provider_id=rng.choice(("openai", "azure")),
                        type=rng.choice((CallType.CHAT_COMPLETION, CallType.EMBEDDING)),
                        credits=Decimal(rng.randrange(10**7)).scaleb(-10),
                        status=rng.choice(list(CallStatus)),
                        cost_source=rng.choice(list(CostSource)),
                        cache_read_input_tokens=rng.randrange(50),
                        duration=rng.choice((None, Decimal("0.5"), Decimal(2))),
                    )
                    for number in range(60)
                )
            )
            made.catch_up()
            if night == 0:
                clock.shift(DAY)
                made.aggregate()
                clock.move_to(NOW)
        made.minute_passes()
        clock.move_to(NOW)
        yield made


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Who asks for what, as query parameters and as the identity."""
    grid = draw(st.sampled_from((1, QUARTER_HOUR, HOUR)))
    seconds = st.integers(NOW - SPAN, NOW).map(lambda second: second // grid * grid)
    start, end = sorted(draw(st.lists(seconds, min_size=2, max_size=2, unique=True)))
    question: dict[str, Any] = {"startTime": start, "endTime": end - 1, "timezone": draw(st.sampled_from(ZONES))}
    if end - start <= 3 * DAY:
        question["granularity"] = draw(st.sampled_from((None, "hour", "day")))
    whose = ({"allUsers": False}, {"allUsers": True}, {"userDid": "b"}, {"allUsers": True, "userDid": "a"})
    question |= draw(st.sampled_from(whose))
    for name, values in {"appDid": ["x"], "model": ["o3"], "providerId": ["azure"], "type": ["embedding"]}.items():
        if draw(st.integers(0, 3)) == 0:
            question[name] = draw(st.sampled_from(values))
    return question


def archive() -> GroupedUsage:
    """The archive, which has all calls."""
    return GroupedUsage(QueryEngine.of(aws_settings()))


def asked(world: World, identity: Identity, question: dict[str, Any]) -> list[ModelCall]:
    """What a reader of the calls takes the question to be about."""
    user = question.get("userDid") or (None if question.get("allUsers") else identity.did)
    return [
        one
        for one in world.all_calls
        if user in (None, one.user_did)
        and question.get("appDid") in (None, one.app_did)
        and question.get("model") in (None, one.model)
        and question.get("providerId") in (None, one.provider_id)
        and question.get("type") in (None, one.type)
    ]


def figures(calls: Iterable[ModelCall]) -> dict[str, Any]:
    these = list(calls)
    durations = [one.duration for one in these if one.duration is not None]
    done = [one for one in these if one.status is not CallStatus.PROCESSING]
    successes = [one for one in done if one.status is CallStatus.SUCCESS]
    buckets = {
        "inputTokens": sum(one.input_tokens for one in these),
        "outputTokens": sum(one.output_tokens for one in these),
        "cacheReadInputTokens": sum(one.cache_read_input_tokens for one in these),
        "cacheCreationInputTokens": sum(one.cache_creation_input_tokens for one in these),
    }
    return {
        **buckets,
        "totalTokens": sum(buckets.values()),
        "totalCalls": len(these),
        "successCalls": len(successes),
        "failedCalls": len(done) - len(successes),
        "unpricedCalls": sum(one.cost_source is CostSource.UNPRICED for one in done),  # all of these use tokens
        "totalCredits": sum((one.credits for one in these), Decimal(0)),
        "totalUsage": sum((one.total_usage for one in these), Decimal(0)),
        "successRate": mean(Decimal(100 * len(successes)), len(done)),
        "avgDuration": mean(sum(durations, Decimal(0)), len(durations)),
        "avgTtfb": None,
    }


def mean(total: Decimal, number: int) -> Decimal | None:
    return (total / number).quantize(Decimal("0.001")) if number else None


def within(calls: Iterable[ModelCall], start: int, end: int) -> list[ModelCall]:
    return [one for one in calls if start <= one.call_time < end]


@settings(max_examples=12)
@given(question=questions(), group_by=st.sampled_from((None, *KEYS)))
def test_every_bucket_and_group_is_the_sum_of_its_calls(
    world: World, question: dict[str, Any], group_by: str | None
) -> None:
    query = TrendsQuery.model_validate({**question, "groupBy": group_by})
    try:
        answer = trends(world.reader, archive(), DIRECTORY, ADMIN, query, plenty)
    except InvalidRequest:
        everybody = question.get("allUsers") and "userDid" not in question
        assert (group_by == "user" and not everybody) or (group_by == "app" and everybody and "appDid" in question)
        return
    calls = asked(world, ADMIN, question)
    start, end = question["startTime"], question["endTime"] + 1
    now = within(calls, start, end)
    assert answer["total"] == figures(now)
    assert answer["previous"] == figures(within(calls, 2 * start - end, start))

    zone = named_zone(question["timezone"])
    starts = [bucket["timestamp"] for bucket in answer["trends"]]
    assert starts == sorted(set(starts))
    for bucket, (since, until) in zip(
        answer["trends"], pairwise([start, *(max(start, one) for one in starts[1:]), end]), strict=True
    ):
        assert bucket == {
            **figures(within(now, since, until)),
            "timestamp": bucket["timestamp"],
            "calls": len(within(now, since, until)),
        }
        shown = datetime.fromtimestamp(bucket["timestamp"], zone)
        assert shown.minute == 0 or question["timezone"] == "Australia/Lord_Howe"
        assert answer["granularity"] == "hour" or shown.hour == 0
        last = datetime.fromtimestamp(until - 1, zone)
        assert last.date() - shown.date() == timedelta(0)

    if group_by is None:
        assert answer["groups"] == []
        assert answer["rest"] is None
        return
    key, name = KEYS[group_by], NAMES[group_by]
    assert answer["rest"] is None
    assert {name(group) for group in answer["groups"]} == {key(one) for one in now}
    for group in answer["groups"]:
        own = [one for one in now if key(one) == name(group)]
        assert {field: group[field] for field in figures([])} == figures(own)
        assert sum(group["byBucket"]["totalCredits"]) == group["totalCredits"]
        assert sum(group["byBucket"]["totalUsage"]) == group["totalUsage"]
        by_bucket = zip(group["byBucket"]["totalCalls"], group["byBucket"]["totalTokens"], strict=True)
        assert [one for one, _ in by_bucket] == [
            len(within(own, since, until))
            for since, until in pairwise([start, *(max(start, one) for one in starts[1:]), end])
        ]
        assert sum(group["byBucket"]["totalTokens"]) == group["totalTokens"]
    dearest = [group["totalCredits"] for group in answer["groups"]]
    assert dearest == sorted(dearest, reverse=True)


@pytest.mark.parametrize("field", ["totalCredits", "totalCalls", "totalTokens", "unpricedCalls"])
def test_what_the_largest_groups_leave_is_the_rest(world: World, field: str) -> None:
    query = TrendsQuery(startTime=NOW - 2 * SPAN, endTime=NOW, allUsers=True, groupBy="model", sortBy=field)  # pyright: ignore[reportCallIssue]
    answer = trends(world.reader, archive(), DIRECTORY, ADMIN, query, plenty, most_groups=1)
    (largest,), rest = answer["groups"], answer["rest"]
    assert rest
    assert {name: largest[name] + rest[name] for name in ("totalCalls", "totalCredits", "totalTokens")} == {
        name: answer["total"][name] for name in ("totalCalls", "totalCredits", "totalTokens")
    }
    by_model = {
        model: figures(one for one in world.all_calls if (one.provider_id, one.model) == model)[field]
        for model in {(one.provider_id, one.model) for one in world.all_calls}
    }
    assert largest[field] == max(by_model.values())


@settings(max_examples=6)
@given(
    question=questions(), sort=st.sampled_from(("totalCalls", "totalCredits")), order=st.sampled_from(("asc", "desc"))
)
def test_projects_are_the_apps_of_the_calls(world: World, question: dict[str, Any], sort: str, order: str) -> None:
    if question.get("allUsers") and "userDid" not in question:
        question = {name: question[name] for name in question if name != "appDid"}
    calls = within(asked(world, ADMIN, question), question["startTime"], question["endTime"] + 1)
    apps = {one.app_did: [other for other in calls if other.app_did == one.app_did] for one in calls if one.app_did}
    asked_for = ProjectsQuery.model_validate({**question, "sortBy": sort, "sortOrder": order})
    answer = projects(world.reader, archive(), DIRECTORY, ADMIN, asked_for, plenty)
    assert {one["appDid"] for one in answer["projects"]} == set(apps)
    assert answer["total"] == len(apps)
    sums: list[Any] = [one[sort] for one in answer["projects"]]
    assert sums == sorted(sums, reverse=order == "desc")
    for one in answer["projects"]:
        expected = figures(apps[one["appDid"]])
        same = ("totalCalls", "totalCredits", "totalUsage", "successCalls", "avgDuration", "successRate")
        assert {name: one[name] for name in same} == {name: expected[name] for name in same}
        last = max(call.call_time for call in apps[one["appDid"]])
        assert one["lastCallTime"] == last // QUARTER_HOUR * QUARTER_HOUR

    told = project_trends(world.reader, archive(), DIRECTORY, ADMIN, UsageQuery(**question), plenty)
    assert {app["appDid"] for app in told["projects"]} == set(apps)
    for app, own in apps.items():
        mine = [bucket["byProject"][app] for bucket in told["trends"] if app in bucket["byProject"]]
        assert sum(one["totalCalls"] for one in mine) == len(own)
        assert sum(one["totalCredits"] for one in mine) == sum(one.credits for one in own)


def test_projects_come_in_pages(world: World) -> None:
    pages = [
        projects(
            world.reader,
            archive(),
            DIRECTORY,
            ADMIN,
            ProjectsQuery(startTime=NOW - SPAN, endTime=NOW, allUsers=True, page=page, pageSize=1),  # pyright: ignore[reportCallIssue]
            plenty,
        )
        for page in (1, 2, 3)
    ]
    assert {page["total"] for page in pages} == {2}
    assert [len(page["projects"]) for page in pages] == [1, 1, 0]
    assert pages[0]["projects"] != pages[1]["projects"]


def test_without_a_range_it_is_the_last_days_with_today(world: World) -> None:
    query = TrendsQuery(timeRange=3, timezone="Asia/Kolkata")  # pyright: ignore[reportCallIssue]
    answer = trends(world.reader, archive(), DIRECTORY, ALICE, query, plenty)
    days = [datetime.fromtimestamp(bucket["timestamp"], named_zone("Asia/Kolkata")) for bucket in answer["trends"]]
    assert [str(day) for day in days] == [f"2027-04-0{day} 00:00:00+05:30" for day in (4, 5, 6)]
    assert answer["endTime"] == NOW


@pytest.mark.parametrize("question", [{"allUsers": True}, {"userDid": "b"}, {"allUsers": True, "appDid": "x"}])
def test_a_user_sees_nobody_elses(world: World, question: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        trends(world.reader, archive(), DIRECTORY, ALICE, TrendsQuery(**question), plenty)
    own = trends(world.reader, archive(), DIRECTORY, ALICE, TrendsQuery(userDid="a", timeRange=90), plenty)  # pyright: ignore[reportCallIssue]
    assert own["total"] == figures(one for one in world.all_calls if one.user_did == "a")


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"startTime": NOW + DAY}, "startTime"),
        ({"startTime": NOW - 9 * DAY, "endTime": NOW, "granularity": "hour"}, "endTime"),
        ({"startTime": 0, "endTime": NOW}, "endTime"),
        ({"groupBy": "user", "allUsers": False}, "groupBy"),
        ({"groupBy": "app", "allUsers": True, "appDid": "x"}, "groupBy"),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(world: World, question: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        trends(world.reader, archive(), DIRECTORY, ADMIN, TrendsQuery(**question), plenty)
    assert [problem.field for problem in refusal.value.problems] == [field]


@pytest.mark.parametrize("name", ZONES)
def test_hours_cover_a_range_without_gaps(name: str) -> None:
    """Also where clocks change, by half an hour too."""
    change = int(datetime(2027, 4, 3, 12, tzinfo=UTC).timestamp())
    start, end = change - DAY - 1234, change + DAY + 77
    found = hours(start, end, named_zone(name))
    assert found[0].timestamp <= start
    assert found[-1].end == end
    assert all(one.end == other.timestamp for one, other in pairwise(found))
    assert all(one.end - one.timestamp <= HOUR for one in found)
