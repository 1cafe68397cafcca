"""Which calls somebody asks for: whose, of which seconds, and which of those."""

from dataclasses import dataclass
from typing import Self

from ledger.calls.call_filters import CallFilters
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.identity import ADMINISTRATORS, Identity
from ledger.core.moments import CLOCK_AHEAD, CLOCK_SKEW, QUARTER_HOUR
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Series


@dataclass(frozen=True)
class Selection:
    """The calls of a user, or of everybody (None), from the second `start` up to, not including, `end`.

    What has expired, and what no clock can have reached, is outside. `search` is left to those who can look up names.
    """

    user_did: str | None
    start: int
    end: int
    query: CallFilters

    @classmethod
    def of(cls, identity: Identity, query: CallFilters, calls: Calls, now: int) -> Self:
        """Raises Forbidden for somebody else's calls without the role."""
        if query.all_users or query.user_did not in (None, identity.did):
            identity.require(ADMINISTRATORS)
        latest = -(-(now + CLOCK_AHEAD + CLOCK_SKEW + 1) // QUARTER_HOUR) * QUARTER_HOUR
        start = max(query.start_time or 0, calls.expired(now) + 1)
        end = latest if query.end_time is None else min(query.end_time + 1, latest)
        user = query.user_did or (None if query.all_users else identity.did)
        return cls(user, start, max(start, end), query)

    @property
    def first(self) -> str:
        """The position before its oldest call."""
        return keys.from_second(self.start)

    @property
    def last(self) -> str:
        """The position after its newest call."""
        return keys.through_second(self.end - 1)

    @property
    def is_counted(self) -> bool:
        """Whether counters tell the calls that are asked for from all others."""
        return not self.query.search and not self.query.min_duration_seconds

    @property
    def is_filtered(self) -> bool:
        """Whether not every call of these seconds is asked for."""
        query = self.query
        named = (query.model, query.provider_id, query.type, query.app_did)
        return query.status != "all" or not self.is_counted or any(name is not None for name in named)

    @property
    def index_scope(self) -> Scope:
        """The scope that counts every call of the index in which these lie."""
        return EVERYBODY if self.user_did is None else Scope.of_user(self.user_did)

    @property
    def scope(self) -> Scope:
        """The scope whose series tell these from others."""
        if self.user_did is None and self.query.app_did is not None:
            return Scope.of_app(self.query.app_did)
        return self.index_scope

    def holds(self, call: ModelCall) -> bool:
        """Whether a call of these seconds is asked for, as far as it can tell by itself."""
        query = self.query
        return (
            query.status in ("all", call.status)
            and query.model in (None, call.model)
            and query.provider_id in (None, call.provider_id)
            and query.type in (None, call.type)
            and query.app_did in (None, call.app_did)
            and (not query.min_duration_seconds or (call.duration or 0) >= query.min_duration_seconds)
        )

    def count(self, series: Series, measures: Measures) -> int:
        """How many of the calls counted in a series of the scope are asked for."""
        query = self.query
        told_apart = self.user_did is not None
        if (
            query.model not in (None, series.model)
            or query.provider_id not in (None, series.provider_id)
            or query.type not in (None, series.type)
            or (told_apart and query.app_did not in (None, series.app_did))
        ):
            return 0
        match query.status:
            case "all":
                return measures.calls
            case "success":
                return measures.successes
            case "failed":
                return measures.failures
            case "processing":
                return measures.calls - measures.successes - measures.failures
