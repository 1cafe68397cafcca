"""Day totals: what every series of a scope used on a UTC day, packed together, as of the end of a day of ingestion.

Answers that take whole days read these alone. They are one item for a scope and a day. A day of thousands of series
overflows into chunks, which are named by what they hold: the head says which of them count, so that writing the head
replaces the day at once, and what it no longer names is ignored until it is swept.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import orjson

from ledger import exact_json, keys
from ledger.dynamodb import Item, TornAnswer
from ledger.measures import Measures
from ledger.views import Series

MOST_BYTES = 350_000
"""Of a pack before it is compressed: no item comes near DynamoDB's 400 KB, whatever the names in it."""
SURELY_FIT = 50
"""Series that one pack holds, however long their names."""


@dataclass(frozen=True)
class DayTotals:
    """The series of a scope that were used on a day, or those of one part of it. Every other series is zero.

    `through` is the last day of ingestion that they hold.
    """

    scope: str
    part: int
    day: str
    through: str
    measures: Mapping[Series, Measures]

    def to_items(self) -> tuple[Item, list[Item]]:
        """The head, and its chunks, which have to be written before it."""
        first, *rest = _packs(self.measures)
        partition = {"S": keys.aggregate_partition(self.scope, self.part)}
        names = [hashlib.blake2b(pack, digest_size=12).hexdigest() for pack in rest]
        chunks: list[Item] = [
            {"scope": partition, "bucket": {"S": keys.totals_bucket(self.day, name)}, "pack": {"B": pack}}
            for name, pack in zip(names, rest, strict=True)
        ]
        head: Item = {
            "scope": partition,
            "bucket": {"S": keys.totals_bucket(self.day)},
            "view": {"S": self.scope},
            "part": {"N": str(self.part)},
            "through": {"S": self.through},
            "pack": {"B": first},
        }
        return (head | {"chunks": {"S": " ".join(names)}} if names else head), chunks


def from_items(items: Iterable[Item]) -> Iterator[DayTotals]:
    """The days of a partition, from its items in the order of their keys.

    Raises TornAnswer where a day was replaced while it was read.
    """
    for day, of_day in groupby(items, key=lambda item: keys.day_of(item["bucket"]["S"])):
        head, *chunks = of_day
        if "through" not in head:  # chunks whose head is yet to come
            continue
        held = {item["bucket"]["S"]: item for item in chunks}
        rows = _rows(head)
        for name in head["chunks"]["S"].split() if "chunks" in head else ():
            chunk = held.get(keys.totals_bucket(day, name))
            if chunk is None:
                raise TornAnswer(f"the totals of {day} are being replaced")
            rows += _rows(chunk)
        measures = {Series(*row[0]): _measures(row[1:]) for row in rows}
        yield DayTotals(head["view"]["S"], int(head["part"]["N"]), day, head["through"]["S"], measures)


def _packs(measures: Mapping[Series, Measures]) -> list[bytes]:
    packs: list[list[bytes]] = [[]]
    size = 0
    for series in sorted(measures):
        if measures[series]:
            row = orjson.dumps((tuple(series), *measures[series].values()), default=exact_json.plain)
            size += len(row) + 1
            if size > MOST_BYTES:
                packs.append([])
                size = len(row) + 1
            packs[-1].append(row)
    return [zlib.compress(b"[" + b",".join(pack) + b"]") for pack in packs]


def _rows(item: Item) -> list[Any]:
    """A Query leaves binary attributes in the Base64 of DynamoDB's JSON."""
    return orjson.loads(zlib.decompress(base64.b64decode(item["pack"]["B"])))


def _measures(row: Sequence[Any]) -> Measures:
    calls, successes, failures, unpriced, usage, credits_, fresh, output, read, written, *times = row
    duration, durations, ttfb, ttfbs = times
    return Measures(
        calls, successes, failures, unpriced, Decimal(usage), Decimal(credits_), fresh, output, read, written,
        Decimal(duration), durations, Decimal(ttfb), ttfbs,
    )  # fmt: skip
