"""Verification finds what the archive does not have as the table has it, and nothing else. A night repairs it."""

import time
from collections.abc import Iterator

import pytest
import time_machine

from ledger.archive.reader import LAG
from ledger.archive.verification import Difference, Verification
from ledger.core.moments import utc_day
from tests.integration.archive_world import ArchiveWorld, archive_world
from tests.integration.history import START
from tests.integration.small_world import call, small_world
from tests.integration.world import plenty

DAY = utc_day(START)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def archive(clock: time_machine.Traveller) -> Iterator[ArchiveWorld]:
    # Undone before the world is, which has put something in place of sleeping too.
    with small_world() as world, pytest.MonkeyPatch.context() as monkeypatch:
        made = archive_world(world)
        made.advance()

        def minute_passes(_: float) -> None:
            world.catch_up()
            clock.shift(60)
            made.catch_up()

        monkeypatch.setattr(time, "sleep", minute_passes)
        world.record(*(call(f"call-{number}", START - number) for number in range(4)))
        minute_passes(0)
        yield made


def differences(archive: ArchiveWorld) -> list[Difference]:
    verification = Verification(archive.world.calls, archive.bucket, archive.manifest)
    return list(verification.of_day(DAY, plenty))


def archived(archive: ArchiveWorld) -> None:
    step = archive.write_days([DAY])
    time.sleep(1)
    archive.publish(*step)


@pytest.mark.parametrize("has_file", [False, True])
def test_an_archive_that_is_right_differs_nowhere(archive: ArchiveWorld, has_file: bool) -> None:
    if has_file:
        archived(archive)
    archive.world.record(call("call-1", START - 1, model="gpt-5-mini"), call("call-9", START - 9))
    archive.world.delete("call-2")
    assert differences(archive) == []


@pytest.mark.parametrize("has_file", [False, True])
def test_every_change_that_the_stream_lost_is_found_and_a_night_repairs_it(
    archive: ArchiveWorld, clock: time_machine.Traveller, has_file: bool
) -> None:
    if has_file:
        archived(archive)
    archive.world.record(call("call-1", START - 1, model="gpt-5-mini"), call("call-9", START - 9))
    archive.world.delete("call-2")
    barriers = [change for change in archive.world.unarchived if "barrier" in change["dynamodb"].get("NewImage", {})]
    archive.world.unarchived = barriers
    assert differences(archive) == [
        Difference("call-1", "both, but not the same"),
        Difference("call-2", "the archive only"),
        Difference("call-9", "the table only"),
    ]
    clock.shift(LAG)
    archived(archive)
    assert differences(archive) == []
