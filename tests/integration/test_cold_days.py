"""Days whose calls have left the table: what is new is recorded, what is known stays, and all is still found."""

import json
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
import time_machine

from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import Manifest
from ledger.aws import dynamodb
from ledger.aws.s3 import S3Bucket
from ledger.aws.settings import settings
from ledger.core import keys
from ledger.core.moments import DAY, HOUR, utc_day
from ledger.recording.cold_calls import CORRECTION
from ledger.recording.recorder import ANOTHERS
from tests.integration.harness import ARCHIVE, Answer, Api, account, call, payload, token
from tests.integration.nights import expire, minute_passes, night
from tests.integration.support import items, messages, refusal, shown
from tests.integration.test_ingest_litellm import ROWS
from tests.moment import NOW
from tests.otlp import as_json, request, span

HOT = 15
CALLED = NOW - 2 * DAY
ONE_DAY = {"startTime": CALLED // DAY * DAY, "endTime": CALLED // DAY * DAY + DAY - 1}
COLD = call(id="cold", callTime=CALLED, metadata={"team": "red"})
TIMES = {"startTime": CALLED, "endTime": CALLED + 1.5, "completionStartTime": CALLED + 0.5}
ROW: dict[str, Any] = ROWS[0] | TIMES | {"litellm_call_id": "row"}


class Ledger(Api):
    """An API whose time is moved by hand. While a function waits, a minute passes."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        super().__init__()
        self.clock = clock

    def minute(self) -> None:
        minute_passes(self, self.clock)

    def night(self) -> None:
        """Let the rest of the day pass, and the night after it."""
        self.minute()
        self.clock.move_to(time.time() // DAY * DAY + DAY + HOUR)
        self.minute()
        night(self, self.clock, None)

    def grow_cold(self) -> None:
        """Let so many days pass that the table forgets the calls that it has."""
        self.clock.shift((HOT + 2) * DAY)
        self.night()
        expire()

    def send(self, *calls: dict[str, Any], by: str = "gateway", role: str = "recorder") -> Answer:
        return self.request("POST", "/api/model-calls", token=credentials(by, role), json_body=list(calls))

    def send_row(self, row: dict[str, Any]) -> dict[str, int]:
        by, headers = credentials("gateway", "recorder"), {"content-type": "application/json"}
        return self.request("POST", "/api/ingest/litellm", token=by, json_body=[row], headers=headers).body

    def send_span(self, model: str) -> Any:
        made = span(1, attributes={"gen_ai.request.model": model})
        made.start_time_unix_nano, made.end_time_unix_nano = CALLED * 10**9, (CALLED + 2) * 10**9
        by, headers = credentials("gateway", "recorder"), {"content-type": "application/json"}
        return self.request(
            "POST", "/v1/traces", token=by, body=json.dumps(as_json(request(made))), headers=headers
        ).body

    def counted(self) -> int:
        """The calls of the cold day, by everybody's statistics."""
        answer = self.get("/api/user/admin/user-stats", credentials("root", "admin"), **ONE_DAY)
        return answer.body["summary"]["totalCalls"]


def credentials(did: str, role: str) -> str:
    return token(did, role, lifetime=100 * DAY)


def archived_users() -> set[str]:
    """The users that the objects name from which the archive's cold day is read."""
    day = Manifest("CountersTable").day(utc_day(CALLED))
    assert day
    with tempfile.TemporaryDirectory() as name:
        files = LocalFiles(S3Bucket(ARCHIVE), Path(name)).fetch_all(part.key for part in day.parts)
        rows = duckdb.execute("SELECT DISTINCT user_did FROM read_parquet(?)", [list(map(str, files))]).fetchall()
    return {did for (did,) in rows}


def stored() -> set[str]:
    """The calls that the table has."""
    return {item["id"]["S"] for item in items("CallsTable") if "userDid" in item}


def forget_the_archive() -> None:
    """Leave everything as it was on a stack that had none."""
    for item in items("CountersTable"):
        if item["scope"]["S"].startswith(keys.ARCHIVE):
            key = {"scope": item["scope"], "bucket": item["bucket"]}
            dynamodb.client().delete_item(TableName="CountersTable", Key=key)


@contextmanager
def ledger(hot_days: int) -> Generator[Ledger]:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        time_machine.travel(NOW, tick=False) as clock,
        account(monkeypatch),
    ):
        made = Ledger(clock)
        monkeypatch.setenv("TIME_SHARDS", "2")
        monkeypatch.setenv("HOT_DAYS", str(hot_days))

        def wait(_: float) -> None:
            with monkeypatch.context() as meanwhile:
                meanwhile.setattr(time, "sleep", clock.shift)
                made.minute()

        monkeypatch.setattr(time, "sleep", wait)
        made.handle("advance_archive", payload("advance_archive"))
        yield made


def test_days_of_before_the_archive_are_written_by_the_first_night() -> None:
    """As those of a deployed stack are that is updated: their calls stay as long as was decided when they came.

    It comes before the tests of one stack, as there is one at a time.
    """
    with ledger(0) as made:
        made.send(call(id="old", callTime=CALLED))
        made.minute()
        made.night()
        forget_the_archive()
        with pytest.MonkeyPatch.context() as update:
            update.setenv("HOT_DAYS", str(HOT))
            settings.cache_clear()
            made.functions.clear()
            made.clock.shift((HOT + 2) * DAY)
            assert shown(made, "old")["callTime"] == CALLED
            assert made.send(call(id="old", callTime=CALLED)).body["recorded"] == 1, "nothing is cold before a night"
            made.night()
            assert stored() == {"old"}
            found = made.get("/api/user/model-calls/old", credentials("alice", "user"), callTime=CALLED)
            assert found.status == 200
        settings.cache_clear()


@pytest.fixture(scope="module")
def cold() -> Iterator[Ledger]:
    """Calls were recorded when their day was hot, each by another way. Only the archive has them now."""
    with ledger(HOT) as made:
        made.send(COLD, call(id="leaving", callTime=CALLED, userDid="leaver", userInfo={"fullName": "Lea Ver"}))
        made.send_row(ROW)
        made.send_span("gpt-5")
        made.night()
        made.grow_cold()
        made.minute()
        assert not stored()
        assert made.counted() == 4
        yield made


def test_what_is_sent_again_after_the_table_forgot_it_changes_nothing(cold: Ledger) -> None:
    before, counted = stored(), cold.counted()
    assert cold.send(COLD).body == {"recorded": 1, "rejected": []}
    assert cold.send_row(ROW) == {"recorded": 1, "accepted": 0, "setAside": 0}
    assert cold.send_span("gpt-5") == {}
    cold.minute()
    assert (stored(), cold.counted()) == (before, counted)


def test_a_correction_is_refused_and_what_came_with_it_is_recorded(cold: Ledger) -> None:
    before = stored()
    answer = cold.send({**COLD, "model": "other"}, call(id="new", callTime=CALLED + 1), call(id="hot"))
    assert answer.status == 207
    rejected = {"index": 0, "id": "cold", "error": CORRECTION, "retryable": False}
    assert answer.body == {"recorded": 2, "rejected": [rejected]}
    assert stored() == before | {"new", "hot"}
    cold.minute()


def test_a_correction_by_a_proxy_is_set_aside_and_one_by_a_span_is_rejected(cold: Ledger) -> None:
    assert cold.send_row(ROW | {"model": "other"}) == {"recorded": 0, "accepted": 0, "setAside": 1}
    [message] = messages("ROWS_SET_ASIDE_QUEUE")
    assert json.loads(message["body"])["rows"][0]["reason"] == CORRECTION
    cold.clock.shift(DAY)
    expire()
    assert cold.send_span("other")["partialSuccess"] == {"rejectedSpans": "1", "errorMessage": CORRECTION}


def test_an_id_is_another_calls_on_another_day(cold: Ledger) -> None:
    """Also where both days are looked for at once."""
    day_before = call(id="cold", callTime=CALLED - DAY)
    assert cold.send(day_before, call(id="another", callTime=CALLED)).body == {"recorded": 2, "rejected": []}
    assert {"cold", "another"} <= stored()
    for sent in ("cold", "another"):
        dynamodb.client().delete_item(TableName="CallsTable", Key={"id": {"S": sent}})
    cold.minute()


def test_another_key_learns_nothing_of_a_cold_call(cold: Ledger) -> None:
    for sent in (COLD, {**COLD, "model": "other"}):
        [rejected] = cold.send(sent, by="other").body["rejected"]
        assert rejected["error"] == ANOTHERS
    assert cold.send(COLD, by="root", role="admin").body["recorded"] == 1


def test_a_cold_call_is_found_by_its_id_and_its_time(cold: Ledger) -> None:
    path = "/api/user/model-calls/cold"
    found = cold.get(path, credentials("alice", "user"), callTime=CALLED)
    assert found.status == 200
    assert (found.body["metadata"], found.body["callTime"]) == (COLD["metadata"], CALLED)
    assert "callTime" in refusal(cold.get(path, credentials("alice", "user")), 404, "not_found")
    assert cold.get(path, credentials("bob", "user"), callTime=CALLED).status == 404
    assert cold.get(path, credentials("alice", "user"), callTime=CALLED + DAY).status == 404


def test_a_repricing_reaches_hot_days_only_and_says_so(cold: Ledger) -> None:
    admin, now = credentials("root", "admin"), int(time.time())
    asked = {"startTime": CALLED - 60, "endTime": CALLED + 60}
    answer = cold.request("POST", "/api/admin/reprice", token=admin, json_body=asked)
    assert "cold" in refusal(answer, 400, "invalid_request", "endTime")
    both = cold.request("POST", "/api/admin/reprice", token=admin, json_body=asked | {"endTime": now}).body
    assert both["repricedFrom"] == (now - HOT * DAY) // DAY * DAY


def test_a_call_new_to_a_cold_day_is_counted_stays_hot_and_is_then_in_the_day_file(cold: Ledger) -> None:
    cold.minute()
    late, counted = call(id="late", callTime=CALLED + 60), cold.counted()
    cold.send(late)
    cold.minute()
    assert cold.counted() == counted + 1
    cold.night()
    cold.clock.shift((HOT - 2) * DAY)
    expire()
    assert "late" in stored()
    assert cold.send({**late, "model": "other"}).body["recorded"] == 1, "it is hot, so it may be corrected"
    cold.night()
    cold.grow_cold()
    cold.minute()
    assert not stored()
    assert cold.send({**late, "model": "other"}).body == {"recorded": 1, "rejected": []}
    assert [rejected["error"] for rejected in cold.send(late).body["rejected"]] == [CORRECTION]
    assert cold.counted() == counted + 1


def test_an_erasure_reaches_cold_days(cold: Ledger) -> None:
    """Nothing stays of the user: no call in the day's file, and no aggregate that does not expire."""
    cold.minute()
    counted = cold.counted()
    assert "leaver" in archived_users()
    for _ in ("erased", "erased again"):
        asked = cold.request(
            "POST", "/api/admin/erasures", token=credentials("root", "admin"), json_body={"userDid": "leaver"}
        )
        cold.run_jobs()
        status = cold.get(asked.headers["Location"], credentials("root", "admin")).body
        assert (status["status"], status["callsRemoved"]) == ("done", 1)
        cold.minute()
        assert cold.counted() == counted - 1
        gone = cold.get("/api/user/model-calls/leaving", credentials("leaver", "user"), callTime=CALLED)
        assert gone.status == 404
    assert "Lea" not in str(items("RegistryTable"))
    assert "leaver" not in str(items("CallsTable"))
    cold.night()
    assert cold.counted() == counted - 1
    assert "leaver" not in archived_users()
    named = [item for item in items("CountersTable") if "leaver" in str(item)]
    assert named
    assert all("expiresAt" in item for item in named)
