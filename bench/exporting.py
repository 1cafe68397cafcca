"""All rows of everybody as CSV, beside SQLite with csv, DuckDB's COPY, and only fetching the same pages.

Each is done in a process of its own. After the first time, pages come from memory, so that the times are the ledger's
and not the engine's. The databases have the columns of the export in one table, as texts: only the ledger looks up
names and writes moments and numbers.
"""

import csv
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from bench.asking import Different
from bench.engine import CALLS, DIRECTORY, engine
from bench.figures import Baseline, Figure
from bench.ledger_state import DAYS, USERS, write_calls
from bench.object_sink import object_sink
from bench.own_process import measure, measured_apart
from bench.recorded_pages import recorded_pages
from ledger.aws import concurrency, dynamodb, s3
from ledger.aws.s3 import S3Bucket
from ledger.calls.call_input import CallInput
from ledger.core.field_types import AppDetails, UserDetails
from ledger.core.identity import Identity, Role
from ledger.core.moments import DAY
from ledger.exports.job import new_export
from ledger.exports.query import ExportQuery
from ledger.exports.raw_calls import NAMES, PROJECTION
from ledger.exports.store import ExportStore
from ledger.exports.worker import ExportWorker
from tools.local.sample.calls import sample_calls

JOB: Final = ExportWorker(CALLS, DIRECTORY, ExportStore(DIRECTORY.table), S3Bucket("exports"))
LOADED: Final = 10_000
"""Calls that are made and written at a time."""
_IN_ORDER: Final = 'SELECT * FROM calls ORDER BY "Call Time" DESC, "Request ID" DESC'


class _Counted(msgspec.Struct):
    Count: int
    LastEvaluatedKey: dynamodb.Item | None = None


_COUNTED: Final = msgspec.json.Decoder(_Counted)


def figures(number: int, now: int, directory: Path) -> Iterator[Figure]:
    """Load that many calls, and export them from the ledger and from each database."""
    exported = directory / "ledger.csv"
    with engine():
        ids = _load(number, now)
        with recorded_pages(os.environ["AWS_ENDPOINT_URL"]) as pages, object_sink(exported) as objects_url:
            urls = {"AWS_ENDPOINT_URL_DYNAMODB": pages, "AWS_ENDPOINT_URL_S3": objects_url}
            served = measured_apart("bench.exporting", "fetch", str(now), **urls)
            fetched = measured_apart("bench.exporting", "fetch", str(now), **urls)
            ours = measured_apart("bench.exporting", "export", str(now), **urls)
    _fill_sqlite(exported, directory)
    _fill_duckdb(exported, directory)
    sqlite = measured_apart("bench.exporting", "sqlite", str(directory))
    duck = measured_apart("bench.exporting", "duckdb", str(directory))
    if fetched["rows"] != number:
        raise Different(f"{fetched['rows']} rows were fetched, not {number}")
    for name in ("ledger", "sqlite", "duckdb"):
        if _ids(directory / f"{name}.csv") != ids:
            raise Different(f"{name}.csv has not the {number} rows that were loaded, in their order")
    yield Figure(
        "export",
        number,
        seconds=ours["cpu"],
        engine_seconds=served["wall"],
        wall_seconds=ours["wall"],
        calls_per_second=number / ours["wall"],
        peak_bytes=ours["peak"],
        baseline=Baseline("SQLite and csv, wall", sqlite["wall"]),
        other_baselines=[
            Baseline("CPU", sqlite["cpu"]),
            Baseline("DuckDB, wall", duck["wall"]),
            Baseline("CPU", duck["cpu"]),
            Baseline("only fetching the pages, wall", fetched["wall"]),
            Baseline("CPU", fetched["cpu"]),
        ],
        note=f"{exported.stat().st_size / 1e6:,.1f} MB; {ours['before'] / 1e6:.0f} MB of memory before it began",
    )


def _load(number: int, now: int) -> list[str]:
    """Write that many calls. Returns their ids in the order of the log."""
    users: dict[str, UserDetails] = {}
    apps: dict[str, AppDetails] = {}
    positions: list[str] = []
    for batch in batched(sample_calls(number, now=now, days=DAYS, users=USERS), LOADED):
        sent = [CallInput.model_validate(fields) for fields in batch]
        calls = [one.to_call(now) for one in sent]
        write_calls(calls)
        positions += [call.call_time_id for call in calls]
        users |= {one.user_did: one.user_info for one in sent if one.user_info}
        apps |= {one.app_did: one.app_info for one in sent if one.app_info and one.app_did}
    DIRECTORY.learn(users.items(), apps.items())
    return [position.partition("#")[2] for position in sorted(positions, reverse=True)]


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


def _fetch(now: int) -> dict[str, int]:
    """Fetch the pages of the export, as many at a time as the export does, and only count their rows."""
    selection = new_export(Identity("root", Role.ADMIN), _everything(now), CALLS).selection
    partitions = CALLS.partitions(None, selection.first, selection.last)
    return {"rows": sum(concurrency.threads().map(_rows_of, partitions))}


def _rows_of(partition: dict[str, Any]) -> int:
    asked: dict[str, Any] = partition | {"ProjectionExpression": PROJECTION, "ExpressionAttributeNames": NAMES}
    return sum(dynamodb.query_as(_counted, CALLS.table, ScanIndexForward=False, **asked))


def _counted(answer: bytes) -> dict[str, Any]:
    page = _COUNTED.decode(answer)
    return {"Items": page.Count, "LastEvaluatedKey": page.LastEvaluatedKey}


def _export(now: int) -> dict[str, int]:
    export = new_export(Identity("root", Role.ADMIN), _everything(now), CALLS)
    JOB.store.add(export)
    give_up = time.monotonic() + 3600
    done = JOB.run(export.id, lambda: give_up - time.monotonic())
    assert done is not None  # noqa: S101 - nobody else works on it
    assert done.status == "ready"  # noqa: S101 - an hour is enough
    return {"rows": done.progress.rows}


def _everything(now: int) -> ExportQuery:
    """Returns an export of everything, which always sends the same queries."""
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
    what, argument = sys.argv[1:]
    match what:
        case "fetch" | "export":
            JOB.store.find("the connection is there")
            s3.client()  # as in a function that has been called before
            measure(partial(_fetch if what == "fetch" else _export, int(argument)))
        case "sqlite":
            measure(partial(_with_sqlite, Path(argument)))
        case _:
            measure(partial(_with_duckdb, Path(argument)))


if __name__ == "__main__":
    main()
