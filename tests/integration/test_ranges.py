"""Any range in any time zone: what is answered for it is the sum of its calls."""

import itertools
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.aws.settings import settings as aws_settings
from ledger.calls.directory import Directory
from ledger.calls.model_call import CallStatus, ModelCall
from ledger.core.moments import DAY, QUARTER_HOUR
from ledger.core.scopes import Scope
from ledger.query.engine import QueryEngine
from ledger.statistics.answer_types import Totals
from ledger.statistics.answers import merged
from ledger.statistics.archived_groups import GroupedUsage
from ledger.statistics.boards import BoardReader
from ledger.statistics.stats_query import AdminStatsQuery, StatsQuery
from ledger.statistics.usage_stats import admin_stats, user_stats
from ledger.usage.reader import Reading, UsageReader
from tests.integration.history import SCOPES
from tests.integration.small_world import call, small_world
from tests.integration.world import World, plenty, told

NOW = int(datetime(2027, 4, 6, 7, 20, 11, tzinfo=UTC).timestamp())
"""In the weeks before, clocks changed in America, Europe, the Near East, Paraguay, Chile, Australia, New Zealand and,
by half an hour, on Lord Howe."""
CHANGES = (
    "America/New_York",
    "Europe/Berlin",
    "Asia/Beirut",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
SPAN = 26 * DAY
ZONES = sorted(available_timezones())
type Told = dict[date, tuple[int, int, Decimal, Decimal]]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Calls of four weeks, some corrected: the older ones aggregated, those of two days not."""
    rng = random.Random(3)
    edges = [*(midnight for name in CHANGES for midnight in midnights(ZoneInfo(name))), *midnights(UTC)]
    with (
        time_machine.travel(NOW - 2 * DAY, tick=False) as clock,
        small_world(retention=90 * DAY) as made,
    ):
        for night in range(3):
            now = int(time.time())
            for number in range(20):
                at = rng.choice(edges) + rng.choice((-1, 0, 1)) if number % 2 else now - rng.randrange(2 * DAY)
                made.record(
                    call(
                        f"{rng.choice((0, night))}-{number}",
                        min(at, now),
                        user_did=rng.choice("aab"),
                        app_did=rng.choice(("x", "y", None)),
                        credits=Decimal(rng.randrange(10**7)).scaleb(-10),
                        status=rng.choice(list(CallStatus)),
                    )
                )
            made.catch_up()
            if night == 0:
                clock.shift(DAY - now % DAY + 900)
                made.aggregate()
            elif night == 1:
                clock.move_to(NOW)
        made.minute_passes()
        yield made


def midnights(zone: tzinfo) -> list[int]:
    """When the days of a zone began, between an hour and four weeks before now."""
    hours = range(NOW - SPAN, NOW, QUARTER_HOUR)
    local = {second: datetime.fromtimestamp(second - second % QUARTER_HOUR, zone).date() for second in hours}
    return [
        after - after % QUARTER_HOUR for before, after in itertools.pairwise(hours) if local[before] != local[after]
    ]


@st.composite
def splits(draw: st.DrawFn) -> list[int]:
    """A range, and where it is split."""
    grid = draw(st.sampled_from((1, QUARTER_HOUR, DAY)))
    seconds = st.integers(NOW - SPAN, NOW + DAY).map(lambda second: second // grid * grid)
    return sorted(draw(st.lists(seconds, min_size=3, max_size=5, unique=True)))


@settings(max_examples=10)
@given(boundaries=splits(), scopes=st.sets(st.sampled_from(SCOPES), min_size=1, max_size=2))
def test_a_range_is_the_sum_of_its_parts_and_each_part_the_sum_of_its_calls(
    world: World, boundaries: list[int], scopes: set[Scope]
) -> None:
    """The parts asked for together, and each on its own, as ranges that have nothing to do with each other."""
    whole = world.read(dict.fromkeys(scopes, (boundaries[0], boundaries[-1])))
    together = world.read(dict.fromkeys(scopes, boundaries))
    alone = [world.read(dict.fromkeys(scopes, part)) for part in itertools.pairwise(boundaries)]
    for scope in scopes:
        parts = together[scope].intervals
        assert told(parts) == told([reading[scope].intervals[0] for reading in alone])
        assert told(parts) == told(world.truth_of(scope, boundaries))
        assert told([merged(parts)]) == told(whole[scope].intervals)


@dataclass(frozen=True)
class RememberingReader(UsageReader):
    """Reads each list of boundaries once: most zones have the days of many others."""

    remembered: dict[str, dict[Scope, Reading]] = field(default_factory=dict[str, dict[Scope, Reading]])

    def read(self, asked: Mapping[Scope, Sequence[int]]) -> dict[Scope, Reading]:
        question = str(asked)
        if question not in self.remembered:
            self.remembered[question] = super().read(asked)
        return self.remembered[question]


@pytest.fixture(scope="module")
def reader(world: World) -> UsageReader:
    return RememberingReader(world.calls, world.counters, world.archived)


@pytest.mark.parametrize("start", [NOW - SPAN + 1, NOW - 4 * DAY + 900 - NOW % 900], ids=["weeks", "days"])
def test_every_zone_of_the_world_has_its_own_days(world: World, reader: UsageReader, start: int) -> None:
    """All of the IANA database. A call counts for the date that its zone's calendars showed."""
    own = [one for one in world.all_calls if one.user_did == "a"]
    distinct = set[str]()
    for name in ZONES:
        query = StatsQuery(startTime=start, endTime=NOW, timezone=name)  # pyright: ignore[reportCallIssue]
        stats = user_stats(reader, "a", query)
        expected = by_date((one for one in own if start <= one.call_time <= NOW), ZoneInfo(name))
        days = {date.fromisoformat(day["date"]): figures(day) for day in stats["dailyStats"]}
        assert {day: sums for day, sums in days.items() if sums[0]} == expected, name
        assert sorted(days) == list(days)
        total = tuple(map(sum, zip(*days.values(), strict=True)))
        assert total == figures(stats["summary"]) == figures(stats["trendComparison"]["current"])
        distinct.add(str(days))
    assert len(distinct) > 10


@settings(max_examples=10)
@given(
    ends=st.lists(st.integers(NOW - SPAN, NOW), min_size=2, max_size=2).map(sorted),
    offset=st.integers(-56, 56).map(lambda quarters: quarters * 15),
    who=st.sampled_from((("a", None), (None, "x"), ("a", "x"), (None, None))),
)
def test_administrators_see_the_same_sums(
    world: World, reader: UsageReader, ends: list[int], offset: int, who: tuple[str | None, str | None]
) -> None:
    """Everybody's, a user's, an app's, or a user's in an app; the previous period and the boards too."""
    [start, end], [user, app] = ends, who
    query = AdminStatsQuery(startTime=start, endTime=end, timezoneOffset=offset, userDid=user, appDid=app)  # pyright: ignore[reportCallIssue]
    stats = admin_stats(reader, query)
    asked = [one for one in world.all_calls if user in (None, one.user_did) and app in (None, one.app_did)]
    now = [one for one in asked if start <= one.call_time <= end]
    before = [one for one in asked if 2 * start - end - 1 <= one.call_time < start]
    assert figures(stats["summary"]) == figures(stats["trendComparison"]["current"]) == summed(now)
    assert figures(stats["trendComparison"]["previous"]) == summed(before)
    days = {date.fromisoformat(day["date"]): figures(day) for day in stats["dailyStats"]}
    assert {day: sums for day, sums in days.items() if sums[0]} == by_date(now, query.zone)
    if query.is_everybody:
        boards = BoardReader(GroupedUsage(QueryEngine.of(aws_settings())), Directory("RegistryTable")).read(
            query, plenty
        )
        users = {one["userDid"]: figures(one) for one in boards["topUsers"]}
        apps = {one["appDid"]: figures(one) for one in boards["topApps"]}
        assert users == {did: summed(theirs) for did, theirs in grouped(now, "user_did").items()}
        assert apps == {did: summed(theirs) for did, theirs in grouped(now, "app_did").items() if did}


def figures(totals: Totals) -> tuple[int, int, Decimal, Decimal]:
    return totals["totalCalls"], totals["successCalls"], totals["totalCredits"], totals["totalUsage"]


def summed(calls: Iterable[ModelCall]) -> tuple[int, int, Decimal, Decimal]:
    these = list(calls)
    successes = sum(one.status is CallStatus.SUCCESS for one in these)
    return (
        len(these),
        successes,
        sum((one.credits for one in these), Decimal(0)),
        sum((one.total_usage for one in these), Decimal(0)),
    )


def by_date(calls: Iterable[ModelCall], zone: tzinfo) -> Told:
    found: defaultdict[date, list[ModelCall]] = defaultdict(list)
    for one in calls:
        found[datetime.fromtimestamp(one.call_time, zone).date()].append(one)
    return {day: summed(theirs) for day, theirs in found.items()}


def grouped(calls: Iterable[ModelCall], name: str) -> dict[str | None, list[ModelCall]]:
    found: defaultdict[str | None, list[ModelCall]] = defaultdict(list)
    for one in calls:
        found[getattr(one, name)].append(one)
    return found
