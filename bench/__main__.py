"""Run the benchmark: python -m bench [NUMBER…], where each number is a number of calls."""

import sys
from functools import partial

from bench import aggregating, archiving, asking, exporting, figures, importing, ingesting, paging, writing
from bench.run import Scenarios, at, in_a_directory, last, late, measure
from ledger.core.moments import iso
from tools.project import ROOT

NUMBERS = (10_000, 100_000, 1_000_000)
FEWEST = 5_000
EARLY = "01:30"
LATE = "23:30"
LEGEND = """
own ms     processor time of this process, all threads; the databases' figures are from the question to the rows
engine ms  time in which at least one request was with DynamoDB Local
round trips are counted while every request is held back, so that a fast engine hides none
*-late     asked at 23:30 UTC; everything else at 01:30 UTC, so that two runs can be compared
*-stats    thirty days and the time before them, as the dashboard asks, in UTC and in Asia/Kolkata; and to the second.
           The answers of both sides are compared.
           The tables are loaded as ninety nights leave them: aggregates, live counters of today and yesterday, and of
           the log only the quarter hours that the range splits. The databases have all calls.
budget-check
           may a user's call of an app be made, with a budget of a month for everybody, each user and each app
page-*     fifty rows of the call log and their number, of the heaviest user and (-all) of everybody, beside OFFSET and
           COUNT(*); rare-failures are one call in 10,000. Round trips are requests that need the answer of another.
export     all rows of everybody as CSV, from pages in memory; engine ms is the time that reading them from the engine
           takes
archive-day
           the file of a day, written from pages in memory, beside a copy of that file by DuckDB alone
"""


def scenarios(numbers: list[int]) -> Scenarios:
    """Yields groups of scenarios that share their tables, each with its name."""
    early, evening = last(EARLY), last(LATE)
    for number in numbers:
        for name, group in (("statistics", asking.figures), ("pages", paging.figures)):
            yield f"{name} of {number:,} calls", at(early, in_a_directory(partial(group, number, early)))
        late_statistics = at(evening, in_a_directory(partial(asking.figures, number, evening)))
        yield f"statistics of {number:,} calls, late", late(late_statistics)
        yield f"recording and counting beside {number:,} calls", at(early, partial(writing.figures, number, early))
        yield f"export of {number:,} calls", at(early, in_a_directory(partial(exporting.figures, number, early)))
    for per_day in aggregating.PER_DAY:
        if per_day <= max(numbers):
            aggregated = in_a_directory(partial(aggregating.figures, per_day, early))
            yield f"aggregating {per_day:,} calls", at(early, aggregated)
    for per_day in archiving.PER_DAY:
        if per_day <= max(numbers):
            archived = in_a_directory(partial(archiving.figures, per_day, early))
            yield f"archiving {per_day:,} calls", at(early, archived)
    yield "ingestion", partial(ingesting.figures, early)
    yield "import", importing.figures


def main() -> None:
    numbers = [int(text) for text in sys.argv[1:]] or list(NUMBERS)
    if min(numbers) < FEWEST:
        sys.exit(f"at least {FEWEST:,} calls, so that there are batches to measure")
    print(f"Calls until {iso(last(EARLY))}, and late until {iso(last(LATE))}", file=sys.stderr)
    measured = measure(scenarios(numbers), ROOT / ".local" / "bench.json")
    print(figures.table(measured.figures), LEGEND, sep="\n")
    if measured.failed:
        sys.exit(f"Failed, so that their figures are missing: {'; '.join(measured.failed)}")


if __name__ == "__main__":
    main()
