"""All rows of everybody as CSV, beside SQLite with csv and DuckDB's COPY.

Each is done in a process of its own. The archive's files are at hand, as in a function that has read them before. The
databases have the columns of the export in one table, as texts: only the ledger looks up names and writes moments and
numbers. DuckDB uses every processor for its COPY.
"""

import csv
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Final

import duckdb
import orjson

from bench.databases import Different
from bench.engine import CALLS, COUNTERS, DIRECTORY, engine
from bench.figures import Baseline, Figure
from bench.ledger_state import DAYS, USERS
from bench.object_sink import object_sink
from bench.own_process import measure, measured_apart
from ledger.archive import columns, day_files, freshness, objects, parquet
from ledger.archive.archive import Archive
from ledger.archive.engine import connected, copy
from ledger.archive.local_files import LocalFiles
from ledger.archive.manifest import ArchivedDay, Manifest, WrittenPart
from ledger.aws import dynamodb, s3
from ledger.aws.s3 import S3Bucket
from ledger.calls.call_input import CallInput
from ledger.calls.call_item import to_item
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.field_types import AppDetails, UserDetails
from ledger.core.identity import Identity, Role
from ledger.core.moments import DAY, utc_day
from ledger.exports.job import new_export
from ledger.exports.query import ExportQuery
from ledger.exports.rows import ExportRows
from ledger.exports.store import ExportStore
from ledger.exports.worker import ExportWorker
from tools.local.sample.calls import sample_calls

STORE: Final = ExportStore(DIRECTORY.table)
ROOM: Final = 10**12
ARCHIVE: Final = S3Bucket("archive")
_IN_ORDER: Final = 'SELECT * FROM calls ORDER BY "Call Time" DESC, "Request ID" DESC'


def figures(number: int, now: int, directory: Path) -> Iterator[Figure]:
    """Archive that many calls, and export them from the ledger and from each database."""
    exported, files = directory / "ledger.csv", directory / "files"
    with engine(), object_sink(exported) as objects_url:
        ids = _archive(number, now, files)
        ours = measured_apart("bench.exporting", "export", str(now), str(files), AWS_ENDPOINT_URL_S3=objects_url)
    _fill_sqlite(exported, directory)
    _fill_duckdb(exported, directory)
    sqlite = measured_apart("bench.exporting", "sqlite", str(directory))
    duck = measured_apart("bench.exporting", "duckdb", str(directory))
    for name in ("ledger", "sqlite", "duckdb"):
        if _ids(directory / f"{name}.csv") != ids:
            raise Different(f"{name}.csv has not the {number} rows that were archived, in their order")
    yield Figure(
        "export",
        number,
        seconds=ours["cpu"],
        wall_seconds=ours["wall"],
        calls_per_second=number / ours["wall"],
        peak_bytes=ours["peak"],
        baseline=Baseline("SQLite and csv, wall", sqlite["wall"]),
        other_baselines=[
            Baseline("CPU", sqlite["cpu"]),
            Baseline("DuckDB, wall", duck["wall"]),
            Baseline("CPU", duck["cpu"]),
        ],
        note=f"{exported.stat().st_size / 1e6:,.1f} MB; {ours['before'] / 1e6:.0f} MB of memory before it began",
    )


def _archive(number: int, now: int, folder: Path) -> list[str]:
    """Archive that many calls, with their files in a folder. Returns their ids in the order of the log."""
    users: dict[str, UserDetails] = {}
    apps: dict[str, AppDetails] = {}
    manifest, files = Manifest(COUNTERS.table), LocalFiles(ARCHIVE, folder)
    folder.mkdir()
    with connected(folder) as database:
        database.execute(f"CREATE TABLE calls ({', '.join(f'{name} {kind}' for name, kind in columns.TYPES.items())})")
        for batch in batched(sample_calls(number, now=now, days=DAYS, users=USERS), parquet.LINES):
            sent = [CallInput.model_validate(fields) for fields in batch]
            _insert(database, [one.to_call(now) for one in sent], folder / "calls.json")
            users |= {one.user_did: one.user_info for one in sent if one.user_info}
            apps |= {one.app_did: one.app_info for one in sent if one.app_info and one.app_did}
        for (day,) in database.execute(f"SELECT DISTINCT call_time // {DAY} FROM calls").fetchall():  # noqa: S608
            start, end = day * DAY, (day + 1) * DAY - 1
            key = objects.day_part(utc_day(start), "bench", 0)
            path = files.path(key)
            day_rows = f"SELECT * FROM calls WHERE call_time BETWEEN {start} AND {end} ORDER BY call_time, id"  # noqa: S608
            copy(database, day_rows, path)
            totals = day_files.totals(database, path)
            part = WrittenPart(0, key, path.stat().st_size, start, end, totals, now, now)
            manifest.publish(ArchivedDay(utc_day(start), "bench", [part]))
        ids = database.execute("SELECT id FROM calls ORDER BY call_time DESC, id DESC").fetchall()
    DIRECTORY.learn(users.items(), apps.items())
    _be_fresh(now)
    return [call_id for (call_id,) in ids]


def _insert(database: duckdb.DuckDBPyConnection, calls: Iterable[ModelCall], file: Path) -> None:
    items = (orjson.dumps(to_item(call, time_shards=1, expires_at=0)) for call in calls)
    file.write_bytes(b"\n".join(items))
    database.execute(f"INSERT INTO calls SELECT {columns.SELECTION} FROM {parquet.lines_of(file, columns.ITEM)}")  # noqa: S608
    file.unlink()


def _be_fresh(now: int) -> None:
    """Let the archive have everything, so that nothing is read from the table, and its nights be done."""
    freshness.finish(COUNTERS.table, utc_day(now - DAY))
    numbers = {"asOf": now + DAY, "startedAt": 0, "items": 1, "writtenAt": now}
    item = {name: {"N": str(number)} for name, number in numbers.items()} | {"barrier": {"S": "bench"}}
    place = {"scope": {"S": keys.ARCHIVE}, "bucket": {"S": keys.FRESHNESS}}
    dynamodb.client().put_item(TableName=COUNTERS.table, Item=place | item)


def _ids(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        place = next(rows).index("Request ID")
        return [row[place] for row in rows]


def _fill_sqlite(exported: Path, directory: Path) -> None:
    with exported.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        titles = next(rows)
        columns = ", ".join(f'"{title}" {"INTEGER" if title == "Call Time" else "TEXT"}' for title in titles)
        connection = sqlite3.connect(directory / "exported.sqlite")
        connection.execute(f"CREATE TABLE calls ({columns})")
        with connection:
            connection.executemany(f"INSERT INTO calls VALUES ({', '.join('?' * len(titles))})", rows)  # noqa: S608
    connection.execute('CREATE INDEX by_time ON calls ("Call Time", "Request ID")')
    connection.close()


def _fill_duckdb(exported: Path, directory: Path) -> None:
    read = f"read_csv('{exported}', header = true, delim = ',', quote = '\"', escape = '\"', all_varchar = true)"
    with duckdb.connect(str(directory / "exported.duckdb")) as connection:
        connection.execute(f'CREATE TABLE calls AS SELECT * REPLACE ("Call Time"::BIGINT AS "Call Time") FROM {read}')  # noqa: S608


# --- Each in its own process


def _export(now: int, files: Path) -> dict[str, int]:
    archive = Archive(Manifest(COUNTERS.table), ARCHIVE, ROOM, files)
    job = ExportWorker(ExportRows(CALLS, archive, DIRECTORY), STORE, S3Bucket("exports"))
    export = new_export(Identity("root", Role.ADMIN), _everything(now), CALLS)
    STORE.add(export)
    give_up = time.monotonic() + 3600
    done = job.run(export.id, lambda: give_up - time.monotonic())
    assert done is not None  # noqa: S101 - nobody else works on it
    assert done.status == "ready"  # noqa: S101 - an hour is enough
    return {"rows": done.progress.rows}


def _everything(now: int) -> ExportQuery:
    """Returns an export of everything."""
    return ExportQuery.model_validate({"allUsers": "true", "startTime": now - (DAYS + 1) * DAY, "endTime": now + DAY})


def _with_sqlite(directory: Path) -> dict[str, int]:
    rows = sqlite3.connect(directory / "exported.sqlite").execute(_IN_ORDER)
    with (directory / "sqlite.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([column[0] for column in rows.description])
        writer.writerows(rows)
    return {}


def _with_duckdb(directory: Path) -> dict[str, int]:
    with duckdb.connect(str(directory / "exported.duckdb"), read_only=True) as connection:
        connection.execute(f"COPY ({_IN_ORDER}) TO '{directory / 'duckdb.csv'}' (FORMAT csv, HEADER)")
    return {}


def main() -> None:
    match sys.argv[1:]:
        case ["export", now, files]:
            STORE.find("the connection is there")
            s3.client()  # as in a function that has been called before
            measure(partial(_export, int(now), Path(files)))
        case ["sqlite", directory]:
            measure(partial(_with_sqlite, Path(directory)))
        case [_, directory]:
            measure(partial(_with_duckdb, Path(directory)))
        case _:
            raise ValueError(sys.argv)


if __name__ == "__main__":
    main()
