"""Everything at once, for a while, and every figure right in the end: python -m tests.engine.soak [SECONDS].

Writers, workers that count, one that archives, a reader, the night, exporters, who asks for exports, and the erasure of
a user are processes of their own. They reach DynamoDB Local and the emulator's S3 through proxies that fail in every
way, and are killed at any moment and begun again; the stream is delivered to them in any order, some of it twice, and
so are the exports. Midnight passes on the way, so that there is a day to aggregate while calls are written. What
writers noted as acknowledged is what the tables and the files are compared with.
"""

import json
import math
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
import time_machine

from ledger.aggregates.reconciliation import reconcile
from ledger.aws import concurrency, dynamodb, s3
from ledger.calls.call_item import from_item
from ledger.calls.model_call import ModelCall
from ledger.core.identity import Identity
from ledger.core.identity import Role as Rights
from ledger.core.moments import DAY, utc_day
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.stream import Counting
from ledger.erasure.store import ErasureStore
from ledger.exports.job import Export, new_export
from ledger.exports.query import ExportQuery
from tests.engine import soak_roles
from tests.engine.export_file import rows
from tests.engine.faults import FAULTS, OF_S3, faulty
from tests.engine.object_store import object_store
from tests.engine.soak_roles import (
    CALLS,
    COUNTERS,
    DIRECTORY,
    EVERYTHING,
    EXPORT_JOB,
    EXPORTS,
    LEAVING,
    MIDNIGHT,
    STILL,
)
from tests.engine.stream import EngineStream
from tests.engine.tables import tables_on
from tests.integration.world import Change, World, scan
from tools.local.dynamodb_local import dynamodb_local

SCOPES = (
    EVERYBODY,
    Scope.of_user("a"),
    Scope.of_user("b"),
    Scope.of_user("still"),
    Scope.of_user("leaving"),
    Scope.of_app("x"),
    Scope.of_app("y"),
)
WRITERS = 2
WORKERS = 3
EXPORTERS = 2
BATCH = 40
PROBABILITY = 0.02
TIMEOUT: dict[str, Any] = {"latency": {"min": 6_000, "max": 6_000}, "probability": 0.0005}
LATEST = 7.0
"""Seconds after which nothing is on its way any more that a writer sent."""
KILLED_EVERY = 1.5
"""Seconds between two processes that are killed."""
_ENDED = {"running": "ran out of time", "failed": "failed"}
DRAINING = 240
"""Seconds within which everything has to be counted, aggregated and exported once the writers have stopped."""


@dataclass
class Role:
    """A process that is begun again when it is killed; `pipe` is this end of the way to it."""

    work: Callable[..., None]
    arguments: tuple[Any, ...]
    talks: bool = True
    given: Any = None
    """What it works on: a batch of changes, or the id of an export."""
    kills: int = 0

    def start(self) -> None:
        forking = multiprocessing.get_context("fork")  # imports nothing anew
        self.pipe, other = forking.Pipe()
        arguments = (other, *self.arguments) if self.talks else self.arguments
        self.process = forking.Process(target=soak_roles.begin, args=(self.work, *arguments), daemon=True)
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

    directory: Path
    done: Counter[str] = field(default_factory=Counter[str])
    rng: random.Random = field(default_factory=lambda: random.Random(7))
    export_of_leaving: Export = field(init=False)

    def __post_init__(self) -> None:
        self.stream = EngineStream(CALLS.table)
        self.pending: list[Change] = []
        self.delivered: list[Change] = []
        self.unarchived: list[Change] = []
        self.journals = [self.directory / f"{number}.jsonl" for number in range(WRITERS)]
        self.jobs: list[str] = []
        self.last_export = ""
        self.writers = [
            self._role(soak_roles.write, journal, number, talks=False) for number, journal in enumerate(self.journals)
        ]
        self.workers = [self._role(soak_roles.count) for _ in range(WORKERS)]
        self.exporters = [self._role(soak_roles.export) for _ in range(EXPORTERS)]
        self.asker = self._role(soak_roles.ask, self.journals)
        self.reader, self.aggregator = self._role(soak_roles.read), self._role(soak_roles.aggregate)
        self.eraser, self.archiver = self._role(soak_roles.erase), self._role(soak_roles.archive)
        self.others = [
            *self.workers,
            self.archiver,
            *self.exporters,
            self.asker,
            self.reader,
            self.aggregator,
            self.eraser,
        ]
        self.roles = [*self.writers, *self.others]

    def _role(self, work: Callable[..., None], *arguments: Any, talks: bool = True) -> Role:
        return Role(work, arguments, talks)

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
        while not self._is_drained() or self.done["nightly runs"] < runs + 2 or time.monotonic() < stop + LATEST:
            self._step(give_up)
        exported = self.done["exports, each as it was recorded"]
        while self.done["exports, each as it was recorded"] < exported + 2:  # the second began after all that
            self._step(give_up)
        for role in self.others:
            role.kill()

    def kill(self) -> None:
        for role in self.roles:
            if hasattr(role, "process"):
                role.process.kill()

    def _kill(self, role: Role) -> None:
        if role is self.reader:
            return
        if role in self.workers:
            self.pending += role.given or []  # Lambda delivers it again
        elif role is self.archiver:
            self.unarchived = [*(role.given or ()), *self.unarchived]
        elif role.given:
            self.jobs.append(role.given)
        role.given = None
        role.kill_and_restart()
        self.done["processes killed"] += 1

    def _is_drained(self) -> bool:
        is_counted = not self.pending and not any(worker.given for worker in self.workers)
        return is_counted and self.done["calls erased"] > 0

    def _step(self, give_up: float = math.inf) -> None:
        assert time.monotonic() < give_up, f"not done after {DRAINING} s: {self.done}"
        changes = self.stream.read()
        self.pending += changes
        self.unarchived += changes
        self._archive()
        for worker in self.workers:
            for failed in worker.heard():
                self._counted(worker, set(failed))
            if worker.given is None and self.pending:
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
        self._step_exports()
        time.sleep(0.005)

    def _archive(self) -> None:
        """In the order of the stream."""
        for number in self.archiver.heard():
            self.done["changes archived"] += number
            self.archiver.given = None
        if self.archiver.given is None and self.unarchived:
            self.archiver.given, self.unarchived = self.unarchived, []
            self.archiver.pipe.send(self.archiver.given)

    def _step_exports(self) -> None:
        """Tell exporters of exports, some twice, and again until they are ready or given up; hear who asked."""
        for status, export_id, wrong in self.asker.heard():
            assert wrong is None, wrong
            if status == "begun":
                self.jobs += [export_id] * self.rng.choice((1, 1, 2))
            elif status == "ready":
                self.done["exports, each as it was recorded"] += 1
                self.last_export = export_id
            else:
                self.done["exports given up, and asked for again"] += 1
        for exporter in self.exporters:
            for outcome in exporter.heard():
                if outcome in ("running", "failed"):
                    self.jobs.append(exporter.given)
                    self.done[f"exports gone on with after a worker that {_ENDED[outcome]}"] += 1
                exporter.given = None
            if exporter.given is None and self.jobs:
                exporter.given = self.jobs.pop(0)
                exporter.pipe.send(exporter.given)

    def _deliver(self, worker: Role) -> None:
        """Some of what is pending, in any order; now and then with changes that were delivered before."""
        self.rng.shuffle(self.pending)
        batch, self.pending = self.pending[:BATCH], self.pending[BATCH:]
        again = self.rng.sample(self.delivered, min(10, len(self.delivered))) if self.rng.random() < 0.3 else []
        self.done["batches delivered"] += 1
        self.done["changes delivered again"] += len(again)
        worker.given = batch + again
        worker.pipe.send(worker.given)

    def _counted(self, worker: Role, failed: set[str]) -> None:
        for change in worker.given or ():
            if change["dynamodb"]["SequenceNumber"] in failed:
                self.pending.append(change)
                self.done["changes that failed and came back"] += 1
            else:
                self.delivered.append(change)
        worker.given = None

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
        self._check_exports(kept.values())
        world = World(CALLS, COUNTERS, self.stream, truth=kept)
        world.check(*SCOPES, boundaries=EVERYTHING)
        for day in range(8):
            assert reconcile(CALLS, COUNTERS, utc_day(MIDNIGHT - day * DAY))["drifted"] == 0

    def _check_exports(self, kept: Iterable[ModelCall]) -> None:
        """The last export, begun when nothing changed any more, is the log; the exports of who was erased are gone."""
        last = EXPORTS.find(self.last_export)
        assert last
        file = rows(last, EXPORT_JOB.bucket)
        found = [(row["Request ID"], row["Trace ID"], Decimal(row["Credits"])) for row in file]
        assert found == [(one.id, one.trace_id or "", one.credits) for one in soak_roles.in_order(kept)]
        self.done["rows of the last export, each as it is in the log"] = len(found)
        assert not list(EXPORTS.all_of_user("leaving"))
        assert EXPORT_JOB.bucket.size(self.export_of_leaving.key) is None


def begun_world(directory: Path) -> Soak:
    """A soak that can run: what is to stay and what is to be erased is there and counted."""
    assert not CALLS.put([*STILL, *LEAVING], time.time())
    soaking = Soak(directory)
    changes = soaking.stream.read()
    assert not Counting(COUNTERS.table, 1).count(changes, lambda: 900).failed
    soaking.delivered += changes
    soaking.unarchived += changes
    soaking.export_of_leaving = EXPORTS.begin(new_export(Identity("leaving", Rights.USER), ExportQuery(), CALLS))
    written = EXPORT_JOB.run(soaking.export_of_leaving.id, lambda: 900)
    assert written
    assert len(rows(written, EXPORT_JOB.bucket)) == len(LEAVING)
    ErasureStore(DIRECTORY.table).begin("leaving")
    concurrency.threads().shutdown()  # processes are forked off this one, which must have no threads
    concurrency.threads.cache_clear()
    return soaking


def soak(seconds: float, directory: Path) -> list[str]:
    """Answers what was done and survived, in lines to print. Raises AssertionError for what was not."""
    with ExitStack() as running:
        tables = running.enter_context(dynamodb_local())
        running.enter_context(tables_on(tables))
        environment = running.enter_context(pytest.MonkeyPatch.context())
        store = running.enter_context(object_store(directory / "s3"))
        environment.setenv("AWS_ENDPOINT_URL_S3", store)
        dynamodb.client()  # this process's own, past the proxies
        s3.client()
        # The stream's changes are dated in this process, so its clock, too, is that of the processes forked off it.
        running.enter_context(time_machine.travel(MIDNIGHT - seconds / 2))
        soaking = begun_world(directory)
        running.callback(soaking.kill)
        faults = {**FAULTS, "timeout": TIMEOUT}
        with (
            faulty(tables, directory, faults, PROBABILITY) as to_tables,
            faulty(store, directory, OF_S3, PROBABILITY, service="s3") as to_store,
            pytest.MonkeyPatch.context() as on_the_way,
        ):
            on_the_way.setenv("AWS_ENDPOINT_URL_DYNAMODB", to_tables)
            on_the_way.setenv("AWS_ENDPOINT_URL_S3", to_store)
            soaking.run(seconds)
            survived = [*happened("DynamoDB", to_tables, faults), *happened("S3", to_store, OF_S3)]
        soaking.check()
    done = [f"{number:>8,}  {what}" for what, number in soaking.done.items()]
    return [f"In {seconds:.0f} s:", *done, *survived]


def happened(what: str, proxy: str, faults: Iterable[str]) -> Iterator[str]:
    """What a proxy did to the requests on their way, in lines to print."""
    stats = httpx.get(f"{proxy}/_microburst/stats").json()
    fired = {rule["id"]: rule["fired"] for rule in stats["by_rule"]}
    yield f"Survived, of {stats['requests']['total']:,} requests to {what}:"
    for number, name in enumerate(faults, start=1):
        yield f"{fired.get(number, 0):>8,}  {name}"


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        print(*soak(float(sys.argv[1]) if sys.argv[1:] else 180, Path(directory)), sep="\n")  # noqa: T201
