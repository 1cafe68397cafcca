"""The aggregation of a day by its sections, beside DuckDB alone adding up the day's file.

It is done in a process of its own, so that its peak of memory is its own. The day is archived before, which
`archive-day` measures, and its live counters are there.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import duckdb
import orjson

from bench.asking import Different
from bench.engine import CALLS, COUNTERS, engine
from bench.figures import Baseline, Figure
from bench.ledger_state import DAYS, USERS, live_counters, write
from bench.object_folder import object_folder
from bench.own_process import measure, measured_apart
from ledger.aggregates import sections
from ledger.aggregates.aggregation import Aggregation
from ledger.aggregates.call_sums import CallSums
from ledger.archive import columns, day_files, parquet
from ledger.archive.engine import connected
from ledger.archive.manifest import ArchivedDay, Manifest, WrittenPart
from ledger.aws import dynamodb
from ledger.aws.s3 import S3Bucket
from ledger.calls.call_input import CallInput
from ledger.calls.call_item import to_item
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.moments import DAY, day_start, utc_day
from ledger.core.scopes import EVERYBODY
from ledger.counting import watermark
from ledger.counting.barrier import Barrier
from tools.local.sample.calls import sample_calls

PER_DAY: Final = (100_000, 1_000_000)
MANIFEST: Final = Manifest(COUNTERS.table)
FILE: Final = "day.parquet"
_BEGUN: Final = {"startedAt": 0, "items": 0, "writtenAt": 0}


def figures(number: int, now: int, directory: Path) -> Iterator[Figure]:
    """Measure the aggregation of a day of that many calls."""
    day = utc_day(now - DAY)
    with engine(), object_folder(directory) as objects:
        calls = sorted(calls_of(day, number, now), key=lambda call: call.call_time_id)
        _archive(calls, day, now, directory)
        write(COUNTERS.table, live_counters(calls, now))
        watermark.note_day(COUNTERS.table, day, now)
        del calls
        alone = measured_apart("bench.aggregating", "alone", day, str(number), str(directory))
        done = measured_apart(
            "bench.aggregating", "aggregate", day, str(number), str(directory), AWS_ENDPOINT_URL_S3=objects
        )
    if done["calls"] != number or done["drifted"]:
        raise Different(f"{done['calls']} calls were aggregated, not {number}; {done['drifted']} series had drifted")
    yield Figure(
        f"nightly-{number}",
        number,
        seconds=done["cpu"],
        wall_seconds=done["wall"],
        calls_per_second=number / done["wall"],
        peak_bytes=done["peak"],
        baseline=Baseline("the sums by DuckDB alone, wall", alone["wall"]),
        other_baselines=[Baseline("CPU", alone["cpu"])],
        note=f"{done['sections']} sections, {done['series']:,} series; {done['longest']:.1f} s the longest",
    )


def calls_of(day: str, number: int, now: int) -> Iterator[ModelCall]:
    """Yields calls of the usual mix, all of one day."""
    random, start = Random(2), day_start(day)
    for fields in sample_calls(number, now=now, days=DAYS, users=USERS):
        moved = {**fields, "callTime": start + random.randrange(DAY), "status": "success"}
        yield CallInput.model_validate(moved).to_call(now)


def _archive(calls: list[ModelCall], day: str, now: int, directory: Path) -> None:
    """Write the file of a day, and say in the manifest that it is there, and read by now."""
    path = directory / FILE
    with connected(directory) as database:
        lines = (orjson.dumps(to_item(call, time_shards=1, expires_at=now)) for call in calls)
        parquet.write(database, lines, columns.ITEM, columns.SELECTION, path)
        totals = day_files.totals(database, path)
    start = day_start(day)
    part = WrittenPart(0, FILE, path.stat().st_size, start, start + DAY - 1, totals, now, now)
    MANIFEST.publish(ArchivedDay(day, "bench", [part]))
    dynamodb.client().put_item(
        TableName=COUNTERS.table,
        Item={
            "scope": {"S": keys.ARCHIVE},
            "bucket": {"S": keys.FRESHNESS},
            "barrier": {"S": ""},
            **{name: {"N": str(second)} for name, second in {**_BEGUN, "asOf": now}.items()},
        },
    )


def _aggregate(day: str, number: int) -> dict[str, float]:
    no_stream = Barrier(CALLS.table, COUNTERS.table, items=lambda: 0)
    aggregation = Aggregation(CALLS, COUNTERS, MANIFEST, CallSums(S3Bucket("archive")), no_stream)
    divided = sections.divided(day, number, number)
    series = drifted = 0
    longest = 0.0
    for section in divided:
        began = time.perf_counter()
        found = aggregation.aggregate(section, day, lambda: 900.0)
        longest = max(longest, time.perf_counter() - began)
        series, drifted = series + found.series, drifted + found.drifted
    calls = sum(
        measures.calls for total in COUNTERS.totals(EVERYBODY, day, day) for measures in total.measures.values()
    )
    return {"calls": calls, "series": series, "drifted": drifted, "sections": len(divided), "longest": longest}


def _alone(directory: Path) -> dict[str, float]:
    rows = duckdb.connect().execute(
        "SELECT user_did, type, provider_id, model, app_did, call_time // 900, count(*), sum(credits), "
        "sum(input_tokens), sum(output_tokens), sum(total_usage) FROM read_parquet(?) GROUP BY ALL",
        [str(directory / FILE)],
    )
    return {"rows": len(rows.fetchall())}


def main() -> None:
    what, day, number, directory = sys.argv[1:]
    dynamodb.get(COUNTERS.table, keys.marker("the connection is there"))
    measure(lambda: _alone(Path(directory)) if what == "alone" else _aggregate(day, int(number)))


if __name__ == "__main__":
    main()
