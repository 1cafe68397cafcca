"""Selections that counters can't distinguish: calls in which a text occurs, and calls that took long."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import batched, islice

from ledger.call_log.rows import CallRows
from ledger.call_log.selection import LogSelection
from ledger.calls.calls_table import Calls
from ledger.calls.directory import DirectoryEntries
from ledger.calls.model_call import ModelCall
from ledger.calls.text_search import TextSearch, stored_text
from ledger.core.errors import InvalidRequest, Problem

COUNTING = 8.0
"""Seconds after which counting ends. The count is a lower bound then."""
SEEKING = 16.0
"""Seconds after which the search for a page ends with an error."""
_LOOKED_UP_TOGETHER = 100


@dataclass(frozen=True)
class CallSearch:
    """Finds calls by reading every call of the selection's time, for some seconds at most."""

    calls: Calls
    rows: CallRows

    def matching(self, selection: LogSelection, position: str | None = None) -> Iterator[ModelCall]:
        """The calls of a selection, newest first: all of them, or those after a position."""
        last = selection.last if position is None else min(position, selection.last)
        if selection.first > last:
            return iter(())
        if selection.user_did is None:
            calls = self.calls.of_everybody(selection.first, last)
        else:
            calls = self.calls.of_user(selection.user_did, selection.first, last)
        held = (call for call in calls if call.call_time_id != position and selection.holds(call))
        return self._found(held, selection.filter.search) if selection.filter.search else held

    def page(self, selection: LogSelection, position: str | None, skipped: int, wanted: int) -> list[ModelCall]:
        """The rows after a position and a number of skipped ones. Raises InvalidRequest where that takes too long."""
        matching = self.matching(selection, position)
        give_up = time.monotonic() + SEEKING
        for number, _ in enumerate(islice(matching, skipped)):
            if not number % 256 and time.monotonic() > give_up:
                raise InvalidRequest(Problem("page", "a page nearer to the newest call, or a narrower range"))
        return list(islice(matching, wanted))

    def count(self, selection: LogSelection) -> tuple[int, bool]:
        """The number of calls, and whether it is exact: counting ends after some seconds."""
        stop = time.monotonic() + COUNTING
        count = 0
        for count, _ in enumerate(self.matching(selection), 1):
            if not count % 256 and time.monotonic() > stop:
                return count, False
        return count, True

    def includes(self, selection: LogSelection, call: ModelCall) -> bool:
        """Whether a call is in a selection."""
        if not (selection.user_did in (None, call.user_did) and selection.start <= call.call_time < selection.end):
            return False
        search = selection.filter.search
        return selection.holds(call) and (not search or any(self._found([call], search)))

    def _found(self, calls: Iterable[ModelCall], search: TextSearch) -> Iterator[ModelCall]:
        """The calls in which the searched text occurs."""
        for some in batched(calls, _LOOKED_UP_TOGETHER):
            entries = self.rows.entries(some) if search.needs_names else DirectoryEntries({})
            for call in some:
                if search.occurs(partial(stored_text, call), entries):
                    yield call
