"""A world with an archive: what its files say of some days, beside the changes of calls that its stream has brought."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.aggregates.call_sums import CallSums
from ledger.aggregates.day_slots import Slots
from ledger.aggregates.night_plan import Night
from ledger.aggregates.sections import Section
from ledger.archive import columns, engine, freshness, publication, reader, recent_calls
from ledger.archive.archive import Archive
from ledger.archive.local_files import LocalFiles
from ledger.archive.reader import Snapshot
from ledger.archive.upkeep import Upkeep
from ledger.aws.s3 import S3Bucket
from ledger.calls.call_change import CallChange
from ledger.calls.call_item import from_item
from ledger.calls.calls_table import LINGERS
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.moments import DAY, day_start, floor_quarter_hour, utc_day
from ledger.counting.measures import Measures
from ledger.counting.series import ScopedSeries, counted, finest
from ledger.recording.cold_calls import is_repeated
from tests.integration.harness import ARCHIVE
from tests.integration.world import Change, SnapshotStream, World, plenty

BARRIER_ITEMS = 2


@dataclass
class LoggedStream(SnapshotStream):
    """A stream that remembers."""

    log: list[Change] = field(default_factory=list[Change])

    def read(self) -> list[Change]:
        changes = super().read()
        self.log += changes
        return changes


@dataclass
class ArchiveWorld:
    """A world, and the archive of its calls."""

    world: World
    stream: LoggedStream
    bucket: S3Bucket
    archived: list[Change] = field(default_factory=list[Change])

    def __post_init__(self) -> None:
        self.manifest = self.world.manifest
        self.upkeep = Upkeep(self.bucket, self.manifest)
        self.archiver, self.day_archiver = self.world.archiver, self.world.night.day_archiver
        self.hot_days = self.world.cold_calls.hot_days

    def deliver(self, number: int, again: Sequence[Change] = ()) -> None:
        """Deliver so many changes to the archive, in their order, behind some that were delivered before."""
        batch = self.world.unarchived[:number]
        assert self.archiver.archive([*again, *batch]) == []
        self.world.unarchived = self.world.unarchived[number:]
        self.archived += batch

    def advance(self) -> None:
        """What happens every minute: see which barrier has come through, and write the next one."""
        freshness.advance(self.world.calls.table, self.manifest.table, lambda: BARRIER_ITEMS)
        self.world.read_stream()

    def catch_up(self) -> None:
        """Let everything come through that has been written so far. The caller lets time pass before."""
        self.advance()
        self.deliver(len(self.world.unarchived))
        self.advance()
        self.deliver(len(self.world.unarchived))
        self.advance()

    def record(self, *calls: ModelCall) -> None:
        """Send calls as the recorder does. What is refused, or recorded already, is what a naive reader says."""
        own = {call.id: call for call in calls}
        judged = self.world.judge(own)
        for call_id, call in own.items():
            cold = self._cold(call)
            assert (judged.archived.get(call_id) is None) == (cold is None), (call, cold)
            assert (call_id in judged.refused) == (cold is not None and not is_repeated(call, cold)), (call, cold)
        self.world.record(*calls)

    def _cold(self, call: ModelCall) -> ModelCall | None:
        """The cold call that has the id and the day of this one, if this one is of a cold day."""
        now, world = int(time.time()), self.world
        if call.call_time >= self.hot_days.since(now):
            return None
        of_table = world.truth.get(call.id)
        if of_table and world.expire_at[call.id] > now + LINGERS and _place(of_table) == _place(call):
            return None
        return next((known for known in world.all_calls if _place(known) == _place(call)), None)

    def expire(self) -> None:
        """Let expired calls be removed. The archive keeps them."""
        before = len(self.stream.log)
        self.world.expire()
        for change in self.stream.log[before:]:
            change["userIdentity"] = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

    def write_days(self, days: Sequence[str] | None = None, *, repeat: bool = False) -> tuple[str, list[str]]:
        """The first half of a step of the night: plan, and write all parts, twice perhaps."""
        planned = self.world.night.plan.next(Night(utc_day(time.time() - DAY), days, int(time.time())))
        for part in [*planned.parts] * (2 if repeat else 1):
            self.day_archiver.write(part, planned.generation)
        return planned.generation, planned.days

    def publish(self, generation: str, days: Sequence[str]) -> None:
        for day in days:
            publication.publish(self.manifest, self.bucket, day, generation)

    def fold(self) -> None:
        self.upkeep.fold(int(time.time()), plenty)

    def read(self, first: str, last: str) -> tuple[int, list[ModelCall]]:
        """The calls that the archive has of some days, in their order, and the moment at which they were so."""
        with tempfile.TemporaryDirectory() as name, engine.connected(Path(name)) as database:
            found = reader.snapshot(self.manifest, first, last)
            reader.open_calls(database, LocalFiles(self.bucket, Path(name)), found)
            rows = database.execute(f"SELECT {', '.join(columns.NAMES)} FROM calls").fetchall()  # noqa: S608
        return found.as_of, sorted(map(columns.to_call, rows), key=_position)

    def read_present(self, first: int, last: int, did: str | None = None) -> tuple[Snapshot, list[ModelCall]]:
        """The calls between two seconds as they are now, in their order, and the snapshot that they were read with."""
        with tempfile.TemporaryDirectory() as name:
            archive = Archive(self.manifest, self.bucket, 10**9, Path(name))
            with archive.open_present(self.world.calls, first, last, did) as opened:
                query = f"SELECT {', '.join(columns.NAMES)} FROM present_calls WHERE call_time BETWEEN ? AND ?"  # noqa: S608
                rows = opened.connection.execute(query, [first, last]).fetchall()
        return opened.snapshot, sorted(map(columns.to_call, rows), key=_position)

    def reference(self, as_of: int, first: str, last: str) -> list[ModelCall]:
        """The calls of some days as they were at a moment, by the changes until then."""
        calls: dict[tuple[str, str], ModelCall] = {}
        for change in self.stream.log:
            of_call: Mapping[str, Any] = change["dynamodb"]
            old, new = of_call.get("OldImage"), of_call.get("NewImage")
            changed_at = of_call["ApproximateCreationDateTime"]
            if changed_at > as_of or "barrier" in (new or {}):
                continue
            if new and "removal" in new:
                if new["removal"]["M"]:
                    calls.pop(_place(from_item(new["removal"]["M"])), None)
                continue
            if old and "removal" not in old and int(old["expiresAt"]["N"]) > changed_at:
                del calls[_place(from_item(old))]
            if new:
                calls[_place(from_item(new))] = from_item(new)
        return sorted((call for (_, day), call in calls.items() if first <= day <= last), key=_position)

    def check(self, first: str, last: str) -> None:
        """Check some days, without those that the archive forgets."""
        first = max(first, utc_day(self.world.calls.expired(int(time.time())) + DAY))
        if first > last:
            return
        as_of, found = self.read(first, last)
        assert found == self.reference(as_of, first, last), (as_of, first, last)

    def check_present(self, first: int, last: int) -> None:
        """Check the calls between two seconds: the newest are those of the table, the others those of the archive."""
        snapshot, found = self.read_present(first, last)
        spans = recent_calls.spans(snapshot, first, last)
        recent = [
            call
            for span in spans
            for call in self.world.calls.of_everybody(keys.from_second(span.first), keys.through_second(span.last))
        ]
        known = {call.id for call in recent}
        archived = [
            call
            for call in self.reference(snapshot.as_of, utc_day(first), utc_day(last))
            if call.id not in known
            and first <= call.call_time <= last
            and not any(span.first <= call.call_time <= span.last for span in spans)
        ]
        assert found == sorted([*archived, *recent], key=_position)
        for did in {call.user_did for call in found} or {"a"}:
            # Whose call it was is in the archive for as long as the change is not.
            others = {call.id for call in recent if call.user_did != did}
            _, own = self.read_present(first, last, did)
            assert [call for call in own if call.user_did == did and call.id not in others] == [
                call for call in found if call.user_did == did
            ]

    def check_sums(self, day: str, through: str, of: int) -> None:
        """Check the sums of all sections of a day, of what was ingested through a day that has ended."""
        if day_start(day) <= self.world.calls.expired(int(time.time())):
            return
        end = day_start(through) + DAY
        found = reader.snapshot(self.manifest, day, day, since=end)
        sums: dict[ScopedSeries, Slots] = {}
        for number in range(of):
            section = Section(day, number, of)
            of_section = CallSums(self.bucket).ingested_before(section, found, end)
            assert not of_section.keys() & sums.keys()
            sums |= of_section
        assert _nonzero(sums) == _nonzero(self.reference_sums(day, found.as_of, end)), (day, through, of)

    def reference_sums(self, day: str, as_of: int, end: int) -> dict[ScopedSeries, dict[int, Measures]]:
        """What the changes until a moment added to each series of a day, of those that were written before an end."""
        sums: dict[ScopedSeries, dict[int, Measures]] = defaultdict(lambda: defaultdict(Measures))
        for change in self.stream.log:
            of_call = change["dynamodb"]
            if of_call["ApproximateCreationDateTime"] > as_of or "barrier" in of_call.get("NewImage", {}):
                continue
            found = CallChange.of(change)
            for call, sign in ((found.old, -1), (found.new, 1)):
                if call and found.written < end and utc_day(call.call_time) == day:
                    measures = Measures.of(call) if sign > 0 else -Measures.of(call)
                    for scoped in counted(finest(call)):
                        sums[scoped][floor_quarter_hour(call.call_time)] += measures
        return sums


def _nonzero(sums: Mapping[ScopedSeries, Slots]) -> dict[ScopedSeries, dict[int, Measures]]:
    found = {scoped: {slot: of for slot, of in slots.items() if of} for scoped, slots in sums.items()}
    return {scoped: slots for scoped, slots in found.items() if slots}


def _place(call: ModelCall) -> tuple[str, str]:
    """Where the archive has a call: an id is known once a day, as that of a cold call may be used again."""
    return call.id, utc_day(call.call_time)


def _position(call: ModelCall) -> str:
    return call.call_time_id


def archive_world(world: World) -> ArchiveWorld:
    """Give a world an archive. Its stream must not have been read."""
    stream = LoggedStream(world.calls.table)
    world.stream = stream
    return ArchiveWorld(world, stream, S3Bucket(ARCHIVE))
