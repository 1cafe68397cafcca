"""Writing a day's file, in parts. Each may be written again at any time, and by two at once."""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.archive import day_files, engine, objects, reader
from ledger.archive.hot_days import HotDays
from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import UNPUBLISHED, Manifest, WrittenPart
from ledger.archive.parts import Part
from ledger.aws.s3 import S3Bucket
from ledger.calls.calls_table import Calls
from ledger.core.moments import day_start


@dataclass(frozen=True)
class DayArchiver:
    """Where calls come from, and where they are archived."""

    calls: Calls
    bucket: S3Bucket
    manifest: Manifest

    def write(self, part: Part, generation: str) -> WrittenPart:
        """Write a part of a day as it is in the table now.

        Of a cold day the table has not every call: what it has is laid over what is archived.
        """
        key = objects.day_part(part.day, generation, part.number)
        self.manifest.note_unnamed([key], UNPUBLISHED)
        with TemporaryDirectory() as name, engine.connected(Path(name)) as database:
            folder = Path(name)
            path = folder / "part.parquet"
            read_at = int(time.time())
            day_files.write(database, self.calls, part, key, path)
            read_until = int(time.time()) + 1
            if day_start(part.day) < HotDays(self.calls, self.manifest.table).since(read_at):
                archived = reader.snapshot(self.manifest, part.day, part.day)
                reader.open_calls(database, LocalFiles(self.bucket, folder), archived)
                path = day_files.laid_over(database, path, part, key)
                read_at = min(read_at, archived.as_of)
            totals = day_files.totals(database, path)
            self.bucket.upload(path, key)
            written = WrittenPart(
                part.number, key, path.stat().st_size, part.first, part.last, totals, read_at, read_until
            )
        self.manifest.note_part(part.day, generation, written)
        return written
