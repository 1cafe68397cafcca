"""The rows of an export: the calls that match its filters, newest first, as blocks of lines.

While one page of each partition of the index is formatted, the next one is read. So memory is bounded by the number of
partitions.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any

from pydantic.alias_generators import to_camel

from ledger.aws import concurrency, dynamodb
from ledger.call_log.selection import LogSelection
from ledger.calls.call_filter import CallFilter
from ledger.calls.calls_table import Calls
from ledger.exports.columns import Names
from ledger.exports.lines import Layout
from ledger.exports.raw_calls import NAMES, PROJECTION, RawCall, decoded, undecoded

type Row = tuple[str, str]
"""A call's callTimeId, and its line."""
END = ""
"""The position after the oldest call. It sorts before every other position."""
_NOTHING_READ = "~"


@dataclass(frozen=True)
class Block:
    """The lines that follow the block before. With them, all rows down to `position` were given."""

    lines: list[str]
    position: str


def blocks(calls: Calls, selection: LogSelection, layout: Layout, after: str | None = None) -> Iterator[Block]:
    """Yields all rows, or those after a block's position. The last block alone has the position END."""
    last = selection.last if after is None else min(selection.last, after)
    if after == END or selection.first > last:
        yield Block([], END)
        return
    rows = partial(_rows, selection.filter, layout, after)
    partitions = calls.partitions(selection.user_did, selection.first, last)
    yield from _in_order([_Source(_pages(calls.table, partition), rows) for partition in partitions])


class _Source:
    """A partition of an index, read down to the position `read_to`, with the rows that were not taken yet."""

    def __init__(self, pages: Iterator[object], rows: Callable[[list[RawCall]], list[Row]]) -> None:
        self._pages = pages
        self._rows = rows
        self._next = concurrency.threads().submit(next, pages, None)
        self._ascending: list[Row] = []
        self.read_to = _NOTHING_READ

    def read(self) -> None:
        """Read the next page. All rows must have been taken before."""
        while (page := self._next.result()) is not None:
            self._next = concurrency.threads().submit(next, self._pages, None)
            if calls := decoded(page):  # a page may be empty and yet not the last
                self.read_to = calls[-1].callTimeId.S
                self._ascending = self._rows(calls)[::-1]
                return
        self.read_to = END

    def take(self, position: str) -> list[Row]:
        """Take the rows down to a position. Returns them oldest first."""
        cut = bisect_left(self._ascending, (position, ""))
        taken = self._ascending[cut:]
        del self._ascending[cut:]
        return taken


def _in_order(sources: list[_Source]) -> Iterator[Block]:
    """Merge the sources: the rows down to the newest `read_to` come next, as no source will read a newer one."""
    position = _NOTHING_READ
    while position != END:
        for source in sources:
            if source.read_to == position:
                source.read()
        position = max(source.read_to for source in sources)
        rows = [row for source in sources for row in source.take(position)]
        rows.sort(reverse=True)
        yield Block([line for _, line in rows], position)


def _pages(table: str, partition: dict[str, Any]) -> Iterator[object]:
    asked: dict[str, Any] = partition | {"ProjectionExpression": PROJECTION, "ExpressionAttributeNames": NAMES}
    return dynamodb.query_as(undecoded, table, ScanIndexForward=False, **asked)


def _rows(filter_: CallFilter, layout: Layout, after: str | None, calls: list[RawCall]) -> list[Row]:
    names = layout.names
    names.forget()
    kept = matching([call for call in calls if after != call.callTimeId.S] if after else calls, filter_, names)
    names.learn(kept)
    return list(zip([call.callTimeId.S for call in kept], layout.lines(kept), strict=True))


def matching(calls: list[RawCall], filter_: CallFilter, names: Names) -> list[RawCall]:
    """The calls that match a filter, which is evaluated condition by condition."""
    for name, wanted in filter_.equal.items():
        value = attrgetter(f"{to_camel(name)}.S")
        calls = [call for call in calls if value(call) == wanted]
    for name, unwanted in filter_.unequal.items():
        value = attrgetter(f"{to_camel(name)}.S")
        calls = [call for call in calls if value(call) != unwanted]
    if filter_.min_duration:
        calls = [call for call in calls if Decimal(call.duration.N or 0) >= filter_.min_duration]
    if filter_.min_credits:
        calls = [call for call in calls if Decimal(call.credits.N) >= filter_.min_credits]
    if filter_.max_credits is not None:
        calls = [call for call in calls if Decimal(call.credits.N) <= filter_.max_credits]
    for condition in filter_.metadata:
        calls = [call for call in calls if condition.holds(call.metadata.S or None)]
    if search := filter_.search:
        if search.needs_names:
            names.learn(calls)
        calls = [call for call in calls if search.occurs(call.stored_text, names)]
    return calls
