"""Every page of every filter has the rows that a naive reader of all calls would show, in whatever way it is found."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import batched
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.aggregates.counters_table import CounterTable
from ledger.archive.archive import Archive
from ledger.archive.manifest import Manifest
from ledger.aws.s3 import S3Bucket
from ledger.call_log.archived_pages import ArchivedPages
from ledger.call_log.counts import CallCounts
from ledger.call_log.day_rows import DayRows
from ledger.call_log.log import CallLog, CallsPage
from ledger.call_log.pages import CallPages
from ledger.call_log.query import CallsQuery
from ledger.call_log.rows import CallRows
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.core.identity import Identity, Role
from ledger.core.moments import DAY, HOUR, QUARTER_HOUR
from tests.engine.stream import EngineStream
from tests.engine.tables import archive_bucket, tables_on
from tests.integration.harness import ARCHIVE
from tests.integration.small_world import call
from tests.integration.world import RETENTION, World

NOW = int(datetime(2026, 11, 22, 9, 20, 11, tzinfo=UTC).timestamp())
ASKER = Identity("a", Role.ADMIN)
SECRET = "a-cursor-secret"
STATUSES = (*[CallStatus.SUCCESS] * 10, CallStatus.FAILED, CallStatus.PROCESSING)
DAYS_AGO = (0, 0, 0, 1, 1, 2, 5, 12, 19)
type Query = dict[str, Any]


@pytest.fixture(scope="module")
def world(engine: str) -> Iterator[World]:
    """Busy and empty days, the older ones aggregated; calls corrected, moved and removed; some about to expire."""
    rng = random.Random(8)
    start = NOW - 2 * DAY
    with (
        tables_on(engine),
        archive_bucket(),
        time_machine.travel(start, tick=False) as clock,
        pytest.MonkeyPatch.context() as patch,
    ):
        made = World(
            Calls("CallsTable", time_shards=3, retention=RETENTION),
            CounterTable("CountersTable", fragments=2),
            EngineStream("CallsTable"),
        )
        patch.setattr(time, "sleep", made.catch_up)
        for night in range(3):
            now = int(time.time())
            made.record(*(some_call(rng, f"{night if number % 3 else 0}-{number}", now) for number in range(60)))
            made.delete(rng.choice(sorted(made.truth)))
            made.catch_up()
            if night < 2:
                clock.shift(DAY - now % DAY + 900 if night == 0 else NOW - HOUR - now)
                made.aggregate()
        made.minute_passes()
        clock.move_to(NOW)
        yield made


def some_call(rng: random.Random, call_id: str, now: int) -> ModelCall:
    """Often in the same few quarter hours, and in the same second."""
    at = (
        now - rng.choice(DAYS_AGO) * DAY - rng.choice((0, 1, 2, 70, 899, 5_000, 20_000, 80_000)) - rng.randrange(4) ** 5
    )
    return call(
        call_id,
        max(at, now - RETENTION),
        user_did=rng.choice("aab"),
        app_did=rng.choice(("x", "y", None)),
        model=rng.choice(("gpt-5", "gpt-5", "gpt-5", "rare")),
        provider_id=rng.choice(("openai", "azure")),
        type=rng.choice((CallType.CHAT_COMPLETION, CallType.CHAT_COMPLETION, CallType.VIDEO)),
        status=rng.choice(STATUSES),
    )


@pytest.fixture
def log(world: World) -> CallLog:
    """It finds what takes many reads in the archive, which has everything."""
    archive = Archive(Manifest(world.counters.table), S3Bucket(ARCHIVE), room=10**9)
    archived = ArchivedPages(archive, world.calls, Directory("RegistryTable")).page
    day_rows = DayRows(world.calls, CallCounts(world.reader), archived, world.calls.hot_since)
    return CallLog(world.calls, CallPages(day_rows), archived, CallRows(world.calls, Directory("RegistryTable")))


def with_sizes(log: CallLog, *, near: int, **sizes: int) -> CallLog:
    return replace(log, pages=CallPages(replace(log.pages.day_rows, **sizes), near))


def forwards(query: Query) -> bool:
    return (query.get("startTime") or 0) <= (query.get("endTime") or NOW)


def queries() -> st.SearchStrategy[Query]:
    """Any combination of filters that counters can evaluate."""
    grid = st.sampled_from((1, QUARTER_HOUR, DAY))
    ages = st.integers(0, 21 * DAY) | st.sampled_from((0, 1, 70, 899, 5 * DAY))
    seconds = st.none() | st.tuples(ages, grid).map(lambda drawn: (NOW - drawn[0]) // drawn[1] * drawn[1])
    return st.fixed_dictionaries(
        {"allUsers": st.booleans()},
        optional={
            "status": st.sampled_from(("failed", "failed", "processing", "success", "all")),
            "model": st.sampled_from(("gpt-5", "rare", "none")),
            "providerId": st.sampled_from(("openai", "azure")),
            "type": st.sampled_from(("chatCompletion", "video")),
            "appDid": st.sampled_from(("x", "y")),
            "startTime": seconds,
            "endTime": seconds,
        },
    ).filter(forwards)


def small_sizes() -> st.SearchStrategy[dict[str, int]]:
    """Sizes of `CallPages` and `DayRows` that are small enough for a log of a hundred calls to be read in every way."""
    return st.fixed_dictionaries(
        {
            "near": st.sampled_from((0, 5, 30)),
            "joined": st.sampled_from((1, 5)),
            "query_cost": st.sampled_from((0, 2)),
            "split_from": st.sampled_from((1, 3)),
            "read_ahead": st.sampled_from((1, 50)),
            "most_queries": st.sampled_from((0, 64)),
        }
    )


def expected(world: World, query: Query) -> list[str]:
    """The ids that a naive reader of all calls would show."""
    expired = world.calls.expired(int(time.time()))
    names = {"model": "model", "providerId": "provider_id", "type": "type", "appDid": "app_did"}
    rows = [
        one
        for one in world.truth.values()
        if one.call_time > expired
        and (query["allUsers"] or one.user_did == "a")
        and query.get("status", "all") in ("all", one.status)
        and all(getattr(one, field) == query[name] for name, field in names.items() if name in query)
        and (query.get("startTime") or 0) <= one.call_time <= (query.get("endTime") or one.call_time)
    ]
    return [one.id for one in sorted(rows, key=lambda one: (one.call_time, one.id), reverse=True)]


def page_of(log: CallLog, query: Query, **page: Any) -> CallsPage:
    return log.page(ASKER, CallsQuery.model_validate(query | page), SECRET)


def ids(page: CallsPage) -> list[str]:
    return [row["id"] for row in page["list"]]


def walk(log: CallLog, query: Query, size: int, token: str | None = None) -> Iterator[CallsPage]:
    """Follow the tokens from page to page."""
    while True:
        page = page_of(log, query, pageSize=size, nextToken=token)
        yield page
        token = page["nextToken"]
        if not token:
            return


settled = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


@settled
@given(query=queries(), size=st.integers(2, 40), sizes=small_sizes(), data=st.data())
def test_every_page_holds_the_rows_of_its_place(
    world: World, log: CallLog, query: Query, size: int, sizes: dict[str, int], data: st.DataObject
) -> None:
    """By its number, in any order of requests. The count is right too, and whether there is a page after it."""
    pages = [list(rows) for rows in batched(expected(world, query), size, strict=False)]
    numbers = data.draw(st.sets(st.integers(1, len(pages) + 2), min_size=1, max_size=4)) | {len(pages) or 1}
    log = with_sizes(log, **sizes)
    for number in numbers:
        page = page_of(log, query, page=number, pageSize=size)
        assert ids(page) == (pages[number - 1] if number <= len(pages) else [])
        assert page["count"] == sum(map(len, pages))
        assert (page["nextToken"] is None) == (number >= len(pages))


@settled
@given(query=queries(), size=st.integers(6, 40), sizes=small_sizes(), first=st.integers(1, 3))
def test_tokens_lead_from_any_page_to_the_end(
    world: World, log: CallLog, query: Query, size: int, sizes: dict[str, int], first: int
) -> None:
    rows = expected(world, query)
    log = with_sizes(log, **sizes)
    start = page_of(log, query, page=first, pageSize=size)
    found, token = ids(start), start["nextToken"]
    if token:
        for page in walk(log, query, size, token):
            found += ids(page)
            assert page["count"] == len(rows)
    assert found == rows[(first - 1) * size :]


QUERIES: tuple[Query, ...] = (
    {"allUsers": True},
    {"allUsers": True, "status": "failed"},
    {"allUsers": True, "appDid": "x"},
    {"allUsers": False, "status": "success", "model": "gpt-5"},
    {"allUsers": False, "startTime": NOW - 13 * DAY},
)
HAPPENING = ("arrive", "arrive uncounted", "late", "finish", "remove", "expire", "nothing")


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_repeats_no_row_and_misses_none_whatever_happens_meanwhile(
    world: World, log: CallLog, seed: int
) -> None:
    """Calls arrive on time and late, are finished, removed, and expire, and are counted in time or not."""
    rng = random.Random(seed)
    query = QUERIES[seed % len(QUERIES)]
    log = with_sizes(log, near=rng.choice((0, 10, 300)))
    order = {call_id: index for index, call_id in enumerate(expected(world, {"allUsers": True}))}
    always = ever = set(expected(world, query))
    found: list[str] = []
    with time_machine.travel(NOW, tick=False) as clock:
        for number, page in enumerate(walk(log, query, rng.randrange(4, 12))):
            found += ids(page)
            happening = rng.choice(HAPPENING)
            arrived = some_call(rng, f"new-{seed}-{number}", NOW)
            known = sorted(world.truth)
            if happening == "late":
                world.record(arrived)
            elif happening.startswith("arrive"):
                world.record(replace(arrived, call_time=NOW))
            elif happening == "finish":
                one = world.truth[rng.choice(known)]
                world.record(replace(one, status=CallStatus.SUCCESS))
            elif happening == "remove":
                world.delete(rng.choice(known))
            elif happening == "expire":
                clock.shift(HOUR)
            if not happening.endswith("uncounted"):
                world.catch_up()
            now = set(expected(world, query))
            always, ever = always & now, ever | now
    world.catch_up()
    assert len(found) == len(set(found))
    assert always <= set(found) <= ever
    indexes = [order[call_id] for call_id in found if call_id in order]
    assert indexes == sorted(indexes)


def test_a_fresh_call_is_found_before_it_is_counted(world: World, log: CallLog) -> None:
    """It is older than others, and the counters say that there is none. The count of the page that shows it has it."""
    log = with_sizes(log, near=2)
    query: Query = {"allUsers": True, "model": "of today"}
    world.record(*(call(f"newer-{number}", NOW - 50) for number in range(60)))
    world.catch_up()
    world.record(call("fresh", NOW - 100, model="of today"))
    page = page_of(log, query, pageSize=1)
    assert (ids(page), page["count"], page["nextToken"]) == (["fresh"], 1, None)
    world.catch_up()
    assert ids(page_of(log, query)) == ["fresh"]


def test_a_page_goes_on_where_the_counters_expect_too_much(world: World, log: CallLog) -> None:
    """Rows that were removed or changed leave no gap in a page, although the counters still count them."""
    query: Query = {"allUsers": True, "status": "failed"}
    world.catch_up()
    rows = expected(world, query)
    gone = rows[1:4]
    for call_id in gone:
        world.record(replace(world.truth[call_id], status=CallStatus.SUCCESS))
    assert ids(page_of(log, query, pageSize=4)) == [rows[0], *rows[4:7]]
    world.catch_up()
    assert ids(page_of(log, query, pageSize=4)) == expected(world, query)[:4]
