"""An export is written once and whole, whatever happens to whoever writes it."""

import csv
import hashlib
import itertools
import random
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import S3Backend

from ledger.archive.archive import Archive
from ledger.archive.manifest import Manifest
from ledger.aws import concurrency, dynamodb, s3
from ledger.aws.s3 import S3Bucket
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.identity import Identity, Role
from ledger.exports.job import Export, new_export
from ledger.exports.query import ExportQuery
from ledger.exports.rows import ExportRows
from ledger.exports.store import ExportStore, LeaseLost
from ledger.exports.worker import ExportWorker
from tests.integration.harness import ARCHIVE, BUCKET, PATIENCE, account
from tests.integration.requests import Killed
from tests.integration.small_world import Inline, call

NOW = int(time.time())
EVERYBODY = ExportQuery.model_validate({"allUsers": "true"})
ADMIN = Identity("root", Role.ADMIN)
PART = 1_500
"""Bytes; the parts of these tests are small."""
ROWS = 45
ROOM = 1_000_000


UPLOAD_PART = S3Backend.upload_part


def upload_part(backend: S3Backend, bucket_name: str, multipart_id: str, part_id: int, value: bytes) -> Any:
    """As S3 answers where there is no such upload; moto fails."""
    if multipart_id not in backend.get_bucket(bucket_name).multiparts:
        raise NoSuchUpload(upload_id=multipart_id)
    return UPLOAD_PART(backend, bucket_name, multipart_id, part_id, value)


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ExportWorker]:
    """A job on an account of its own, with calls in it; all it does happens in one thread, in one order."""
    monkeypatch.setattr(concurrency, "threads", Inline)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", PART)
    monkeypatch.setattr(S3Backend, "upload_part", upload_part)
    with account(monkeypatch):
        calls = Calls("CallsTable", time_shards=2, retention=400 * 86_400, patience=PATIENCE)
        calls.put(CALLS, NOW)
        archive = Archive(Manifest("CountersTable"), S3Bucket(ARCHIVE), ROOM, tmp_path)
        rows = ExportRows(calls, archive, Directory("RegistryTable"), chunk=23)
        yield ExportWorker(rows, ExportStore("RegistryTable"), S3Bucket(BUCKET), PART)


def in_slices_of(job: ExportWorker, calls: int) -> ExportWorker:
    return replace(job, rows=replace(job.rows, chunk=calls))


def some_calls(number: int) -> list[ModelCall]:
    chance = random.Random(3)
    return [
        call(
            f"{chance.getrandbits(32):08x}",
            NOW - chance.randrange(5_000),
            user_did=chance.choice("abc"),
            error_reason=chance.choice([None, 'a, "b"\r\n🦜', "=cmd()"]),
            credits=Decimal(chance.randrange(10**9)).scaleb(-10),
        )
        for _ in range(number)
    ]


CALLS = some_calls(ROWS)


class Clock:
    """Time that passes when somebody waits, so that nobody does."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", lambda: clock.now)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


def begun(job: ExportWorker, query: ExportQuery = EVERYBODY) -> Export:
    return job.store.begin(new_export(ADMIN, query, job.rows.calls))


def endless() -> float:
    return 1_000.0


def stored(job: ExportWorker, export_id: str) -> bytes:
    """The object of an export that is ready, when all that is told of it is true and nothing else is left."""
    export = job.store.find(export_id)
    assert export
    assert export.status == "ready"
    listed = s3.client().list_objects_v2(Bucket=BUCKET).get("Contents", [])
    assert [entry.get("Key") for entry in listed] == [export.key]
    assert "Uploads" not in s3.client().list_multipart_uploads(Bucket=BUCKET)
    data = s3.client().get_object(Bucket=BUCKET, Key=export.key)
    body = data["Body"].read()
    assert data["ContentDisposition"] == f'attachment; filename="{export.filename}"'
    assert export.progress.size == len(body)
    assert export.sha256 == hashlib.sha256(body).hexdigest()
    assert export.progress.rows == len(ids(body))
    return body


def ids(body: bytes) -> list[str]:

    rows = list(csv.reader(StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    return [row[1] for row in rows[1:]]


def in_order(calls: list[ModelCall]) -> list[str]:
    return [call.id for call in sorted(calls, key=lambda call: call.call_time_id, reverse=True)]


@contextmanager
def at_any_request(number: int, act: Callable[[], None], *, answered: bool) -> Generator[list[str]]:
    """Do something at the n-th request to DynamoDB or S3, before it is sent or else when its answer is there."""
    sent: list[str] = []
    numbers = itertools.count()

    def handle(model: Any, **_: object) -> None:
        sent.append(model.name)
        if next(numbers) == number:
            act()

    event = "after-call" if answered else "before-call"
    hooks = [(client, cast("Any", client.meta.events)) for client in (dynamodb.client(), s3.client())]
    for _, events in hooks:
        events.register(event, handle)
    try:
        yield sent
    finally:
        for _, events in hooks:
            events.unregister(event, handle)


def kill() -> None:
    raise KeyboardInterrupt  # nothing handles it, as nothing handles the end of a process


def requests_of(job: ExportWorker) -> list[str]:
    with at_any_request(-1, kill, answered=False) as sent:
        assert job.run(begun(job).id, endless)
    return sent


def test_all_rows_in_the_order_of_the_log_in_several_parts(job: ExportWorker) -> None:
    sent = requests_of(job)
    assert sent.count("UploadPart") > 1
    assert sent.count("CompleteMultipartUpload") == 1


def test_a_small_export_is_one_request_to_s3(job: ExportWorker) -> None:
    export = begun(job, ExportQuery.model_validate({"allUsers": "true", "endTime": NOW - 4_900}))
    with at_any_request(-1, kill, answered=False) as sent:
        assert job.run(export.id, endless)
    assert [name for name in sent if "Object" in name or "Upload" in name] == ["PutObject"]
    assert ids(stored(job, export.id)) == in_order([call for call in CALLS if call.call_time <= NOW - 4_900])


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
def test_killed_at_any_request_and_started_again_it_is_whole(
    job: ExportWorker, clock: Clock, *, answered: bool
) -> None:
    """The process ends; after the lease another begins."""
    number = 0
    while True:
        _empty()
        export = begun(job, ExportQuery.model_validate({"allUsers": "true", "search": "", "endTime": NOW + number}))
        try:
            with at_any_request(number, kill, answered=answered):
                job.run(export.id, endless)
            break
        except KeyboardInterrupt:
            clock.sleep(job.store.lease + 1)
        found = job.store.find(export.id)
        assert found
        if found.status == "running":  # the answer to its last request may have got lost
            assert job.run(export.id, endless)
        assert ids(stored(job, export.id)) == in_order(CALLS)
        number += 1
    assert number > 15


def test_a_failure_at_any_request_is_made_good_by_lambdas_next_attempt(job: ExportWorker) -> None:
    def fail() -> None:
        raise Killed

    number = 0
    while True:
        _empty()
        export = begun(job, ExportQuery.model_validate({"allUsers": "true", "endTime": NOW + number}))
        try:
            with at_any_request(number, fail, answered=False):
                job.run(export.id, endless)
            break
        except Killed:
            job.run(export.id, endless)  # at once: who failed has given it back
        assert ids(stored(job, export.id)) == in_order(CALLS)
        number += 1
    assert number > 15


@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_it_goes_on_past_the_time_of_one_function(job: ExportWorker, blocks: int) -> None:
    """Each may work on so many slices of a few calls; what is too little for a part waits in an object of its own."""
    job = in_slices_of(job, 7)
    export, runs = begun(job), 0
    shown = [0]
    while (found := job.store.find(export.id)) and found.status == "running":
        left = itertools.chain([1.0] * (blocks - 1), itertools.repeat(-1.0))
        done = job.run(export.id, lambda left=left: next(left))
        assert done
        assert done.shown >= shown[-1]
        shown.append(done.shown)
        runs += 1
    assert runs > 2
    assert ids(stored(job, export.id)) == in_order(CALLS)


def test_few_rows_among_many_calls_come_out_however_often_it_is_interrupted(job: ExportWorker) -> None:
    job = in_slices_of(job, 10)
    wanted = CALLS[7]
    export = begun(job, ExportQuery.model_validate({"allUsers": "true", "search": wanted.id}))
    for _ in range(100):
        done = job.run(export.id, lambda: -1.0)
        assert done
        if done.status == "ready":
            break
    assert ids(stored(job, export.id)) == [wanted.id]


def test_calls_that_arrive_meanwhile_are_in_it_at_most_once_and_move_no_other(job: ExportWorker) -> None:
    job = in_slices_of(job, 12)
    export, number = begun(job), 0
    while (found := job.store.find(export.id)) and found.status == "running":
        left = iter([1.0, -1.0])
        job.run(export.id, lambda left=left: next(left, -1.0))
        job.rows.calls.put([call(f"new-{number}-{n}", NOW - n * 700) for n in range(8)], NOW)
        number += 1
    exported = ids(stored(job, export.id))
    assert len(exported) == len(set(exported))
    assert [call_id for call_id in exported if not call_id.startswith("new-")] == in_order(CALLS)


def test_of_two_workers_one_writes(job: ExportWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is told in the middle of the first one's work: it waits, sees that it goes on, and leaves it alone."""
    export = begun(job)
    others: list[Export | None] = []

    def second() -> None:
        sleep = time.sleep

        def go_on(seconds: float) -> None:
            sleep(seconds)
            job.store.renew(cast("Export", job.store.find(export.id)), worker, 5)

        worker = cast("dynamodb.Item", dynamodb.get("RegistryTable", {"id": {"S": keys.export(export.id)}}))["worker"][
            "S"
        ]
        with monkeypatch.context() as patch:
            patch.setattr("ledger.exports.worker.time.sleep", go_on)
            others.append(job.run(export.id, endless))

    with at_any_request(12, second, answered=True):
        assert job.run(export.id, endless)
    assert others == [None]
    assert ids(stored(job, export.id)) == in_order(CALLS)


def test_a_worker_that_was_taken_for_dead_changes_nothing_any_more(job: ExportWorker, clock: Clock) -> None:
    """It slept through its lease in the middle of a part; another has finished the export since."""
    for number in range(4, 16):
        _empty()
        export = begun(job, ExportQuery.model_validate({"allUsers": "true", "endTime": NOW + number}))

        def overslept(export: Export = export) -> None:
            clock.sleep(job.store.lease + 1)
            assert job.run(export.id, endless)

        with at_any_request(number, overslept, answered=False):
            assert job.run(export.id, endless) is None
        assert ids(stored(job, export.id)) == in_order(CALLS)


def test_parts_that_are_gone_are_written_anew(job: ExportWorker) -> None:
    job = in_slices_of(job, 9)
    export = begun(job)
    left = iter([1.0] * 3)
    assert job.run(export.id, lambda: next(left, -1.0))
    found = job.store.find(export.id)
    assert found
    assert found.progress.etags
    job.bucket.abort_all(export.key)  # as the lifecycle of the bucket does after a week
    with pytest.raises(s3.ObjectChanged):
        job.run(export.id, endless)
    assert job.run(export.id, endless)
    assert ids(stored(job, export.id)) == in_order(CALLS)


def test_what_fails_again_and_again_has_failed_and_leaves_nothing(job: ExportWorker) -> None:
    def fail() -> None:
        raise Killed

    job = replace(job, part_size=1_000_000)
    export = begun(job)
    for attempt in range(job.most_attempts):
        assert cast("Export", job.store.find(export.id)).status == "running"
        with pytest.raises(Killed), at_any_request(5 + attempt, fail, answered=False):
            job.run(export.id, endless)
    assert cast("Export", job.store.find(export.id)).status == "failed"
    assert job.run(export.id, endless) is None
    assert "Contents" not in s3.client().list_objects_v2(Bucket=BUCKET)
    assert "Uploads" not in s3.client().list_multipart_uploads(Bucket=BUCKET)


def test_the_same_request_finds_the_export_that_runs_and_not_one_that_nobody_works_on(
    job: ExportWorker, clock: Clock
) -> None:
    first = begun(job)
    assert begun(job).id == first.id
    assert begun(job, ExportQuery.model_validate({"allUsers": "true", "locale": "zh"})).id != first.id
    mine = job.store.begin(new_export(replace(ADMIN, did="other"), EVERYBODY, job.rows.calls))
    assert mine.id != first.id
    assert job.run(first.id, endless)
    assert begun(job).id == first.id  # whoever asks until it is ready gets it
    clock.sleep(301)
    second = begun(job)
    assert second.id != first.id
    clock.sleep(2_000)
    assert begun(job).id != second.id


def test_two_that_begin_the_same_at_once_begin_one(job: ExportWorker) -> None:
    begun_meanwhile: list[Export] = []
    with at_any_request(1, lambda: begun_meanwhile.append(begun(job)), answered=False):
        export = begun(job)
    assert [export.id] == [other.id for other in begun_meanwhile]


def test_a_lease_is_taken_by_one_only(job: ExportWorker) -> None:
    export = begun(job)
    job.store.take(export, "one")
    with pytest.raises(LeaseLost):
        job.store.take(export, "two")
    with pytest.raises(LeaseLost):
        job.store.renew(export, "two", 5)


def test_who_took_a_lease_and_was_not_answered_may_take_it_again(job: ExportWorker) -> None:
    """As the client of DynamoDB does by itself: otherwise nobody would work on it."""
    export = begun(job)
    for _ in range(2):
        job.store.take(export, "one")
    with pytest.raises(LeaseLost):
        job.store.take(export, "two")


def _empty() -> None:
    client = s3.client()
    for entry in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=entry.get("Key", ""))
