"""Writing a day's file from its calls, beside a copy of that file by DuckDB alone, and only fetching the pages.

Each is done in a process of its own, so that its peak of memory is its own. After the first time, pages come from
memory, so that the times are the ledger's and not the engine's.
"""

import os
import sys
from collections.abc import Iterator
from itertools import batched
from pathlib import Path
from typing import Final

from bench.aggregating import calls_of
from bench.databases import Different
from bench.engine import CALLS, engine
from bench.figures import Baseline, Figure
from bench.ledger_state import write_calls
from bench.own_process import measure, measured_apart
from bench.recorded_pages import recorded_pages
from ledger.archive import day_files
from ledger.archive.engine import connected, copy, literal
from ledger.archive.parts import Part
from ledger.aws import dynamodb
from ledger.core import keys
from ledger.core.moments import DAY, day_start, utc_day

PER_DAY: Final = (11_000, 100_000, 1_000_000)
LOADED: Final = 100_000
"""Calls that are made and written at a time."""


def figures(number: int, now: int, directory: Path) -> Iterator[Figure]:
    """Measure the writing of the file of a day of that many calls."""
    day = utc_day(now - DAY)
    with engine():
        for calls in batched(calls_of(day, number, now), LOADED):
            write_calls(calls)
        with recorded_pages(os.environ["AWS_ENDPOINT_URL"]) as pages:
            urls = {"AWS_ENDPOINT_URL_DYNAMODB": pages}
            served = measured_apart("bench.archiving", "fetch", day, str(directory), **urls)
            fetched = measured_apart("bench.archiving", "fetch", day, str(directory), **urls)
            written = measured_apart("bench.archiving", "write", day, str(directory), **urls)
        copied = measured_apart("bench.archiving", "copy", day, str(directory))
    if not fetched["rows"] == written["rows"] == copied["rows"] == number:
        raise Different(f"{written['rows']} rows were written, not {number}")
    yield Figure(
        "archive-day",
        number,
        seconds=written["cpu"],
        engine_seconds=served["wall"],
        wall_seconds=written["wall"],
        calls_per_second=number / written["wall"],
        peak_bytes=written["peak"],
        baseline=Baseline("a copy of it by DuckDB, wall", copied["wall"]),
        other_baselines=[
            Baseline("CPU", copied["cpu"]),
            Baseline("only fetching the pages, wall", fetched["wall"]),
            Baseline("CPU", fetched["cpu"]),
        ],
        note=f"{written['bytes'] / 1e6:,.1f} MB; {written['before'] / 1e6:.0f} MB of memory before it began",
    )


def _whole(day: str) -> Part:
    return Part(0, day_start(day), day_start(day) + DAY - 1)


def _fetch(day: str, _: Path) -> dict[str, int]:
    return {"rows": sum(1 for _ in day_files.items(CALLS, _whole(day)))}


def _write(day: str, directory: Path) -> dict[str, int]:
    path = directory / "day.parquet"
    with connected(directory) as database:
        day_files.write(database, CALLS, _whole(day), path.name, path)
        return {"rows": day_files.totals(database, path).rows, "bytes": path.stat().st_size}


def _copy(_: str, directory: Path) -> dict[str, int]:
    with connected(directory) as database:
        rows = f"SELECT * FROM read_parquet({literal(directory / 'day.parquet')})"  # noqa: S608 - a path of our own
        copy(database, rows, directory / "copy.parquet")
        return {"rows": day_files.totals(database, directory / "copy.parquet").rows}


def main() -> None:
    what, day, directory = sys.argv[1:]
    dynamodb.get(CALLS.table, {"id": {"S": keys.from_second(0)}})  # the connection is there
    measure(lambda: {"fetch": _fetch, "write": _write, "copy": _copy}[what](day, Path(directory)))


if __name__ == "__main__":
    main()
