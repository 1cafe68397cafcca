"""The archive's objects in S3. An object is never replaced: whatever is written anew gets a name of its own."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from ledger.aws.s3 import S3Bucket


def day_part(day: str, generation: str, number: int) -> str:
    """Returns a new name for a part of a day's file. Each attempt at writing it has another."""
    return f"calls/day={day}/generation={generation}/part-{number}-{uuid.uuid4().hex[:8]}.parquet"


def day_of(key: str) -> str | None:
    """Returns the call day of a part; None for another object."""
    folder, _, rest = key.partition("/day=")
    return rest.partition("/")[0] if folder == "calls" else None


def change_file(ingestion_day: str, hour: int, name: str) -> str:
    """Returns the name of a change file."""
    return f"changes/ingested={ingestion_day}/hour={hour:02d}/{name}.parquet"


@dataclass(frozen=True)
class LocalFiles:
    """The files of some objects, fetched into a folder when they are first needed."""

    bucket: S3Bucket
    folder: Path

    def fetch(self, key: str) -> Path:
        """Returns the file of an object. Raises ObjectChanged where the object is gone."""
        path = self.folder / key.replace("/", "_")
        if not path.exists():
            arriving = path.with_suffix(f".{uuid.uuid4().hex[:8]}")
            self.bucket.download(key, arriving)
            arriving.rename(path)
        return path
