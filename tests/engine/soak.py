"""Everything at once, for a while, and every figure right in the end: python -m tests.engine.soak [SECONDS].

Writers, workers that count, a reader, the nightly aggregation and the erasure of a user are processes of their own.
They reach DynamoDB Local through a proxy that fails in every way, and are killed at any moment and begun again; the
stream is delivered to them in any order, some of it twice. Midnight passes on the way, so that there is a day to
aggregate while calls are written. What writers noted as acknowledged is what the tables are compared with.
"""

import json
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import time_machine

from ledger import barrier, dynamodb, erasing, keys
from ledger.aggregation import Aggregation
from ledger.calls import Calls
from ledger.counter_table import CounterTable
from ledger.counting import Counting
from ledger.erasing import Erasing
from ledger.erasures import Erasures
from ledger.export_job import ExportJob
from ledger.export_table import ExportTable
from ledger.model_call import ModelCall, from_item
from ledger.objects import Bucket
from ledger.reconciliation import reconcile
from ledger.registry import Registry
from ledger.usage import UsageReader
from local.dynamodb_local import dynamodb_local
from tests.engine.faults import FAULTS, faulty
from tests.engine.stream import EngineStream
from tests.engine.tables import tables_on
from tests.integration.history import START
from tests.integration.small_world import call
from tests.integration.world import RETENTION, Change, World, scan

CALLS = Calls("CallsTable", time_shards=2, retention=RETENTION)
COUNTERS = CounterTable("CountersTable", fragments=2)
REGISTRY = Registry("RegistryTable")
MIDNIGHT = keys.day_start(keys.utc_day(START)) + keys.DAY
SCOPES = ("all", "users", "apps", "user#a", "user#b", "user#still", "user#leaving", "app#x", "app#y")
EVERYTHING = (MIDNIGHT - 9 * keys.DAY, MIDNIGHT - keys.DAY - 17, MIDNIGHT - 400, MIDNIGHT + keys.DAY)
WRITERS = 2
WORKERS = 3
BATCH = 40
PROBABILITY = 0.02
TIMEOUT: dict[str, Any] = {"latency": {"min": 6_000, "max": 6_000}, "probability": 0.0005}
KILLED_EVERY = 1.5
"""Seconds between two processes that are killed."""
DRAINING = 240
"""Seconds within which everything has to be counted and aggregated once the writers have stopped."""


def retrying(work: Callable[[], Any]) -> Any:
    """As gateways and Lambda do: whoever is told that something failed tries again."""
    while True:
        try:
            return work()
        except dynamodb.FAILURES:
            time.sleep(0.05)


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
    late = rng.choice((0, 899, rng.randrange(keys.DAY), rng.randrange(6 * keys.DAY)))
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


def count(pipe: Connection, fragment: int) -> None:
    """Count the batches that come, as count_calls does, and answer what could not be counted."""
    while True:
        batch = pipe.recv()
        try:
            pipe.send(Counting(COUNTERS.table, fragment).count(batch))
        except dynamodb.FAILURES:
            pipe.send([change["dynamodb"]["SequenceNumber"] for change in batch])


def read(pipe: Connection) -> None:
    """Ask for what does not change, whatever else does: any part of it is right at every moment."""
    rng, reader, reads = random.Random(3), UsageReader(CALLS, COUNTERS), 0
    while True:
        middle = rng.randrange(EVERYTHING[0] + 1, EVERYTHING[-1])
        boundaries = (EVERYTHING[0], middle, EVERYTHING[-1])
        reading = retrying(lambda at=boundaries: reader.read({"user#still": at})["user#still"])
        found = [sum(measures.calls for measures in interval.values()) for interval in reading.intervals]
        expected = [sum(one.call_time < middle for one in STILL), sum(one.call_time >= middle for one in STILL)]
        reads += 1
        pipe.send((reads, None if found == expected else f"{found}, not {expected}, around {middle}"))


def aggregate(pipe: Connection) -> None:
    """The nightly run, again and again once midnight has passed; its last one is still going on when it is killed."""
    while time.time() < MIDNIGHT:
        time.sleep(0.1)
    while True:
        run = Aggregation(CALLS, COUNTERS, patience=60, settling=0.5, time_left=lambda: 300.0)
        rebuilt = retrying(lambda run=run: run.run(keys.utc_day(time.time() - keys.DAY)))
        pipe.send((len(rebuilt), sum(day.drifted for day in rebuilt)))
        time.sleep(0.5)


def erase(pipe: Connection) -> None:
    exports = ExportJob(CALLS, REGISTRY, ExportTable(REGISTRY.table), Bucket("none"))
    job = Erasing(CALLS, REGISTRY, Erasures(REGISTRY.table), exports)
    erasure = retrying(lambda: job.run(keys.erasure_id("leaving"), _any))
    pipe.send(erasure.calls_removed)
    time.sleep(3_600)


def _any() -> float:
    return 300.0


STILL = [call(f"still-{number}", MIDNIGHT - 7_001 * number - 400, user_did="still") for number in range(50)]
LEAVING = [call(f"leaving-{number}", MIDNIGHT - 5_003 * number - 400, user_did="leaving") for number in range(60)]


def begin(offset: float, role: Callable[..., None], *arguments: Any) -> None:
    """What a process of the soak does first: its clock is that of all others, its waits are short."""
    dynamodb.client.cache_clear()
    dynamodb.threads.cache_clear()
    barrier.ITEMS, erasing.SETTLING, erasing._PAGE = 16, 3.0, 20  # pyright: ignore[reportPrivateUsage, reportConstantRedefinition]
    with time_machine.travel(time.time() + offset):
        role(*arguments)


@dataclass
class Role:
    """A process that is begun again when it is killed; `pipe` is this end of the way to it."""

    offset: float
    work: Callable[..., None]
    arguments: tuple[Any, ...]
    talks: bool = True
    batch: list[Change] | None = None
    kills: int = 0

    def start(self) -> None:
        forking = multiprocessing.get_context("fork")  # imports nothing anew
        self.pipe, other = forking.Pipe()
        arguments = (other, *self.arguments) if self.talks else self.arguments
        self.process = forking.Process(target=begin, args=(self.offset, self.work, *arguments), daemon=True)
        self.process.start()
        other.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()

    def kill_and_restart(self) -> None:
        self.kill()
        self.kills += 1
        self.start()

    def heard(self) -> Iterator[Any]:
        while self.pipe.poll():
            yield self.pipe.recv()


@dataclass
class Soak:
    """What drives the processes and delivers the stream."""

    offset: float
    directory: Path
    done: Counter[str] = field(default_factory=Counter[str])
    rng: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.stream = EngineStream(CALLS.table)
        self.pending: list[Change] = []
        self.delivered: list[Change] = []
        self.journals = [self.directory / f"{number}.jsonl" for number in range(WRITERS)]
        self.writers = [self._role(write, journal, number, talks=False) for number, journal in enumerate(self.journals)]
        self.workers = [self._role(count, number % COUNTERS.fragments) for number in range(WORKERS)]
        self.reader, self.aggregator, self.eraser = self._role(read), self._role(aggregate), self._role(erase)
        self.roles = [*self.writers, *self.workers, self.reader, self.aggregator, self.eraser]

    def _role(self, work: Callable[..., None], *arguments: Any, talks: bool = True) -> Role:
        return Role(self.offset, work, arguments, talks)

    def run(self, seconds: float) -> None:
        """Let all of it happen for that long; then until nothing is left to count."""
        for role in self.roles:
            role.start()
        stop, kill_at = time.monotonic() + seconds, time.monotonic() + 3 * KILLED_EVERY
        while time.monotonic() < stop:
            self._step()
            if time.monotonic() > kill_at:
                self._kill(self.rng.choice(self.roles))
                kill_at = time.monotonic() + self.rng.uniform(0.5, 1.5) * KILLED_EVERY
        for writer in self.writers:
            writer.kill()
        runs, give_up = self.done["nightly runs"], time.monotonic() + DRAINING
        while not self._is_drained() or self.done["nightly runs"] < runs + 2 or not self.done["calls erased"]:
            assert time.monotonic() < give_up, f"not done after {DRAINING} s: {self.done}"
            self._step()
        for role in self.roles[len(self.writers) :]:
            role.kill()

    def _kill(self, role: Role) -> None:
        if role is self.reader:
            return
        if role.batch:
            self.pending += role.batch  # Lambda delivers it again
            role.batch = None
        role.kill_and_restart()
        self.done["processes killed"] += 1

    def _is_drained(self) -> bool:
        return not self.pending and not any(worker.batch for worker in self.workers)

    def _step(self) -> None:
        self.pending += self.stream.read()
        for worker in self.workers:
            for failed in worker.heard():
                self._counted(worker, set(failed))
            if worker.batch is None and self.pending:
                self._deliver(worker)
        for reads, wrong in self.reader.heard():
            assert wrong is None, wrong
            self.done["reads of what stays, all right"] = reads
        for days, drifted in self.aggregator.heard():
            assert drifted == 0, "counters have drifted"
            self.done["nightly runs"] += 1
            self.done["days rebuilt by them"] += days
        for removed in self.eraser.heard():
            self.done["calls erased"] = max(removed, self.done["calls erased"])
        time.sleep(0.005)

    def _deliver(self, worker: Role) -> None:
        """Some of what is pending, in any order; now and then with changes that were delivered before."""
        self.rng.shuffle(self.pending)
        batch, self.pending = self.pending[:BATCH], self.pending[BATCH:]
        again = self.rng.sample(self.delivered, min(10, len(self.delivered))) if self.rng.random() < 0.3 else []
        self.done["batches delivered"] += 1
        self.done["changes delivered again"] += len(again)
        worker.batch = batch + again
        worker.pipe.send(worker.batch)

    def _counted(self, worker: Role, failed: set[str]) -> None:
        for change in worker.batch or ():
            if change["dynamodb"]["SequenceNumber"] in failed:
                self.pending.append(change)
                self.done["changes that failed and came back"] += 1
            else:
                self.delivered.append(change)
        worker.batch = None

    def check(self) -> None:
        """Each acknowledged call is there once, in that version or in a later one, and totals are theirs."""
        kept = {item["id"]["S"]: from_item(item) for item in scan(CALLS.table) if "barrier" not in item}
        acknowledged: dict[str, int] = {}
        versions: dict[str, list[str]] = {}
        for journal in self.journals:
            for line in journal.read_text().splitlines(keepends=True):
                if not line.endswith("\n"):
                    continue  # killed while it noted what it would send
                event, call_id, version = json.loads(line)
                if event == "sent":
                    versions.setdefault(call_id, []).append(version)
                else:
                    acknowledged[call_id] = versions[call_id].index(version)
                    self.done["versions of calls acknowledged"] += 1
        for call_id, place in acknowledged.items():
            assert call_id in kept, f"{call_id} was acknowledged, and is not there"
            assert kept[call_id].trace_id in versions[call_id][place:], f"{call_id} is older than was acknowledged"
        assert {one.id for one in STILL} <= kept.keys()
        assert not {one.id for one in LEAVING} & kept.keys()
        self.done["calls in the end, each there once"] = len(kept)
        with time_machine.travel(time.time() + self.offset):
            world = World(CALLS, COUNTERS, self.stream, truth=kept)
            world.check(*SCOPES, boundaries=EVERYTHING)
            for day in range(8):
                assert reconcile(CALLS, COUNTERS, keys.utc_day(MIDNIGHT - day * keys.DAY))["drifted"] == 0


def soak(seconds: float, directory: Path) -> list[str]:
    """Answers what was done and survived, in lines to print. Raises AssertionError for what was not."""
    with dynamodb_local() as url, tables_on(url):
        offset = MIDNIGHT - seconds / 2 - time.time()
        dynamodb.client()  # this process's own, past the proxy
        with time_machine.travel(time.time() + offset):
            assert not CALLS.put([*STILL, *LEAVING], time.time())
            soaking = Soak(offset, directory)
            changes = soaking.stream.read()
            assert not Counting(COUNTERS.table, 0).count(changes)
        soaking.delivered += changes
        dynamodb.threads().shutdown()  # processes are forked off this one, which must have no threads
        dynamodb.threads.cache_clear()
        with faulty(url, directory, {**FAULTS, "timeout": TIMEOUT}, PROBABILITY) as proxy:
            os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = proxy
            try:
                with time_machine.travel(time.time() + offset):
                    time.sleep(0.01)
                    Erasures(REGISTRY.table).begin("leaving")
                soaking.run(seconds)
                happened = httpx.get(f"{proxy}/_microburst/stats").json()
            finally:
                del os.environ["AWS_ENDPOINT_URL_DYNAMODB"]
                for role in soaking.roles:
                    if hasattr(role, "process"):
                        role.process.kill()
        soaking.check()
    fired = {rule["id"]: rule["fired"] for rule in happened["by_rule"]}
    names = dict(enumerate((*FAULTS, "timeout"), start=1))
    faults = [f"{fired.get(number, 0):>8,}  {name}" for number, name in names.items()]
    done = [f"{number:>8,}  {what}" for what, number in soaking.done.items()]
    return [f"In {seconds:.0f} s:", *done, f"Survived, of {happened['requests']['total']:,} requests:", *faults]


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        print(*soak(float(sys.argv[1]) if sys.argv[1:] else 180, Path(directory)), sep="\n")  # noqa: T201
