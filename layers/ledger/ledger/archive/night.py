"""The steps of a night in the archive: write the parts of a day's file, and publish them together.

Each may be done again at any time, by two at once, or not at all: the next night does it then.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.archive import day_files, engine, freshness, objects, reader
from ledger.archive.day_files import Part
from ledger.archive.manifest import UNPUBLISHED, ArchivedDay, Manifest, WrittenPart
from ledger.archive.objects import LocalFiles
from ledger.aws.s3 import S3Bucket
from ledger.calls.calls_table import Calls
from ledger.core.moments import DAY, QUARTER_HOUR, day_start

LARGEST = 1_000_000
"""Calls of a part, about."""


class NotArchivedYet(Exception):
    """Changes that may be in a day's file are not in the change files yet. They will be in a minute or two."""


def parts(day: str, calls: Mapping[int, int]) -> list[Part]:
    """The parts of a day, given the calls of its quarter hours. They follow each other and cover the day.

    A quarter hour with more calls than a part should have is divided evenly.
    """
    start = day_start(day)
    cuts = [start]
    so_far = 0
    for quarter in range(start, start + DAY, QUARTER_HOUR):
        of_quarter = calls.get(quarter, 0)
        if so_far and so_far + of_quarter > LARGEST:
            cuts.append(quarter)
            so_far = 0
        pieces = min(-(-of_quarter // LARGEST), QUARTER_HOUR)
        cuts += [quarter + QUARTER_HOUR * piece // pieces for piece in range(1, pieces)]
        so_far = of_quarter // pieces if pieces > 1 else so_far + of_quarter
    ends = [*cuts[1:], start + DAY]
    return [Part(number, first, end - 1) for number, (first, end) in enumerate(zip(cuts, ends, strict=True))]


@dataclass(frozen=True)
class DayArchiver:
    """Where calls come from, and where they are archived."""

    calls: Calls
    bucket: S3Bucket
    manifest: Manifest

    def write(self, part: Part, generation: str) -> WrittenPart:
        """Write a part of a day: as it is in the table now, or in the archive where calls of the day have expired."""
        key = objects.day_part(part.day, generation, part.number)
        self.manifest.note_unnamed([key], UNPUBLISHED)
        with TemporaryDirectory() as name, engine.connected(Path(name)) as database:
            folder = Path(name)
            path = folder / "part.parquet"
            read_at = int(time.time())
            if day_start(part.day) <= self.calls.expired(read_at):
                archived = reader.snapshot(self.manifest, part.day, part.day)
                reader.open_calls(database, LocalFiles(self.bucket, folder), archived)
                day_files.rewrite(database, part, path)
                read_at = read_until = archived.as_of
            else:
                day_files.write(database, self.calls, part, path)
                read_until = int(time.time()) + 1
            totals = day_files.totals(database, path)
            self.bucket.upload(path, key)
            written = WrittenPart(
                part.number, key, path.stat().st_size, part.first, part.last, totals, read_at, read_until
            )
        self.manifest.note_part(part.day, generation, written)
        return written

    def publish(self, day: str, generation: str) -> ArchivedDay:
        """Make the written parts the day's file. Raises NotArchivedYet."""
        archived = ArchivedDay(day, generation, self.manifest.written(day, generation))
        if freshness.read(self.manifest.table).as_of < archived.read_until + freshness.MARGIN:
            raise NotArchivedYet(day)
        self.manifest.publish(archived)
        return archived
