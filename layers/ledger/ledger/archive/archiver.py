"""The second consumer of the Calls table's stream: writes the changes of a batch to change files.

A batch that is repeated, or cut otherwise, writes rows that are there already, which does no harm.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger

from ledger.archive import change_files, engine
from ledger.archive.change_files import ArchivedChange
from ledger.archive.manifest import Manifest
from ledger.aws.s3 import S3Bucket
from ledger.core import keys
from ledger.counting import barrier

logger = Logger()


@dataclass(frozen=True)
class Archiver:
    """The bucket and the table that has its manifest."""

    bucket: S3Bucket
    manifest: Manifest

    def archive(self, changes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Write the changes of a stream event. Returns those that are no images of calls.

        Barriers come last: they say that everything before them is in a change file.
        """
        found: dict[str, ArchivedChange] = {}
        barriers: defaultdict[str, set[int]] = defaultdict(set)
        unreadable: list[Mapping[str, Any]] = []
        for change in changes:
            images = change["dynamodb"]
            try:
                if part := barrier.part(images):
                    barriers[part.name].add(part.number)
                elif of_call := ArchivedChange.of(change):
                    found[change["eventID"]] = of_call
            except (KeyError, ValueError):
                logger.exception("Not an image of a call", extra={"eventID": change.get("eventID")})
                unreadable.append(change)
        if found:
            with TemporaryDirectory() as folder:
                self._write(list(found.values()), Path(folder))
        for name, numbers in barriers.items():
            barrier.note(self.manifest.table, keys.archived_barrier(name), numbers)
        return unreadable

    def _write(self, changes: Sequence[ArchivedChange], folder: Path) -> None:
        with engine.connected(folder) as database:
            for file, of_file in change_files.by_hour(changes).items():
                path = folder / f"{file.name}.parquet"
                change_files.write(database, of_file, path)
                self.bucket.upload(path, file.key)
                self.manifest.note_changes(file)
