"""How many writes the busiest partition keys get: python -m bench.heat [RATE…], in calls a second.

Calls are drawn at random. A few users make most of them, as in real populations (Zipf's law). For each call, the writes
to the keys of every table and index are counted. No database is needed. A partition of DynamoDB takes 1,000 write units
a second. After minutes of heat, DynamoDB itself may split a key with many sort keys over several partitions.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, batched
from random import Random
from typing import Final

from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.moments import DAY, day_start, utc_day
from ledger.counting.live_counters import deltas
from ledger.counting.transactions import Record, Transaction
from tests.integration.small_world import call

LIMIT: Final = 1_000
"""Write units a second of a partition."""
USERS: Final = 10_000
EXPONENT: Final = 1.0
APPS: Final = 20
MODELS: Final = 12
SAMPLE: Final = 4_000
"""Calls from which the heat is worked out, unless another number is given."""
LARGEST_BATCH: Final = 1_000
RATES: Final = (10, 1_000, 100_000)
SHARDS: Final = 8
FRAGMENTS: Final = 4

type Heat = Mapping[str, float]
"""Write units a second by partition key."""


def zipf(number: int, exponent: float = EXPONENT) -> list[float]:
    """Returns cumulative weights by Zipf's law: the n-th is drawn as often as the first, divided by n ** exponent."""
    return list(accumulate(1 / rank**exponent for rank in range(1, number + 1)))


def drawn(number: int, now: int, random: Random, users: int = USERS) -> Iterator[ModelCall]:
    """Draw that many calls of one moment, of so many users."""
    weights, apps, models = zipf(users), zipf(APPS), zipf(MODELS)
    for _ in range(number):
        yield call(
            f"{random.getrandbits(64):016x}",
            now,
            user_did=f"user-{random.choices(range(users), cum_weights=weights)[0]}",
            app_did=f"app-{random.choices(range(APPS), cum_weights=apps)[0]}",
            model=f"model-{random.choices(range(MODELS), cum_weights=models)[0]}",
        )


def heats(
    rate: float, *, shards: int = SHARDS, fragments: int = FRAGMENTS, sample: int = SAMPLE, users: int = USERS
) -> Mapping[str, Heat]:
    """Returns the heat of every partition key of each table and index at a rate of calls a second."""
    random, now = Random(1), day_start("2026-11-22") + DAY // 2
    calls = list(drawn(sample, now, random, users))
    units: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in calls:
        units["Calls"][one.id] += 1
        units["Calls.byUser"][one.user_did] += 1
        units["Calls.byTime"][str(keys.time_shard(one.id, shards))] += 1
    for batch in batched(calls, batch_size(rate)):
        fragment = random.randrange(fragments)
        for transaction in transactions(batch, now):
            for key in transaction.deltas:
                units["Counters"][key.to_key(fragment)["scope"]["S"]] += 2  # of a transaction
    share = rate / sample
    return {where: {key: each * share for key, each in of.items()} for where, of in units.items()}


def batch_size(rate: float) -> int:
    """Returns how many changes a worker gets at a time: those of one second of a shard of the stream."""
    return max(1, min(LARGEST_BATCH, round(rate)))


def transactions(calls: Sequence[ModelCall], now: int) -> Iterator[Transaction]:
    """Yields the transactions that count a batch. Calls that share counters are in the same transaction if possible."""
    transaction = Transaction()
    for one in sorted(calls, key=lambda one: (one.app_did or "", one.model, one.user_did)):
        record = Record(one.id, one.id, deltas(None, one, utc_day(now)))
        if not transaction.has_room_for(record):
            yield transaction
            transaction = Transaction()
        transaction.add(record)
    yield transaction


def table(rates: Iterable[float]) -> Iterator[str]:
    """Yields lines to print, with the hottest key of each table and index."""
    yield f"{'calls/s':>9}  {'where':13} {'hottest key':28} {'units/s':>10}  {'of a partition':>14}"
    for rate in rates:
        for where, heat in heats(rate).items():
            hottest = max(heat, key=lambda key, heat=heat: heat[key])
            alone = "no repeats" if where == "Calls" else hottest
            yield f"{rate:9,.0f}  {where:13} {alone:28} {heat[hottest]:10,.1f}  {heat[hottest] / LIMIT:13.0%}"


def main() -> None:
    begun = time.perf_counter()
    print(*table([float(text) for text in sys.argv[1:]] or RATES), sep="\n")
    print(f"{SAMPLE:,} calls of {USERS:,} users, drawn in {time.perf_counter() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
