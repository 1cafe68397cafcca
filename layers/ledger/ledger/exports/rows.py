"""The rows of an export: the calls that some filters leave, newest first, as lines in blocks.

Of each partition of the index one page is worked on while the next is on its way, so memory is bounded by the number
of partitions, and neither waits for the other.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from ledger.aws import concurrency, dynamodb
from ledger.call_log.selection import Selection
from ledger.calls.call_filters import CallFilters, SearchField
from ledger.calls.calls_table import Calls
from ledger.exports.columns import Names
from ledger.exports.lines import Layout
from ledger.exports.raw_calls import NAMES, PROJECTION, CallItem, decoded, undecoded

type Row = tuple[str, str]
"""Where a call stands, and its line."""
END = ""
"""The position after the oldest call: sorts before every other."""
_NOTHING_READ = "~"


@dataclass(frozen=True)
class Block:
    """The lines that follow those of the block before; all that is not older than `position` has been given."""

    lines: list[str]
    position: str


def blocks(calls: Calls, selection: Selection, layout: Layout, after: str | None = None) -> Iterator[Block]:
    """All rows, or those after a block's position. The last block, and only that, has the position END."""
    last = selection.last if after is None else min(selection.last, after)
    if after == END or selection.first > last:
        yield Block([], END)
        return
    rows = partial(_rows, selection.query, layout, after)
    partitions = calls.partitions(selection.user_did, selection.first, last)
    yield from _in_order([_Source(_pages(calls.table, partition), rows) for partition in partitions])


class _Source:
    """A partition of an index: rows that are not given yet, down to the position `read_to`."""

    def __init__(self, pages: Iterator[object], rows: Callable[[list[CallItem]], list[Row]]) -> None:
        self._pages = pages
        self._rows = rows
        self._next = concurrency.threads().submit(next, pages, None)
        self._ascending: list[Row] = []
        self.read_to = _NOTHING_READ

    def read(self) -> None:
        """Take the next page. Only when all rows are taken."""
        while (page := self._next.result()) is not None:
            self._next = concurrency.threads().submit(next, self._pages, None)
            if calls := decoded(page):  # a page may be empty and yet not the last
                self.read_to = calls[-1].callTimeId.S
                self._ascending = self._rows(calls)[::-1]
                return
        self.read_to = END

    def take(self, position: str) -> list[Row]:
        """The rows that are not older than a position, ascending."""
        cut = bisect_left(self._ascending, (position, ""))
        taken = self._ascending[cut:]
        del self._ascending[cut:]
        return taken


def _in_order(sources: list[_Source]) -> Iterator[Block]:
    """Merge what all sources have read: what is not older than any of them has yet to read comes next."""
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


def _rows(filters: CallFilters, layout: Layout, after: str | None, calls: list[CallItem]) -> list[Row]:
    names = layout.names
    names.forget()
    kept = _kept([call for call in calls if after != call.callTimeId.S] if after else calls, filters, names)
    names.learn(kept)
    return list(zip([call.callTimeId.S for call in kept], layout.lines(kept), strict=True))


def _kept(calls: list[CallItem], filters: CallFilters, names: Names) -> list[CallItem]:
    if filters.status != "all":
        calls = [call for call in calls if filters.status == call.status.S]
    if filters.model is not None:
        calls = [call for call in calls if filters.model == call.model.S]
    if filters.provider_id is not None:
        calls = [call for call in calls if filters.provider_id == call.providerId.S]
    if filters.type is not None:
        calls = [call for call in calls if filters.type.value == call.type.S]
    if filters.app_did is not None:
        calls = [call for call in calls if filters.app_did == call.appDid.S]
    if filters.min_duration_seconds is not None:
        calls = [call for call in calls if Decimal(call.duration.N or 0) >= filters.min_duration_seconds]
    if filters.search:
        names.learn(calls)
        calls = [call for call in calls if _has(call, filters.search.casefold(), filters.search_fields, names)]
    return calls


def _has(call: CallItem, text: str, fields: tuple[SearchField, ...], names: Names) -> bool:
    return any(text in _text(call, field, names).casefold() for field in fields)


def _text(call: CallItem, field: SearchField, names: Names) -> str:
    match field:
        case "model":
            return call.model.S
        case "appDid":
            return call.appDid.S
        case "userDid":
            return call.userDid.S
        case "traceId":
            return call.traceId.S
        case "id":
            return call.id
        case "userName":
            return names.users[call.userDid.S][0]
        case "appName":
            return names.apps[call.appDid.S]
