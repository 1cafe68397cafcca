"""What the processes of the soak do, each over and over again; and the small world that they do it in."""

import json
import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ledger.aggregates.counters_table import CounterTable
from ledger.archive import freshness
from ledger.archive.archive import Archive
from ledger.archive.archived_calls import ArchivedCalls
from ledger.archive.archiver import Archiver
from ledger.archive.hot_days import HotDays
from ledger.archive.manifest import Manifest
from ledger.aws import concurrency, dynamodb, retries, s3
from ledger.aws.s3 import ObjectChanged, S3Bucket
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.identity import Identity, Role
from ledger.core.moments import DAY, day_start, utc_day
from ledger.core.scopes import Scope
from ledger.counting.barrier import Barrier
from ledger.counting.stream import Counting
from ledger.erasure.cold_days import ColdDays
from ledger.erasure.store import ErasureStore
from ledger.erasure.worker import ErasureWorker
from ledger.exports.job import Export, new_export
from ledger.exports.query import ExportQuery
from ledger.exports.removal import ExportRemoval
from ledger.exports.rows import ExportRows
from ledger.exports.store import ExportStore
from ledger.exports.worker import ExportWorker
from ledger.usage.reader import UsageReader
from tests.engine.export_file import rows
from tests.engine.faults import retrying
from tests.integration.harness import ARCHIVE, BUCKET
from tests.integration.history import START
from tests.integration.night_run import NightRun
from tests.integration.small_world import call
from tests.integration.world import RETENTION

CALLS = Calls("CallsTable", time_shards=2, retention=RETENTION)
COUNTERS = CounterTable("CountersTable", fragments=2)
DIRECTORY = Directory("RegistryTable")
EXPORTS = ExportStore(DIRECTORY.table, lease=2)
ARCHIVED = Archive(Manifest(COUNTERS.table), S3Bucket(ARCHIVE), room=10**9)
EXPORT_JOB = ExportWorker(
    ExportRows(CALLS, ARCHIVED, DIRECTORY, chunk=500), EXPORTS, S3Bucket(BUCKET), part_size=30_000
)
BARRIER = Barrier(CALLS.table, COUNTERS.table, items=lambda: 16)
MIDNIGHT = day_start(utc_day(START)) + DAY
EVERYTHING = (MIDNIGHT - 9 * DAY, MIDNIGHT - DAY - 17, MIDNIGHT - 400, MIDNIGHT + DAY)
STILL = [call(f"still-{number}", MIDNIGHT - 7_001 * number - 400, user_did="still") for number in range(50)]
LEAVING = [call(f"leaving-{number}", MIDNIGHT - 5_003 * number - 400, user_did="leaving") for number in range(60)]


def begin(role: Callable[..., None], *arguments: Any) -> None:
    """What a process of the soak does first: it makes clients of its own."""
    logging.disable(logging.CRITICAL)  # failures are what it is about
    dynamodb.client.cache_clear()
    concurrency.threads.cache_clear()
    s3.client.cache_clear()
    role(*arguments)


def write(journal: Path, number: int) -> None:
    """Write versions of calls, and note each that is to be sent, and each that is acknowledged."""
    rng = random.Random(f"{number} {time.time()}")
    with journal.open("a", buffering=1) as notes:
        while True:
            batch = {(version := _version(number, rng)).id: version for _ in range(rng.randrange(1, 15))}
            notes.writelines(_line("sent", version) for version in batch.values())
            left = list(batch.values())
            while left:
                unwritten = retrying(lambda left=left: CALLS.put(left, time.time()))
                refused = {one.id for one in unwritten}
                notes.writelines(_line("acknowledged", one) for one in left if one.id not in refused)
                left = unwritten
            time.sleep(0.02)


def _version(number: int, rng: random.Random) -> ModelCall:
    late = rng.choice((0, 899, rng.randrange(DAY), rng.randrange(6 * DAY)))
    return call(
        f"{number}-{rng.randrange(2_000)}",
        int(time.time()) - late,
        user_did=rng.choice("ab"),
        app_did=rng.choice(("x", "y", None)),
        credits=Decimal(rng.randrange(10**11)).scaleb(-10),
        trace_id=f"{time.time():.6f} {rng.getrandbits(32)}",  # names the version
    )


def _line(event: str, version: ModelCall) -> str:
    return json.dumps([event, version.id, version.trace_id]) + "\n"


def count(pipe: Connection) -> None:
    """Count the batches that come, as count_calls does, and answer what could not be counted."""
    while True:
        batch = pipe.recv()
        try:
            pipe.send(Counting(COUNTERS.table, COUNTERS.fragments).count(batch, lambda: 300.0).failed)
        except retries.REQUEST_ERRORS:
            pipe.send([change["dynamodb"]["SequenceNumber"] for change in batch])


def read(pipe: Connection) -> None:
    """Ask for what does not change, whatever else does: any part of it is right at every moment."""
    rng, reader, reads = random.Random(3), UsageReader(CALLS, COUNTERS, ArchivedCalls(COUNTERS.table, ARCHIVE)), 0
    while True:
        middle = rng.randrange(EVERYTHING[0] + 1, EVERYTHING[-1])
        boundaries = (EVERYTHING[0], middle, EVERYTHING[-1])
        reading = retrying(lambda at=boundaries: reader.read({Scope.of_user("still"): at})[Scope.of_user("still")])
        found = [sum(measures.calls for measures in interval.values()) for interval in reading.intervals]
        expected = [sum(one.call_time < middle for one in STILL), sum(one.call_time >= middle for one in STILL)]
        reads += 1
        pipe.send((reads, None if found == expected else f"{found}, not {expected}, around {middle}"))


def archive(pipe: Connection) -> None:
    """Archive the changes that come, as archive_changes does, and say when that is done; note how far that is."""
    archiver = Archiver(S3Bucket(ARCHIVE), Manifest(COUNTERS.table))
    while True:
        if pipe.poll(1):
            changes = pipe.recv()
            retrying(lambda changes=changes: archiver.archive(changes))
            pipe.send(len(changes))
        retrying(_let_the_archive_advance)


def aggregate(pipe: Connection) -> None:
    """The night, again and again once midnight has passed; its last one is still going on when it is killed."""
    while time.time() < MIDNIGHT:
        time.sleep(0.1)
    night = NightRun(CALLS, COUNTERS, S3Bucket(ARCHIVE), BARRIER, _wait, _any)
    while True:
        done = retrying(night.run)
        pipe.send((len(done), sum(day.drifted for day in done)))
        time.sleep(0.5)


def _wait() -> None:
    time.sleep(1)


def _let_the_archive_advance() -> None:
    """What advance_archive does every minute."""
    freshness.advance(CALLS.table, COUNTERS.table, lambda: 16)


def erase(pipe: Connection) -> None:
    """Erase a user, with the calls and exports that were there."""
    store = ErasureStore(DIRECTORY.table)
    removal = ExportRemoval(EXPORTS, EXPORT_JOB.bucket)
    cold_days = ColdDays(CALLS, HotDays(CALLS, COUNTERS.table), ArchivedCalls(COUNTERS.table, ARCHIVE))
    worker = ErasureWorker(CALLS, DIRECTORY, store, removal, cold_days, settling=3.0, page_size=20)
    erasure_id = keys.erasure_id("leaving")
    retrying(lambda: worker.run(erasure_id, _any))
    erasure = retrying(lambda: store.find(erasure_id))
    assert erasure
    pipe.send(erasure.calls_removed)
    time.sleep(3_600)


def _any() -> float:
    return 300.0


def export(pipe: Connection) -> None:
    """Write the exports that come, as write_export does: each while there is time. Answer what has become of it."""
    rng = random.Random(time.time())
    dynamodb.query_as = partial(dynamodb.query_as, limit=200)
    while True:
        export_id, give_up = pipe.recv(), time.monotonic() + rng.uniform(0.1, 2)
        try:
            export = EXPORT_JOB.run(export_id, lambda until=give_up: until - time.monotonic())
        except (*retries.REQUEST_ERRORS, ObjectChanged):
            pipe.send("failed")
        else:
            pipe.send(export.status if export else "nothing to do")


def ask(pipe: Connection, journals: Sequence[Path]) -> None:
    """Ask for everybody's calls as a file, watch until it is there, and look whether it says what was recorded."""
    rng = random.Random(time.time())
    while True:
        query = ExportQuery.model_validate({"allUsers": "true", "endTime": f"{EVERYTHING[-1] + rng.randrange(10**6)}"})
        asked = new_export(Identity("asker", Role.ADMIN), query, CALLS)
        begun = retrying(lambda asked=asked: EXPORTS.begin(asked))
        pipe.send(("begun", begun.id, None))
        while (found := retrying(lambda begun=begun: EXPORTS.find(begun.id))).status == "running":
            time.sleep(0.1)
        wrong = None
        if found.status == "ready":
            try:
                retrying(lambda found=found: _check_file(found, journals))
            except AssertionError as error:
                wrong = str(error)
        pipe.send((found.status, found.id, wrong))


def _check_file(export: Export, journals: Sequence[Path]) -> None:
    """What stays is in it, and of all else nothing but what was sent, each version once."""
    file = rows(export, EXPORT_JOB.bucket)
    stayed = [(row["Request ID"], Decimal(row["Credits"])) for row in file if row["User DID"] == "still"]
    assert stayed == [(one.id, one.credits) for one in in_order(STILL)], f"{stayed} stayed"
    lines = [line for journal in journals for line in journal.read_text().splitlines(keepends=True)]
    sent = {version: call_id for _, call_id, version in (json.loads(line) for line in lines if line.endswith("\n"))}
    versions = {row["Trace ID"]: row["Request ID"] for row in file if row["Trace ID"]}
    assert versions.items() <= sent.items(), "a row that nobody sent"
    assert len(versions) == sum(bool(row["Trace ID"]) for row in file), "a version twice"


def in_order(calls: Iterable[ModelCall]) -> list[ModelCall]:
    """As the log has them."""
    return sorted(calls, key=lambda one: one.call_time_id, reverse=True)
