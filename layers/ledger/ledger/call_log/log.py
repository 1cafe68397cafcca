"""The call log: the calls that match some filters, newest first, page by page."""

import time
from dataclasses import dataclass
from functools import partial
from typing import Self, TypedDict

from ledger.archive.hot_days import HotDays
from ledger.aws.settings import Settings
from ledger.call_log.answers import CallRow
from ledger.call_log.counts import CallCounts
from ledger.call_log.day_rows import DayRows
from ledger.call_log.found import FindArchived, Found
from ledger.call_log.pages import CallPages
from ledger.call_log.query import CallsQuery, ProjectCallsQuery
from ledger.call_log.rows import CallRows
from ledger.call_log.selection import LogSelection
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.calls.model_call import ModelCall
from ledger.calls.text_search import stored_text
from ledger.core import exact_json
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.identity import Identity
from ledger.http import page_token
from ledger.usage.reader import UsageReader


class Paging(TypedDict):
    page: int
    pageSize: int


class CallsPage(TypedDict):
    """`nextToken` is null on the last page.

    `asOf` is null where the page has what is recorded by now. Otherwise calls that were made more than five minutes
    before it are as they were at this second, a minute or two ago.
    """

    count: int
    asOf: int | None
    list: "list[CallRow]"
    paging: Paging
    nextToken: str | None


class ProjectCallsPage(Paging):
    """As CallsPage."""

    count: int
    asOf: int | None
    list: "list[CallRow]"
    nextToken: str | None


@dataclass(frozen=True)
class CallLog:
    """Answers from counters and the table where they know, otherwise from the archive."""

    calls: Calls
    pages: CallPages
    archived: FindArchived
    rows: CallRows

    @classmethod
    def of(cls, settings: Settings) -> Self:
        calls = Calls.of(settings)
        counts = CallCounts(UsageReader.of(settings))
        rows = CallRows(calls, Directory(settings.registry_table))

        def archived(selection: LogSelection, position: str | None, skipped: int, wanted: int) -> Found:
            from ledger.call_log.archived_pages import ArchivedPages  # DuckDB takes a while to load

            return ArchivedPages.of(settings).page(selection, position, skipped, wanted)

        hot_days = HotDays(calls, settings.counters_table)
        return cls(calls, CallPages(DayRows(calls, counts, archived, hot_days.since)), archived, rows)

    def page(self, identity: Identity, query: CallsQuery, cursor_secret: str) -> CallsPage:
        """Returns one page of the caller's own calls, or with allUsers of everybody's.

        Raises Forbidden for allUsers without the role, and InvalidRequest for a token of another list.
        """
        selection = LogSelection.of(identity, query, self.calls, int(time.time()))
        context = _context(identity, query)
        position = page_token.verify(query.next_token, context, cursor_secret) if query.next_token else None
        found = self._found(selection, query, position)
        shown = found.rows[: query.page_size]
        more = len(found.rows) > query.page_size
        return {
            "count": found.count,
            "asOf": found.as_of,
            "list": self.rows.rows(identity, shown),
            "paging": {"page": query.page, "pageSize": query.page_size},
            "nextToken": page_token.sign(shown[-1].call_time_id, context, cursor_secret) if more else None,
        }

    def project_page(self, identity: Identity, query: ProjectCallsQuery, cursor_secret: str) -> ProjectCallsPage:
        """Returns one page of the calls of an app, as `page` does. Raises InvalidRequest for no app."""
        if not query.app_did:
            raise InvalidRequest(Problem("appDid", "the app whose calls are asked for"))
        page = self.page(identity, query, cursor_secret)
        return {
            "count": page["count"],
            "asOf": page["asOf"],
            "list": page["list"],
            "nextToken": page["nextToken"],
            **page["paging"],
        }

    def _found(self, selection: LogSelection, query: CallsQuery, position: str | None) -> Found:
        """Returns the rows of a page and one more, and how many there are in all."""
        skipped, wanted = 0 if position else (query.page - 1) * query.page_size, query.page_size + 1
        now = int(time.time())
        hot_since = self.pages.day_rows.hot_since(now)
        if query.id is not None:
            call = self.calls.get(query.id, now)
            if call or selection.start >= hot_since:
                rows = [call] if call and self._includes(selection, call) else []
                return Found(rows[skipped:], len(rows))
            return self.archived(selection.until(hot_since), position, skipped, wanted)
        if not selection.filter.is_counted or selection.splits_before(hot_since):
            return self.archived(selection, position, skipped, wanted)
        if position:
            return self.pages.after(selection, position, wanted)
        return self.pages.page(selection, skipped, wanted)

    def _includes(self, selection: LogSelection, call: ModelCall) -> bool:
        """Whether a call is in a selection."""
        if not (selection.covers(call) and selection.holds(call)):
            return False
        search = selection.filter.search
        return not search or search.occurs(partial(stored_text, call), self.rows.entries([call]))


def _context(identity: Identity, query: CallsQuery) -> bytes:
    """What a nextToken is bound to: the caller and every filter."""
    filters = query.model_dump(mode="json", exclude={"page", "page_size", "next_token"})
    return exact_json.dumps([identity.did, filters])
