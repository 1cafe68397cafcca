"""Reads of a range of the call log from one of its ends, of all partitions of the index at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

from ledger.aws import concurrency, dynamodb
from ledger.calls.call_item import from_item
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import ModelCall

_POSITION = attrgetter("call_time_id")
_SHARE_MARGIN = 5
"""Calls that a shard may have beyond its average, and a quarter more, in all but a few reads of a hundred."""


@dataclass(frozen=True)
class RangeRead:
    """Every call from one end of a range up to a position, in the order in which they were asked for."""

    calls: list[ModelCall]
    read_to: str | None
    """The position up to which the range was read. None if that is all of it."""


def start_read(
    calls: Calls, did: str | None, start: str, end: str, *, most: int | None = None, oldest_first: bool = False
) -> Callable[[], RangeRead]:
    """Start to read the calls of a user, or of everybody (None), between two positions, both inclusive.

    Returns a function that waits for the result. Without `most`, that is every call of the range. With it, it is what
    one round trip returns: in nearly every case at least so many calls, and hardly more.
    """
    partitions = calls.partitions(did, start, end)
    share = most if most is None or did is not None else _share(most, calls.time_shards)
    reads = [
        concurrency.threads().submit(_read, calls.table, partition, share, oldest_first) for partition in partitions
    ]
    return lambda: _joined([read.result() for read in reads], oldest_first)


def _read(table: str, partition: dict[str, Any], most: int | None, oldest_first: bool) -> tuple[list[ModelCall], bool]:
    """Returns calls of one partition, and whether these are all."""
    request = partition | {"ScanIndexForward": oldest_first}
    if most is None:
        pages = dynamodb.query(table, **request)
        return [from_item(item) for items in pages for item in items], True
    items, is_all = dynamodb.query_once(table, Limit=most, **request)
    return [from_item(item) for item in items], is_all


def _share(most: int, shards: int) -> int:
    """How many calls to read of each shard, so that all together have the newest `most` calls."""
    average = -(-most // shards)
    return min(most, average + average // 4 + _SHARE_MARGIN)


def _joined(reads: Sequence[tuple[list[ModelCall], bool]], oldest_first: bool) -> RangeRead:
    """The calls of all partitions, up to the position up to which every partition was read."""
    calls = sorted(chain.from_iterable(calls for calls, _ in reads), key=_POSITION, reverse=not oldest_first)
    ends = [calls[-1].call_time_id for calls, is_all in reads if not is_all]
    if not ends:
        return RangeRead(calls, None)
    if oldest_first:
        read_to = min(ends)
        return RangeRead([call for call in calls if call.call_time_id <= read_to], read_to)
    read_to = max(ends)
    return RangeRead([call for call in calls if call.call_time_id >= read_to], read_to)
