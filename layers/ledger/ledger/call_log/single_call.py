"""A single call, found by its id: in the table, or else in the archive, where its callTime is known."""

import time
from dataclasses import dataclass
from typing import Self

from ledger.archive.archived_calls import ArchivedCalls, TooManyCalls
from ledger.aws.settings import Settings
from ledger.call_log.answers import CallRow
from ledger.call_log.rows import CallRows
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.calls.model_call import ModelCall
from ledger.core.errors import NotFound
from ledger.core.identity import Identity
from ledger.http.query_parameters import Query, UnixSeconds


class CallQuery(Query):
    """What helps to find a call."""

    call_time: UnixSeconds | None = None
    """The call's own, in Unix seconds. A call of a cold day is not found without it."""


@dataclass(frozen=True)
class SingleCall:
    """Where calls are."""

    rows: CallRows
    archived: ArchivedCalls

    @classmethod
    def of(cls, settings: Settings) -> Self:
        rows = CallRows(Calls.of(settings), Directory(settings.registry_table))
        return cls(rows, ArchivedCalls(settings.counters_table, settings.archive_bucket))

    def row(self, identity: Identity, call_id: str, query: CallQuery) -> CallRow:
        """Returns a call. Raises NotFound unless it is the caller's own or the caller may read all calls."""
        call = self.rows.calls.get(call_id, int(time.time())) or self._archived(call_id, query.call_time)
        if call is None or not (identity.may_read_all or call.user_did == identity.did):
            hint = "" if query.call_time else ": that of a cold day is found by its id and its callTime"
            raise NotFound(f"no such call{hint}")
        return self.rows.rows(identity, [call])[0]

    def _archived(self, call_id: str, call_time: int | None) -> ModelCall | None:
        if call_time is None or call_time <= self.rows.calls.expired(int(time.time())):
            return None
        try:
            return self.archived.find({call_id: call_time}).get(call_id)
        except TooManyCalls:
            raise NotFound("too many calls were made on that day to look for one: ask the log") from None
