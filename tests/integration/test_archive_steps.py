"""The steps of a night in the archive, as the state machine takes them."""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
import time_machine

from ledger.archive.manifest import Manifest
from ledger.archive.parts import Totals
from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings
from ledger.core.moments import DAY, HOUR, iso, utc_day
from tests.integration.harness import ARCHIVE, Api, call, payload, token
from tests.integration.nights import minute_passes, night
from tests.moment import NOW

DAYS = [utc_day(NOW - 3 * DAY), utc_day(NOW - 2 * DAY)]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def recorded(api: Api, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> Api:
    """An API with calls of two days, all counted and archived. While a function waits, a minute passes."""

    def wait(_: float) -> None:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(time, "sleep", clock.shift)
            minute_passes(api, clock)

    monkeypatch.setattr(time, "sleep", wait)
    for name in names():
        boto3.client("s3").delete_object(Bucket=ARCHIVE, Key=name)
    calls = [call(id=f"call-{number}", callTime=NOW - (2 + number % 2) * DAY) for number in range(5)]
    assert api.request("POST", "/api/model-calls", token=token("gateway", "recorder"), json_body=calls).status == 200
    minute_passes(api, clock)
    return api


def names(prefix: str = "") -> list[str]:
    """The names of the objects of the archive."""
    found = boto3.client("s3").list_objects_v2(Bucket=ARCHIVE, Prefix=prefix)
    return [item.get("Key", "") for item in found.get("Contents", [])]


def objects(plan: dict[str, Any]) -> int:
    """How many objects there are of the first day of a plan."""
    return len(names(f"calls/day={plan['days'][0]}/generation={plan['generation']}/"))


def test_a_night_archives_each_day_that_changed_and_then_there_is_nothing_to_do(
    recorded: Api, clock: time_machine.Traveller
) -> None:
    clock.shift(DAY)
    [plan] = night(recorded, clock, None)
    assert plan["days"] == DAYS
    assert night(recorded, clock, None) == []
    assert recorded.handle("verify_archive", {"days": DAYS}) == {day: [] for day in DAYS}
    archived = Manifest("CountersTable").days(*DAYS)
    assert [day.totals for day in archived] == [Totals(2, 240, Decimal("0.0250")), Totals(3, 360, Decimal("0.0375"))]


def test_days_are_archived_by_hand_as_they_are_now(recorded: Api, clock: time_machine.Traveller) -> None:
    [before] = night(recorded, clock, DAYS[:1])
    clock.shift(1)
    [after] = night(recorded, clock, DAYS[:1])
    assert before["days"] == after["days"] == DAYS[:1]
    assert objects(before) == objects(after) == 1
    clock.shift(2 * DAY)
    recorded.handle("keep_archive", payload("keep_archive"))
    assert objects(before) == 0, "it is replaced"
    assert objects(after) == 1


def test_a_day_is_not_published_before_what_may_be_in_it_is_in_the_change_files(recorded: Api) -> None:
    plan = recorded.handle("plan_night", {"through": DAYS[-1], "days": DAYS, "since": iso(time.time())})
    for part in plan["parts"]:
        recorded.handle("archive_part", {"part": part, "generation": plan["generation"]})
    asked = {"day": DAYS[0], "generation": plan["generation"]}
    assert recorded.handle("publish_day", asked) == {"isPublished": False}
    time.sleep(1)
    assert recorded.handle("publish_day", asked) == {"isPublished": True}


def test_days_leave_the_archive_when_their_calls_have_expired(recorded: Api, clock: time_machine.Traveller) -> None:
    [plan] = night(recorded, clock, DAYS)
    clock.shift(settings().retention_days * DAY)
    night(recorded, clock, None)
    clock.shift(2 * HOUR)
    recorded.handle("keep_archive", payload("keep_archive"))
    assert objects(plan) == 0


def test_of_whoever_is_erased_no_object_has_a_call_after_three_nights(
    recorded: Api, clock: time_machine.Traveller, tmp_path: Path
) -> None:
    theirs = call(id="bobs", userDid="bob", callTime=NOW - 2 * DAY)
    assert recorded.request("POST", "/api/model-calls", token=token("gateway", "recorder"), json_body=[theirs]).status
    night(recorded, clock, DAYS)
    assert users(tmp_path) == {"alice", "bob"}
    asked = recorded.request(
        "POST", "/api/admin/erasures", token=token("root", "admin"), json_body={"userDid": "alice"}
    )
    assert asked.status == 202
    recorded.run_jobs()
    for _ in range(3):
        minute_passes(recorded, clock)
        clock.shift(DAY)
        night(recorded, clock, None)
        clock.shift(2 * HOUR)
        recorded.handle("keep_archive", payload("keep_archive"))
    assert users(tmp_path) == {"bob"}
    assert recorded.handle("verify_archive", {"days": DAYS}) == {day: [] for day in DAYS}


def users(folder: Path) -> set[str]:
    """Whose calls any object of the archive has."""
    found: set[str] = set()
    for number, name in enumerate(name for name in names() if name.endswith(".parquet")):
        path = folder / f"{time.time_ns()}-{number}.parquet"
        S3Bucket(ARCHIVE).download(name, path)
        rows = duckdb.execute("SELECT DISTINCT user_did FROM read_parquet(?)", [str(path)]).fetchall()
        found |= {did for (did,) in rows if did is not None}
    return found


def test_an_unreadable_change_goes_to_the_queue_and_comes_back_as_failed(recorded: Api) -> None:
    event = payload("archive_changes")
    del event["Records"][0]["dynamodb"]["NewImage"]["userDid"]
    number = event["Records"][0]["dynamodb"]["SequenceNumber"]
    assert recorded.handle("archive_changes", event) == {"batchItemFailures": []}
    failed = {"batchItemFailures": [{"itemIdentifier": number}]}
    assert recorded.handle("archive_changes", event | {"isReplay": True}) == failed
