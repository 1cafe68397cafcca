"""The aggregation of a day from its calls, beside reading and decoding the same pages without adding them up.

Each is done in a process of its own, so that its peak of memory is its own.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from unittest.mock import patch

from bench.engine import CALLS, COUNTERS, engine
from bench.figures import Baseline, Figure
from bench.ledger_state import DAYS, USERS, live_counters, write, write_calls
from bench.own_process import measure, measured_apart
from ledger.aggregates.comparison import PAGE
from ledger.aggregates.nightly_run import Aggregation
from ledger.aws import concurrency, dynamodb
from ledger.calls.call_input import CallInput
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.moments import DAY, day_start, utc_day
from ledger.core.scopes import EVERYBODY
from ledger.counting import watermark
from ledger.counting.barrier import Barrier
from tools.local.sample.calls import sample_calls

PER_DAY = (11_000, 100_000)
"""Calls of a day: of a million in ninety days, and of nine million."""


def figures(number: int, now: int) -> Iterator[Figure]:
    """Measure the aggregation of a day of that many calls, which the live counters still have."""
    day = utc_day(now - DAY)
    with engine():
        calls = list(calls_of(day, number, now))
        write_calls(calls)
        write(COUNTERS.table, live_counters(calls, now))
        watermark.note_day(COUNTERS.table, day, now)
        read = measured_apart("bench.aggregating", "read", day)
        aggregated = measured_apart("bench.aggregating", "aggregate", day)
    assert aggregated["calls"] == read["calls"] == number  # noqa: S101 - both read every call
    assert aggregated["drifted"] == 0  # noqa: S101 - it was right at the first reading
    yield Figure(
        "aggregate-day",
        number,
        seconds=aggregated["cpu"],
        wall_seconds=aggregated["wall"],
        calls_per_second=number / aggregated["wall"],
        peak_bytes=aggregated["peak"],
        baseline=Baseline("reading and decoding, wall", read["wall"]),
        other_baselines=[Baseline("own", read["cpu"])],
        note=f"{aggregated['series']:,} series; reading alone peaks at {read['peak'] / 1e6:.0f} MB",
    )


def calls_of(day: str, number: int, now: int) -> Iterator[ModelCall]:
    """Yields calls of the usual mix, all of one day."""
    random, start = Random(2), day_start(day)
    for fields in islice(sample_calls(number, now=now, days=DAYS, users=USERS), number):
        moved = {**fields, "callTime": start + random.randrange(DAY), "status": "success"}
        yield CallInput.model_validate(moved).to_call(now)


def _read(day: str) -> dict[str, int]:
    """Read every page of the day as the aggregation does, and keep the items as JSON has them."""
    start = day_start(day)
    with patch("ledger.calls.calls_table.from_item", _as_it_is):
        shards = CALLS.of_shards(keys.from_second(start), keys.through_second(start + DAY - 1), page=PAGE)
        return {"calls": sum(concurrency.threads().map(_count, shards))}


def _as_it_is(item: dynamodb.Item) -> dynamodb.Item:
    return item


def _count(pages: Iterable[Sequence[object]]) -> int:
    return sum(map(len, pages))


def _aggregate(day: str) -> dict[str, int]:
    no_stream = Barrier(CALLS.table, COUNTERS.table, items=lambda: 0)
    aggregation = Aggregation(CALLS, COUNTERS, no_stream, patience=0, settling=0, time_left=lambda: 3600)
    (rebuilt,) = aggregation.rebuild([day], day)
    totals = (total for query in COUNTERS.totals(EVERYBODY, day, day) for total in query)
    calls = sum(measures.calls for total in totals for measures in total.measures.values())
    return {"calls": calls, "series": rebuilt.series, "drifted": rebuilt.drifted}


def main() -> None:
    what, day = sys.argv[1:]
    dynamodb.get(COUNTERS.table, keys.marker("the connection is there"))
    measure(lambda: (_read if what == "read" else _aggregate)(day))


if __name__ == "__main__":
    main()
