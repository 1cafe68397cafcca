"""Upkeep of the archive's objects: an hour's change files become one, and objects that nothing names are removed."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.archive import change_files, engine, freshness, objects
from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import ChangeFile, Manifest
from ledger.aws.s3 import S3Bucket
from ledger.core.moments import DAY, HOUR, TimeLeft, day_start, utc_day

NEEDED = 60.0
"""Seconds that must be left for another hour to be folded."""
_DAYS = 2
"""Days of ingestion whose hours are folded: the stream delivers a change for a day."""


@dataclass(frozen=True)
class Upkeep:
    """The bucket and the table that has its manifest. All of it may be done again, or by two at once."""

    bucket: S3Bucket
    manifest: Manifest

    def fold(self, now: int, time_left: TimeLeft) -> int:
        """Make one change file of those of each hour that has ended. Returns how many hours it folded."""
        as_of = freshness.read(self.manifest.table).as_of
        folded = 0
        for days_ago in range(_DAYS):
            day = utc_day(now - days_ago * DAY)
            hours: defaultdict[int, list[ChangeFile]] = defaultdict(list)
            for file in self.manifest.changes(day):
                hours[file.hour].append(file)
            for hour, files in hours.items():
                if len(files) > 1 and day_start(day) + (hour + 1) * HOUR <= as_of and time_left() > NEEDED:
                    self._fold(files)
                    folded += 1
        return folded

    def _fold(self, files: list[ChangeFile]) -> None:
        with TemporaryDirectory() as name, engine.connected(Path(name)) as database:
            paths = list(map(LocalFiles(self.bucket, Path(name)).fetch, [file.key for file in files]))
            path = Path(name) / "folded.parquet"
            change_files.fold(database, paths, path)
            folded = change_files.folded(files)
            self.bucket.upload(path, folded.key)
        self.manifest.note_changes(folded)
        self.manifest.forget_changes(files)

    def remove_unnamed(self, now: int) -> int:
        """Remove objects that have been without a name for long enough. Returns how many."""
        due = self.manifest.unnamed(now)
        days = {day for key in due if (day := objects.day_of(key))}
        archived = list(filter(None, map(self.manifest.day, days)))
        named = {part.key for day in archived for part in day.parts} | {objects.parts_list(day.day) for day in archived}
        for key in due:
            if key not in named:
                self.bucket.delete(key)
        self.manifest.forget_unnamed(due)
        return len(due)
