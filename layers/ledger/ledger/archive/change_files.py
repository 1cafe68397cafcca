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
from ledger.archive.manifest import ChangeFile
from ledger.calls.call_change import CallChange, images
from ledger.core.moments import DAY, HOUR, utc_day

TYPES = {
    "sequence_number": "VARCHAR",
    "changed_at": "BIGINT",
    "written_at": "BIGINT",
    "old_call_time": "BIGINT",
    "new_day": "VARCHAR",
    "old_day": "VARCHAR",
    **{f"old_{column.name}": column.type for column in columns.COUNTED},
}
"""The columns beside those of a call. The days are those of the call after the change and before it.

Of the call before, there is what statistics are made of.
"""
_DAY = "strftime(make_timestamp({} * 1000000), '%Y-%m-%d')"
_OLD = ", ".join(f'"{column.attribute}" {column.notation}' for column in columns.COUNTED)
_CHANGE = {
    "sequenceNumber": "VARCHAR",
    "changedAt": "BIGINT",
    "writtenAt": "BIGINT",
    "oldCallTime": "BIGINT",
    "old": f"STRUCT({_OLD})",
}
_SELECTION = ", ".join(
    [
        columns.SELECTION,
        "lpad(sequenceNumber, 40, '0') AS sequence_number",
        "changedAt AS changed_at",
        "writtenAt AS written_at",
        "oldCallTime AS old_call_time",
        f"{_DAY.format('call_time')} AS new_day",
        f"{_DAY.format('oldCallTime')} AS old_day",
        *(f"{column.expression('old.')} AS old_{column.name}" for column in columns.COUNTED),
    ]
)
"""Of a removed call, its id is the only column that is not null. Sequence numbers have up to 40 digits."""


@dataclass(frozen=True)
class ArchivedChange:
    """A change of a call: the members of the line that becomes its row."""

    members: Mapping[str, Any]
    changed_at: int
    """The Unix second of the change, by DynamoDB's clock."""
    days: frozenset[str]
    """The call days that it changes: that of the call, and that of the call before."""

    @classmethod
    def of(cls, change: Mapping[str, Any]) -> Self | None:
        """The change of a stream record. None where it changes no call, as an expired one was removed.

        Raises KeyError or ValueError for what is no image of a call.
        """
        of_call = CallChange.of(change)
        if not of_call.old and not of_call.new:
            return None
        record, (image, new) = change["dynamodb"], images(change)
        changed_at = int(record["ApproximateCreationDateTime"])
        old: Mapping[str, Any] = image if image and of_call.old else {}
        members: dict[str, Any] = {
            **(new if new and of_call.new else {"id": old["id"]}),
            "sequenceNumber": record["SequenceNumber"],
            "changedAt": changed_at,
            "writtenAt": int(of_call.written),
            "oldCallTime": of_call.old.call_time if of_call.old else None,
            "old": {column.attribute: old[column.attribute] for column in columns.COUNTED if column.attribute in old},
        }
        days = frozenset(utc_day(call.call_time) for call in (of_call.old, of_call.new) if call)
        return cls(members, changed_at, days)


def by_hour(changes: Sequence[ArchivedChange]) -> dict[ChangeFile, list[ArchivedChange]]:
    """New change files for some changes, one for each hour."""
    hours: defaultdict[int, list[ArchivedChange]] = defaultdict(list)
    for change in changes:
        hours[change.changed_at // HOUR].append(change)
    files: dict[ChangeFile, list[ArchivedChange]] = {}
    for hour, of_hour in hours.items():
        days = frozenset[str]().union(*(change.days for change in of_hour))
        file = ChangeFile(utc_day(hour * HOUR), hour % (DAY // HOUR), uuid.uuid4().hex, len(of_hour), days)
        files[file] = of_hour
    return files


def write(connection: DuckDBPyConnection, changes: Sequence[ArchivedChange], path: Path) -> None:
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
        f"SELECT DISTINCT ON (id, sequence_number) * FROM read_parquet({literals(paths)}, union_by_name = true)",
        path,
    )
