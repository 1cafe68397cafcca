"""Measure: python -m bench [NUMBER…], numbers of calls."""

import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import aggregating, asking, exporting, figures, importing, ingesting, paging, writing
from bench.figures import Figure
from tools.project import ROOT

NUMBERS = (10_000, 100_000, 1_000_000)
FEWEST = 5_000
LEGEND = """
own ms     processor time of this process, all threads; the databases' figures are what they take from question to rows
engine ms  time in which at least one request was with DynamoDB Local
round trips are counted while every request is held back, so that a fast engine hides none
*-stats    thirty days and the time before them, as the dashboard asks, in UTC and in Asia/Kolkata; and to the second.
           Both sides' answers are compared.
           Loaded directly, as ninety nights leave them: aggregates, live counters of today and yesterday, and of the
           log only the quarter hours that the range splits. The databases have all calls.
page-*     fifty rows of the call log and their number, of the heaviest user and (-all) of everybody, beside OFFSET and
           COUNT(*); rare-failures are one call in 10,000. Round trips are requests that need the answer of another.
export     all rows of everybody as CSV, with the pages at hand; engine ms is what fetching them from it takes
"""


def main() -> None:
    numbers = [int(text) for text in sys.argv[1:]] or NUMBERS
    if min(numbers) < FEWEST:
        sys.exit(f"at least {FEWEST:,} calls, so that there are batches to measure")
    now = int(time.time())
    found: list[Figure] = []
    print(f"Calls until {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S} UTC", file=sys.stderr)
    for figure in _measured(numbers, now):
        print(f"{figure.scenario} {figure.calls or ''}", file=sys.stderr)
        found.append(figure)
        figures.write(found, ROOT / ".local" / "bench.json")
    print(figures.table(found), LEGEND, sep="\n")


def _measured(numbers: Sequence[int], now: int) -> Iterator[Figure]:
    for number in numbers:
        with TemporaryDirectory() as directory:
            yield from asking.figures(number, now, Path(directory))
        with TemporaryDirectory() as directory:
            yield from paging.figures(number, now, Path(directory))
        yield from writing.figures(number, now)
        with TemporaryDirectory() as directory:
            yield from exporting.figures(number, now, Path(directory))
    for per_day in aggregating.PER_DAY:
        if per_day <= max(numbers):
            yield from aggregating.figures(per_day, now)
    yield from ingesting.figures(now)
    yield from importing.figures()


if __name__ == "__main__":
    main()
