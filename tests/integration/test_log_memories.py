"""The call log on two memories, the table and the archive: each row once, wherever it is and whatever happens."""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from ledger.archive import name_search, recent_calls
from ledger.archive.archive import Archive
from ledger.aws import dynamodb
from ledger.call_log.archived_pages import ArchivedPages
from ledger.call_log.counts import CallCounts
from ledger.call_log.day_rows import DayRows
from ledger.call_log.log import CallLog, CallsPage
from ledger.call_log.pages import CallPages
from ledger.call_log.query import CallsQuery
from ledger.call_log.rows import CallRows
from ledger.calls.directory import Directory
from ledger.calls.model_call import CallStatus, ModelCall
from ledger.core.errors import InvalidRequest
from ledger.core.field_types import AppDetails, UserDetails
from ledger.core.identity import Identity, Role
from ledger.core.moments import DAY
from tests.integration.archive_world import ArchiveWorld, archive_world
from tests.integration.history import START
from tests.integration.small_world import call, small_world
from tests.integration.test_archive import ArchiveHistory

ASKER = Identity("a", Role.ADMIN)
PLENTY = 1_000_000_000
DIRECTORY = Directory("RegistryTable")
type Query = dict[str, Any]


@contextmanager
def log_of(
    archive: ArchiveWorld, *, room: int = PLENTY, near: int = 300, hot_since: int = 0, **sizes: int
) -> Generator[CallLog]:
    """The log of a world with an archive. The sizes decide what is read how; what was before `hot_since` is cold."""
    calls = archive.world.calls
    with TemporaryDirectory() as folder:
        files = Archive(archive.manifest, archive.bucket, room, Path(folder))
        archived = ArchivedPages(files, calls, DIRECTORY).page
        day_rows = DayRows(
            calls, CallCounts(archive.world.reader), archived, lambda now: max(hot_since, calls.hot_since(now)), **sizes
        )
        yield CallLog(calls, CallPages(day_rows, near), archived, CallRows(calls, DIRECTORY))


def page_of(log: CallLog, query: Query, **page: Any) -> CallsPage:
    return log.page(ASKER, CallsQuery.model_validate({"allUsers": True, **query, **page}), "a-cursor-secret")


def ids(page: CallsPage) -> list[str]:
    return [row["id"] for row in page["list"]]


def walk(log: CallLog, query: Query, size: int) -> Iterator[CallsPage]:
    """All pages, each by the token of the one before."""
    page = page_of(log, query, pageSize=size)
    yield page
    while page["nextToken"]:
        page = page_of(log, query, pageSize=size, nextToken=page["nextToken"])
        yield page


FILTERS: dict[str, tuple[Any, ...]] = {
    "status": ("failed", "processing", "success"),
    "model": ("gpt-5",),
    "providerId": ("azure",),
    "userDid": ("a", "b"),
    "minCredits": ("20.5",),
    "maxCredits": ("60",),
    "minDurationSeconds": ("100",),
    "costSource": ("rate",),
    "search": ("CALL-1", "azur", "a", "ß"),
    "id": ("call-1",),
}


def queries() -> st.SearchStrategy[Query]:
    """Filters that counters know, and others, in any combination, over some days or all."""
    values: dict[str, st.SearchStrategy[Any]] = {name: st.sampled_from(texts) for name, texts in FILTERS.items()}
    days = st.integers(0, 21).map(lambda ago: START // DAY * DAY - ago * DAY)
    return st.fixed_dictionaries({}, optional={**values, "startTime": days}).filter(lambda query: len(query) < 4)


def matches(query: Query, one: ModelCall) -> bool:
    """What a naive reader would say of a call."""
    texts = (one.model, one.app_did or "", one.user_did, one.trace_id or "", one.id, "Unknown User")
    return (
        query.get("status", one.status) == one.status
        and query.get("model", one.model) == one.model
        and query.get("providerId", one.provider_id) == one.provider_id
        and query.get("userDid", one.user_did) == one.user_did
        and query.get("costSource", one.cost_source) == one.cost_source
        and query.get("id", one.id) == one.id
        and Decimal(query.get("minCredits", 0)) <= one.credits <= Decimal(query.get("maxCredits", 10**9))
        and (one.duration or 0) >= Decimal(query.get("minDurationSeconds", 0))
        and query.get("startTime", 0) <= one.call_time
        and any(query.get("search", "").lower() in text.lower() for text in texts)
    )


class LogHistory(ArchiveHistory):
    """Whatever can happen to calls and to what archives them. When the archive has caught up, the log is asked."""

    @rule(data=st.data(), query=queries(), size=st.sampled_from((1, 3, 100)))
    def the_log_is_asked(self, data: st.DataObject, query: Query, size: int) -> None:
        self.world.catch_up()
        self.clock.shift(60)
        self.archive.catch_up()
        known = [one for one in self.world.truth.values() if one.call_time > self.world.calls.expired(self.now)]
        left = [one for one in known if matches(query, one)]
        expected = [one.id for one in sorted(left, key=lambda one: (one.call_time, one.id), reverse=True)]
        most_queries, near = data.draw(st.sampled_from((0, 64))), data.draw(st.sampled_from((0, 2, 300)))
        with log_of(self.archive, near=near, most_queries=most_queries) as log:
            pages = list(walk(log, query, size))
            assert [call_id for page in pages for call_id in ids(page)] == expected
            assert {page["count"] for page in pages} == {len(expected)}
            number = data.draw(st.integers(1, len(pages) + 1))
            assert ids(page_of(log, query, pageSize=size, page=number)) == expected[(number - 1) * size : number * size]


@pytest.mark.parametrize("_batch", range(3))  # so that test processes share them
def test_each_row_is_found_once_whatever_happened(_batch: int) -> None:
    slow = (HealthCheck.too_slow, HealthCheck.data_too_large)
    run_state_machine_as_test(
        LogHistory, settings=settings(max_examples=3, stateful_step_count=18, suppress_health_check=slow)
    )


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def archive(clock: time_machine.Traveller) -> Iterator[ArchiveWorld]:
    """Nine calls, three a day; one has failed. Two days have files, the third is in change files alone."""
    with small_world() as world:
        made = archive_world(world)
        made.advance()
        clock.shift(60)
        world.record(
            *(
                call(f"call-{ago}-{number}", START - ago * DAY - number * 3_600, user_did="abc"[number])
                for ago in range(3)
                for number in range(3)
            )
        )
        world.record(replace(world.truth["call-1-1"], status=CallStatus.FAILED, trace_id="Straße-ΣΟΦΟΣ"))
        clock.shift(60)
        made.catch_up()
        step = made.write_days([time.strftime("%F", time.gmtime(START - ago * DAY)) for ago in (2, 1)])
        clock.shift(60)
        made.catch_up()
        made.publish(*step)
        clock.shift(60)
        made.catch_up()
        world.catch_up()
        yield made


ALL = [f"call-{ago}-{number}" for ago in range(3) for number in range(3)]


class TestEdges:
    def test_a_call_recorded_this_second_is_found_by_a_search(self, archive: ArchiveWorld) -> None:
        archive.world.record(call("call-new", int(time.time())))
        with log_of(archive) as log:
            page = page_of(log, {"search": "call"})
        assert (ids(page), page["count"]) == (["call-new", *ALL], 10)
        assert page["asOf"]
        assert START < page["asOf"] < time.time()

    def test_a_correction_of_this_second_is_found_in_the_newest_minutes_and_soon_in_older_ones(
        self, archive: ArchiveWorld, clock: time_machine.Traveller
    ) -> None:
        world = archive.world
        world.record(call("call-new", int(time.time())))
        archive.catch_up()
        for call_id in ("call-new", "call-2-0"):
            world.record(replace(world.truth[call_id], credential_id="key-1"))
        with log_of(archive) as log:
            assert ids(page_of(log, {"credential": "key-1"})) == ["call-new"]
            clock.shift(60)
            archive.catch_up()
            assert ids(page_of(log, {"credential": "key-1"})) == ["call-new", "call-2-0"]

    def test_a_call_that_moves_to_this_second_is_there_once(self, archive: ArchiveWorld) -> None:
        archive.world.record(replace(archive.world.truth["call-2-0"], call_time=int(time.time())))
        with log_of(archive) as log:
            assert ids(page_of(log, {"search": "call"})) == ["call-2-0", *[one for one in ALL if one != "call-2-0"]]

    def test_what_counters_know_is_read_from_the_table_and_says_so(self, archive: ArchiveWorld) -> None:
        with log_of(archive) as log:
            for query in ({}, {"status": "success"}, {"userDid": "b"}):
                assert page_of(log, query)["asOf"] is None
            assert page_of(log, {"id": "call-2-0"})["asOf"] is None

    def test_rows_that_would_take_many_reads_are_found_in_the_archive(self, archive: ArchiveWorld) -> None:
        with log_of(archive, near=0, most_queries=0) as log:
            page = page_of(log, {"status": "failed"})
            assert (ids(page), page["count"], page["asOf"] is None) == (["call-1-1"], 1, False)
            assert ids(page_of(log, {"status": "failed"}, page=2)) == []

    def test_rows_that_the_archive_has_no_room_for_are_found_in_the_table_where_counters_know(
        self, archive: ArchiveWorld
    ) -> None:
        with log_of(archive, near=0, most_queries=0, room=1) as log:
            page = page_of(log, {"status": "failed"})
        assert (ids(page), page["asOf"]) == (["call-1-1"], None)


class TestColdDays:
    """Two of three days have left the table."""

    HOT_SINCE = START // DAY * DAY
    COLD = ALL[3:]

    @pytest.fixture
    def cold(self, archive: ArchiveWorld) -> ArchiveWorld:
        for call_id in self.COLD:
            dynamodb.client().delete_item(TableName=archive.world.calls.table, Key={"id": {"S": call_id}})
        return archive

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
    @pytest.mark.parametrize("near", [0, 1, 300])
    def test_page_like_hot_ones(self, cold: ArchiveWorld, near: int, size: int) -> None:
        with log_of(cold, near=near, hot_since=self.HOT_SINCE) as log:
            pages = list(walk(log, {}, size))
            numbers = range(1, 11 // size + 2)
            by_number = [page_of(log, {}, pageSize=size, page=number) for number in numbers]
        for found in (pages, by_number):
            assert [call_id for page in found for call_id in ids(page)] == ALL
            assert {page["count"] for page in found} == {9}
        assert all(page["asOf"] for page in pages if not set(ids(page)).isdisjoint(self.COLD))

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"status": "failed"}, ["call-1-1"]),
            ({"status": "success", "userDid": "c"}, ["call-0-2", "call-1-2", "call-2-2"]),
            ({"endTime": START - DAY}, ALL[3:]),
            ({"startTime": START - DAY - 3_600, "endTime": START - DAY}, ["call-1-0", "call-1-1"]),
            ({"search": "call-2"}, ALL[6:]),
            ({"minCredits": "0.1", "userDid": "a"}, ["call-0-0", "call-1-0", "call-2-0"]),
            ({"id": "call-2-1"}, ["call-2-1"]),
            ({"id": "call-2-1", "userDid": "a"}, []),
            ({"id": "call-2-1", "startTime": START - DAY}, []),
            ({"id": "nobody"}, []),
            ({"id": "call-0-1"}, ["call-0-1"]),
        ],
        ids=str,
    )
    def test_have_every_filter(self, cold: ArchiveWorld, query: Query, expected: list[str]) -> None:
        with log_of(cold, hot_since=self.HOT_SINCE) as log:
            page = page_of(log, query)
            assert (ids(page), page["count"]) == (expected, len(expected))

    def test_a_page_reads_only_the_files_of_its_days(self, cold: ArchiveWorld) -> None:
        """Counters say on which days its rows are."""
        size = max(part.size for day in cold.manifest.days("", "~") for part in day.parts)
        with log_of(cold, near=0, room=size, hot_since=self.HOT_SINCE) as log:
            assert [ids(page_of(log, {}, pageSize=1, page=page)) for page in (4, 8)] == [[ALL[3]], [ALL[7]]]
            with pytest.raises(InvalidRequest):
                page_of(log, {"search": "call"})


class TestSearch:
    @pytest.mark.parametrize("text", ["STRASSE", "straße", "σοφος", "ΣΟΦΟς", "asse-σ"])
    def test_finds_text_in_any_case(self, archive: ArchiveWorld, text: str) -> None:
        with log_of(archive) as log:
            assert ids(page_of(log, {"search": text})) == ["call-1-1"]

    @pytest.mark.parametrize("text", ["%", "call_1", "' OR true --", "\\\\", "*"])
    def test_takes_every_character_for_itself(self, archive: ArchiveWorld, text: str) -> None:
        with log_of(archive) as log:
            assert ids(page_of(log, {"search": text})) == []

    def test_finds_the_names_of_users_and_apps_of_today(self, archive: ArchiveWorld) -> None:
        DIRECTORY.put_user("b", UserDetails.model_validate({"fullName": "Zoë Ångström"}))
        DIRECTORY.put_app("x", AppDetails.model_validate({"appName": "Schreibtisch"}))
        of_b = [one for one in ALL if one.endswith("-1")]
        with log_of(archive) as log:
            assert ids(page_of(log, {"search": "ÅNGS"})) == of_b
            assert ids(page_of(log, {"search": "ångs", "searchFields": "appName,id"})) == []
            assert ids(page_of(log, {"search": "TISCH", "userDid": "b"})) == of_b
            assert ids(page_of(log, {"search": "unknown user"})) == [one for one in ALL if one not in of_b]

    def test_pages_like_any_other_list(self, archive: ArchiveWorld) -> None:
        with log_of(archive) as log:
            pages = list(walk(log, {"search": "call"}, 4))
            assert [call_id for page in pages for call_id in ids(page)] == ALL
            assert [page["count"] for page in pages] == [9, 9, 9]
            assert [ids(page_of(log, {"search": "call"}, pageSize=4, page=n)) for n in (2, 3, 4)] == [
                ALL[4:8],
                ALL[8:],
                [],
            ]


class TestBounds:
    def test_days_that_are_too_large_are_refused(self, archive: ArchiveWorld) -> None:
        with log_of(archive, room=1) as log, pytest.raises(InvalidRequest, match="startTime: a narrower range"):
            page_of(log, {"search": "call"})

    def test_too_many_calls_that_are_not_archived_are_refused(
        self, archive: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recent_calls, "MOST", 0)
        archive.world.record(call("call-new", int(time.time())))
        with log_of(archive) as log, pytest.raises(InvalidRequest, match="startTime: a narrower range"):
            page_of(log, {"search": "call"})

    def test_too_many_names_are_refused_and_other_fields_can_still_be_searched(
        self, archive: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(name_search, "MOST", 2)
        with log_of(archive) as log:
            with pytest.raises(InvalidRequest, match="searchFields: without userName and appName"):
                page_of(log, {"search": "call"})
            assert ids(page_of(log, {"search": "call", "searchFields": "id"})) == ALL
