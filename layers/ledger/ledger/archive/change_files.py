"""Change files: what the stream of the Calls table brought, a row for each change of a call.

They bring the archive up to date between two nights. A change may be in several files; its rows are the same.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson
from duckdb import DuckDBPyConnection

from ledger.archive import columns, parquet
from ledger.archive.engine import copy, literals
from ledger.calls.call_item import from_item
from ledger.core.moments import DAY, HOUR, utc_day

_CHANGE = {"sequenceNumber": "VARCHAR", "changedAt": "BIGINT", "oldCallTime": "BIGINT"}
_SELECTION = (
    f"{columns.SELECTION}, lpad(sequenceNumber, 40, '0') AS sequence_number, changedAt AS changed_at, "
    'oldCallTime AS old_call_time, "callTimeId" IS NULL AS is_removed'
)
"""Of a removed call the id is known, and no other column of the call. Sequence numbers have up to 40 digits."""


@dataclass(frozen=True)
class CallChange:
    """A change of a call: the members of the line that becomes its row."""

    members: Mapping[str, Any]
    changed_at: int
    """The Unix second of the change, by DynamoDB's clock."""
    days: frozenset[str]
    """The call days that it changes: that of the call, and that of the call before."""

    @classmethod
    def of(cls, change: Mapping[str, Any]) -> Self | None:
        """The change of a stream record. None where an item expired, as the archive keeps it.

        Raises KeyError or ValueError for what is no image of a call.
        """
        if change.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com":
            return None
        images = change["dynamodb"]
        old, new = (from_item(images[name]) if name in images else None for name in ("OldImage", "NewImage"))
        image: Mapping[str, Any] = images["NewImage"] if new else {"id": images["OldImage"]["id"]}
        changed_at = int(images["ApproximateCreationDateTime"])
        members = {
            **image,
            "sequenceNumber": images["SequenceNumber"],
            "changedAt": changed_at,
            "oldCallTime": old.call_time if old else None,
        }
        return cls(members, changed_at, frozenset(utc_day(call.call_time) for call in (old, new) if call))


@dataclass(frozen=True)
class ChangeFile:
    """A change file, in which all changes are of one hour of ingestion."""

    ingestion_day: str
    hour: int
    name: str
    rows: int
    days: frozenset[str]
    """The call days that its rows change."""


def by_hour(changes: Sequence[CallChange]) -> dict[ChangeFile, list[CallChange]]:
    """New change files for some changes, one for each hour."""
    hours: defaultdict[int, list[CallChange]] = defaultdict(list)
    for change in changes:
        hours[change.changed_at // HOUR].append(change)
    files: dict[ChangeFile, list[CallChange]] = {}
    for hour, of_hour in hours.items():
        days = frozenset[str]().union(*(change.days for change in of_hour))
        file = ChangeFile(utc_day(hour * HOUR), hour % (DAY // HOUR), uuid.uuid4().hex, len(of_hour), days)
        files[file] = of_hour
    return files


def write(connection: DuckDBPyConnection, changes: Sequence[CallChange], path: Path) -> None:
    """Write changes to a file."""
    lines = (orjson.dumps(change.members) for change in changes)
    parquet.write(connection, lines, columns.ITEM | _CHANGE, _SELECTION, path)


def folded(files: Sequence[ChangeFile]) -> ChangeFile:
    """A new change file in place of several of an hour. Its name follows theirs, so that a reader meets one of both."""
    days = frozenset[str]().union(*(file.days for file in files))
    return ChangeFile(
        files[0].ingestion_day, files[0].hour, f"z{time.time_ns():020d}", sum(f.rows for f in files), days
    )


def fold(connection: DuckDBPyConnection, paths: Sequence[Path], path: Path) -> None:
    """Write the changes of several files to one, each once."""
    copy(
        connection,
        f"SELECT DISTINCT ON (id, sequence_number) * FROM read_parquet({literals(paths)})",
        path,
    )
