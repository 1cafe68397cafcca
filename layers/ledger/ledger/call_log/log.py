"""The call log: the calls that match some filters, newest first, page by page."""

import time
from dataclasses import dataclass
from typing import Self, TypedDict

from ledger.aggregates.counters_table import CounterTable
from ledger.aws.settings import Settings
from ledger.call_log.answers import CallRow
from ledger.call_log.counts import CallCounts
from ledger.call_log.pages import CallPages
from ledger.call_log.query import CallsQuery
from ledger.call_log.rows import CallRows
from ledger.call_log.search import CallSearch
from ledger.call_log.selection import LogSelection
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.calls.model_call import ModelCall
from ledger.core import exact_json
from ledger.core.identity import Identity
from ledger.http import page_token
from ledger.usage.reader import UsageReader


class Paging(TypedDict):
    page: int
    pageSize: int


class CallsPage(TypedDict):
    """`count` is a lower bound where `countIsExact` is false. `nextToken` is null on the last page."""

    count: int
    countIsExact: bool
    list: "list[CallRow]"
    paging: Paging
    nextToken: str | None


@dataclass(frozen=True)
class CallLog:
    calls: Calls
    pages: CallPages
    rows: CallRows

    @classmethod
    def of(cls, settings: Settings) -> Self:
        calls = Calls.of(settings)
        reader = UsageReader(calls, CounterTable.of(settings))
        return cls(calls, CallPages(calls, CallCounts(reader)), CallRows(calls, Directory(settings.registry_table)))

    def page(self, identity: Identity, query: CallsQuery, cursor_secret: str) -> CallsPage:
        """Returns one page of the caller's own calls, or with allUsers of everybody's.

        Raises Forbidden for allUsers without the role, and InvalidRequest for a token of another list.
        """
        selection = LogSelection.of(identity, query, self.calls, int(time.time()))
        context = _context(identity, query)
        position = page_token.verify(query.next_token, context, cursor_secret) if query.next_token else None
        found, count, is_exact = self._found(selection, query, position)
        shown = found[: query.page_size]
        more = len(found) > query.page_size
        return {
            "count": count,
            "countIsExact": is_exact,
            "list": self.rows.rows(identity, shown),
            "paging": {"page": query.page, "pageSize": query.page_size},
            "nextToken": page_token.sign(shown[-1].call_time_id, context, cursor_secret) if more else None,
        }

    def count(self, selection: LogSelection) -> tuple[int, bool]:
        """Returns how many calls a selection has, and whether that is exact. Otherwise it is a lower bound."""
        if selection.filter.is_counted:
            return self.pages.counts.total(selection), True
        return self.search.count(selection)

    @property
    def search(self) -> CallSearch:
        return CallSearch(self.calls, self.rows)

    def _found(
        self, selection: LogSelection, query: CallsQuery, position: str | None
    ) -> tuple[list[ModelCall], int, bool]:
        """Returns the rows of a page and one more, how many there are in all, and whether that is exact."""
        if query.id is not None:
            call = self.calls.get(query.id, int(time.time()))
            found = [call] if call and self.search.includes(selection, call) else []
            return [] if position or query.page > 1 else found, len(found), True
        skipped, wanted = 0 if position else (query.page - 1) * query.page_size, query.page_size + 1
        if selection.filter.is_counted:
            if position:
                found = self.pages.after(selection, position, wanted)
            else:
                found = self.pages.page(selection, skipped, wanted)
            return found.rows, found.count, True
        rows = self.search.page(selection, position, skipped, wanted)
        return rows, *self.search.count(selection)


def _context(identity: Identity, query: CallsQuery) -> bytes:
    """What a nextToken is bound to: the caller and every filter."""
    filters = query.model_dump(mode="json", exclude={"page", "page_size", "next_token"})
    return exact_json.dumps([identity.did, filters])
