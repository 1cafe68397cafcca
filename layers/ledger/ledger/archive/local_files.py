"""Objects of the archive as files of the function, for DuckDB to read."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ledger.aws import concurrency
from ledger.aws.s3 import S3Bucket


@dataclass(frozen=True)
class LocalFiles:
    """The files of some objects, fetched into a folder when they are first needed.

    An object is never replaced, so a file that is there is the object.
    """

    bucket: S3Bucket
    folder: Path

    def fetch(self, key: str) -> Path:
        """Returns the file of an object. Raises ObjectChanged where the object is gone."""
        path = self.path(key)
        if path.exists():
            path.touch()
        else:
            arriving = path.with_suffix(f".{uuid.uuid4().hex[:8]}")
            self.bucket.download(key, arriving)
            arriving.rename(path)
        return path

    def fetch_all(self, keys: Iterable[str]) -> list[Path]:
        """Fetch some objects at the same time. Raises ObjectChanged where one is gone."""
        return list(concurrency.threads().map(self.fetch, keys))

    def make_room(self, size: int, *, beside: Iterable[str]) -> None:
        """Remove the files that have not been used for longest, until those that stay have at most so many bytes.

        Files of the keys `beside` stay, and do not count.
        """
        kept = {self.path(key) for key in beside}
        others = {path: path.stat() for path in self.folder.iterdir() if path not in kept}
        used = sum(file.st_size for file in others.values())
        for path in sorted(others, key=lambda path: others[path].st_mtime):
            if used <= size:
                return
            path.unlink()
            used -= others[path].st_size

    def path(self, key: str) -> Path:
        """Where the file of an object is once it is fetched."""
        return self.folder / key.replace("/", "_")
