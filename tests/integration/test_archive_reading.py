"""The archive as those who ask see it: a moment's calls in a database, and a folder of files with a bound."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine

from ledger.archive import recent_calls
from ledger.archive.archive import Archive, TooManyBytes
from ledger.aws import s3
from ledger.core.moments import DAY, utc_day
from tests.integration.archive_world import ArchiveWorld, archive_world
from tests.integration.history import START
from tests.integration.small_world import call, small_world

PLENTY = 10_000_000
DAYS = [utc_day(START - ago * DAY) for ago in (2, 1, 0)]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def archive(clock: time_machine.Traveller) -> Iterator[ArchiveWorld]:
    """Three days with a call each, of which the first two are archived, and one that is in change files alone."""
    with small_world() as world:
        made = archive_world(world)
        made.advance()
        clock.shift(60)
        world.record(*(call(f"call-{ago}", START - ago * DAY) for ago in range(3)))
        clock.shift(60)
        made.catch_up()
        archived(made, clock)
        yield made


def archived(archive: ArchiveWorld, clock: time_machine.Traveller) -> None:
    """Archive the first two days. A generation is published once everything in it has come through."""
    step = archive.write_days(DAYS[:2])
    clock.shift(60)
    archive.catch_up()
    archive.publish(*step)
    clock.shift(60)
    archive.catch_up()


def read(archive: Archive, first: str = DAYS[0], last: str = DAYS[-1], condition: str = "true") -> list[str]:
    with archive.open(first, last) as opened:
        rows = opened.connection.execute(f"SELECT id FROM calls WHERE {condition} ORDER BY id")  # noqa: S608
        return [row[0] for row in rows.fetchall()]


def test_days_are_read_from_their_files_and_from_the_changes_since(archive: ArchiveWorld, tmp_path: Path) -> None:
    reader = Archive(archive.manifest, archive.bucket, PLENTY, tmp_path)
    assert read(reader) == ["call-0", "call-1", "call-2"]
    assert read(reader, DAYS[1], DAYS[1]) == ["call-1"]
    with reader.open(DAYS[0], DAYS[-1]) as opened:
        assert START < opened.as_of < time.time()


def test_files_stay_for_the_next_question(archive: ArchiveWorld, tmp_path: Path) -> None:
    reader = Archive(archive.manifest, archive.bucket, PLENTY, tmp_path)
    read(reader)
    files = {path: path.stat().st_ino for path in tmp_path.iterdir()}
    assert len(files) == len(reader.snapshot(DAYS[0], DAYS[-1]).keys)
    read(reader)
    assert {path: path.stat().st_ino for path in tmp_path.iterdir()} == files


def test_files_make_room_for_those_of_another_day(archive: ArchiveWorld, tmp_path: Path) -> None:
    unbounded = Archive(archive.manifest, archive.bucket, PLENTY, tmp_path)
    size = max(unbounded.snapshot(day, day).size for day in DAYS[:2])
    reader = Archive(archive.manifest, archive.bucket, size, tmp_path)
    for day, call_id in zip([*DAYS[:2], *DAYS[:2]], ["call-2", "call-1"] * 2, strict=True):
        assert read(reader, day, day) == [call_id]
        files = [path for path in tmp_path.iterdir() if path.name.startswith("calls_")]
        assert [path.name.split("_")[1] for path in files] == [f"day={day}"]


def test_days_that_are_larger_than_the_room_are_refused_before_they_are_fetched(
    archive: ArchiveWorld, tmp_path: Path
) -> None:
    size = Archive(archive.manifest, archive.bucket, PLENTY, tmp_path).snapshot(DAYS[0], DAYS[-1]).size
    with pytest.raises(TooManyBytes) as refused:
        read(Archive(archive.manifest, archive.bucket, size - 1, tmp_path))
    assert refused.value.size == size
    assert list(tmp_path.iterdir()) == []


def test_an_object_that_is_replaced_and_removed_meanwhile_is_read_from_its_successor(
    archive: ArchiveWorld, clock: time_machine.Traveller, tmp_path: Path
) -> None:
    replaced: list[str] = []

    def replace(**_: object) -> None:
        if replaced:
            return
        replaced.extend(part.key for day in archive.manifest.days(DAYS[0], DAYS[-1]) for part in day.parts)
        archived(archive, clock)
        for key in replaced:
            archive.bucket.delete(key)

    events: Any = s3.client().meta.events
    events.register("before-call.s3.GetObject", replace)
    try:
        found = read(Archive(archive.manifest, archive.bucket, PLENTY, tmp_path))
    finally:
        events.unregister("before-call.s3.GetObject", replace)
    assert found == ["call-0", "call-1", "call-2"]
    assert replaced


def present(archive: ArchiveWorld, first: int, last: int) -> list[str]:
    return [call.id for call in archive.read_present(first, last)[1]]


def test_a_call_of_this_second_is_read_from_the_table_and_a_late_one_once_it_is_archived(
    archive: ArchiveWorld, clock: time_machine.Traveller
) -> None:
    now = int(time.time())
    archive.world.record(call("new", now), call("late", START - DAY))
    assert present(archive, START - 2 * DAY, now) == ["call-2", "call-1", "call-0", "new"]
    clock.shift(60)
    archive.catch_up()
    assert present(archive, START - 2 * DAY, now) == ["call-2", "call-1", "late", "call-0", "new"]


def test_a_call_that_was_deleted_this_second_is_not_read_from_the_archive(archive: ArchiveWorld) -> None:
    archive.world.record(call("new", int(time.time())))
    archive.catch_up()
    archive.world.delete("new")
    assert present(archive, START - 2 * DAY, int(time.time())) == ["call-2", "call-1", "call-0"]


def test_a_call_that_moved_to_this_second_is_there_once(archive: ArchiveWorld) -> None:
    now = int(time.time())
    archive.world.record(call("call-1", now))
    assert present(archive, START - 2 * DAY, now) == ["call-2", "call-0", "call-1"]


def test_days_from_before_the_archive_began_are_read_from_the_table_until_they_have_a_file() -> None:
    with time_machine.travel(START, tick=False) as clock, small_world() as world:
        world.record(call("old", START - 2 * DAY), call("older", START - 3 * DAY))
        made = archive_world(world)
        made.stream.read()
        world.unarchived.clear()
        clock.shift(60)
        made.advance()
        clock.shift(60)
        made.catch_up()
        assert present(made, START - 3 * DAY, START) == ["older", "old"]
        assert made.read(DAYS[0], DAYS[-1])[1] == []
        archived(made, clock)
        assert made.read_present(START - 3 * DAY, START)[0].unarchived == [utc_day(START - 3 * DAY), DAYS[2]]
        assert present(made, START - 3 * DAY, START) == ["older", "old"]


def test_no_more_calls_are_read_from_the_table_than_somebody_waits_for(
    archive: ArchiveWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_calls, "MOST", 3)
    archive.world.record(call("new", int(time.time())), call("newer", int(time.time())))
    assert present(archive, START - 2 * DAY, int(time.time()))[-2:] == ["new", "newer"]
    archive.world.record(call("newest", int(time.time())))
    with pytest.raises(recent_calls.TooManyRecent):
        present(archive, START - 2 * DAY, int(time.time()))
