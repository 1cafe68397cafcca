"""The archive after ninety nights, written directly, with its files at hand: in the folder of a warm function."""

from pathlib import Path
from typing import Final

from bench.databases import COLUMNS
from bench.engine import COUNTERS
from ledger.archive import change_files, columns, day_files, engine, freshness, objects
from ledger.archive.archive import Archive
from ledger.archive.engine import literal
from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import ArchivedDay, ChangeFile, Manifest, WrittenPart
from ledger.aws import dynamodb
from ledger.aws.s3 import S3Bucket
from ledger.core import keys
from ledger.core.moments import DAY, HOUR, day_start, utc_day

BEHIND: Final = 90
"""Seconds by which the archive is behind the table."""
ROOM: Final = 10**12
_BUCKET: Final = S3Bucket("none")  # nothing is fetched
_MISSING: Final = {"updated_at": "''"}
_COLUMNS: Final = ", ".join(
    f"CAST({name if name in COLUMNS else _MISSING.get(name, 'NULL')} AS {kind}) AS {name}"
    for name, kind in columns.TYPES.items()
)


def archived(calls: Path, now: int, folder: Path) -> Archive:
    """Archive the calls of a file that `write_csv` wrote: the days before today in day files, today in change files."""
    manifest, files = Manifest(COUNTERS.table), LocalFiles(_BUCKET, folder)
    folder.mkdir(parents=True)
    as_of, today = now - BEHIND, day_start(utc_day(now))
    with engine.connected(folder) as database:
        read = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
        database.execute(
            f"CREATE TABLE calls AS SELECT {_COLUMNS} FROM read_csv({literal(calls)}, header=false, columns={{{read}}})"  # noqa: S608
        )
        days = database.execute(f"SELECT DISTINCT call_time // {DAY} FROM calls WHERE call_time < {today}").fetchall()  # noqa: S608
        for (number,) in days:
            start, day = number * DAY, utc_day(number * DAY)
            key = objects.day_part(day, "bench", 0)
            path = files.path(key)
            rows = f"SELECT * FROM calls WHERE call_time BETWEEN {start} AND {start + DAY - 1} ORDER BY call_time, id"  # noqa: S608
            engine.copy(database, rows, path)
            totals, size = day_files.totals(database, path), path.stat().st_size
            part = WrittenPart(0, key, size, start, start + DAY - 1, totals, today, today)
            manifest.publish(ArchivedDay(day, "bench", [part]))
        for hour in range((as_of - today) // HOUR + 1):
            file = ChangeFile(utc_day(now), hour, "folded", 0, frozenset({utc_day(now)}))
            first = today + hour * HOUR
            rows = (
                f"SELECT *, lpad(CAST(row_number() OVER () AS VARCHAR), 40, '0') AS sequence_number, "  # noqa: S608
                f"call_time AS changed_at, CAST(NULL AS {change_files.TYPES['old_call_time']}) AS old_call_time "
                f"FROM calls WHERE call_time BETWEEN {first} AND {min(first + HOUR - 1, as_of)} ORDER BY call_time"
            )
            engine.copy(database, rows, files.path(file.key))
            manifest.note_changes(file)
    freshness.finish(COUNTERS.table, utc_day(now - DAY))
    _note(as_of, now)
    return Archive(manifest, _BUCKET, ROOM, folder)


def _note(as_of: int, now: int) -> None:
    numbers = {"asOf": as_of, "startedAt": 0, "items": 1, "writtenAt": now}
    item = {name: {"N": str(number)} for name, number in numbers.items()}
    place = {"scope": {"S": keys.ARCHIVE}, "bucket": {"S": keys.FRESHNESS}}
    dynamodb.client().put_item(TableName=COUNTERS.table, Item=place | item | {"barrier": {"S": "bench"}})
