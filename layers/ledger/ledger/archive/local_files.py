"""Objects of the archive as files of the function, for DuckDB to read."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from ledger.aws.s3 import S3Bucket


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
