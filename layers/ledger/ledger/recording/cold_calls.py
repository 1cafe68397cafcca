"""Calls of cold days that are sent: one that is in the archive as it was sent is recorded, one that differs is refused.

The table has forgotten the calls of a cold day. Written again, one would be counted twice.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple, Self

from ledger.archive.archived_calls import ArchivedCalls, TooManyCalls
from ledger.archive.hot_days import HotDays
from ledger.aws.settings import Settings
from ledger.calls.calls_table import LINGERS, Calls, Origin
from ledger.calls.model_call import CostSource, ModelCall
from ledger.core.moments import DAY

CORRECTION = "callTime: this id is that of another call of a cold day, whose calls can't be corrected any more"
TOO_LARGE = "callTime: too many calls were made on these cold days to look for this one: send those of fewer days"


class Judged(NamedTuple):
    """The archived calls by id, and why calls are refused by id. Every other call may be written."""

    archived: Mapping[str, ModelCall]
    refused: Mapping[str, str]


@dataclass(frozen=True)
class ColdCalls:
    """The archive, as those see it who record."""

    hot_days: HotDays
    archived: ArchivedCalls

    @classmethod
    def of(cls, settings: Settings) -> Self:
        table = settings.counters_table
        return cls(HotDays(Calls.of(settings), table), ArchivedCalls(table, settings.archive_bucket))

    def judge(self, calls: Mapping[str, ModelCall], origins: Mapping[str, Origin]) -> Judged:
        """Look for those calls of cold days that the table does not have, or not for long any more.

        `origins` are those of the calls that it has. Raises one of retries.REQUEST_ERRORS.
        """
        now = int(time.time())
        older = {one: call.call_time for one, call in calls.items() if call.call_time < now - DAY}
        since = self.hot_days.since(now) if older else 0
        late = {one: origin.call_time for one, origin in origins.items() if origin.expires_at > now + LINGERS}
        cold = {one: at for one, at in older.items() if at < since and not _are_of_one_day(at, late.get(one))}
        if not cold:
            return Judged({}, {})
        try:
            archived = self.archived.find(cold)
        except TooManyCalls:
            return Judged({}, dict.fromkeys(cold, TOO_LARGE))
        differing = [one for one, call in archived.items() if not is_repeated(calls[one], call)]
        return Judged(archived, dict.fromkeys(differing, CORRECTION))


def _are_of_one_day(second: int, other: int | None) -> bool:
    return other is not None and second // DAY == other // DAY


def is_repeated(sent: ModelCall, stored: ModelCall) -> bool:
    """Whether a call, as it was sent, is a stored one once more, or an older version of it.

    What the ledger added does not matter, such as a price where none was sent.
    """
    if sent.revision is not None and stored.revision is not None and sent.revision < stored.revision:
        return True
    return _as_sent(stored, sent) == _as_sent(sent, sent)


def _as_sent(call: ModelCall, sent: ModelCall) -> ModelCall:
    """The call with nothing but what was sent of one."""
    bare = replace(
        call,
        **dict.fromkeys(("priced_by", "repriced_by", "credits_before", "revision")),
        **dict.fromkeys(("list_cost_usd", "list_costs", "cache_savings")),
        **dict.fromkeys(("received_at", "created_at", "recorded_by")),
        updated_at="",
    )
    if sent.cost_source is CostSource.REPORTED:
        return bare
    return replace(bare, credits=Decimal(0), cost_source=CostSource.UNPRICED, cost_usd=sent.cost_usd)
