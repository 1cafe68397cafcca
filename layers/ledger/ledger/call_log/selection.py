"""The selection of a request for the log: whose calls, of which seconds, and the filter on them."""

from dataclasses import dataclass, replace
from typing import Self

from ledger.calls.call_filter import CallFilter, Conditions
from ledger.calls.calls_table import Calls
from ledger.calls.filter_parameters import FilterParameters
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.identity import VIEWERS, Identity
from ledger.core.moments import CLOCK_AHEAD, CLOCK_SKEW, QUARTER_HOUR
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.measures import Measures
from ledger.counting.series import Series, matches


@dataclass(frozen=True)
class LogSelection:
    """The calls of a user, or of everybody (None), from the second `start` up to, not including, `end`.

    What has expired, and what no clock can have reached, is outside. The search of the filter is evaluated where names
    can be looked up.
    """

    user_did: str | None
    start: int
    end: int
    filter: CallFilter

    @classmethod
    def of(cls, identity: Identity, query: FilterParameters, calls: Calls, now: int) -> Self:
        """Raises Forbidden for somebody else's calls without the role."""
        if query.everybody or query.user_did not in (None, identity.did):
            identity.require(VIEWERS)
        latest = -(-(now + CLOCK_AHEAD + CLOCK_SKEW + 1) // QUARTER_HOUR) * QUARTER_HOUR
        start = max(query.start(now), calls.expired(now) + 1)
        end = latest if query.end_time is None else min(query.end_time + 1, latest)
        user = query.user_did or (None if query.everybody else identity.did)
        return cls(user, start, max(start, end), query.filter)

    @property
    def first(self) -> str:
        """The position before its oldest call."""
        return keys.from_second(self.start)

    @property
    def last(self) -> str:
        """The position after its newest call."""
        return keys.through_second(self.end - 1)

    @property
    def index_scope(self) -> Scope:
        """The scope that counts every call of the index in which these lie."""
        return EVERYBODY if self.user_did is None else Scope.of_user(self.user_did)

    @property
    def scope(self) -> Scope:
        """The scope whose series distinguish these calls from others."""
        app_did = self.filter.equal.get("app_did")
        return Scope.of_app(app_did) if self.user_did is None and app_did is not None else self.index_scope

    def until(self, second: int) -> Self:
        """What of it is before a second."""
        return replace(self, end=max(self.start, min(self.end, second)))

    def splits_before(self, second: int) -> bool:
        """Whether it begins or ends within a quarter hour before a second: counters don't know parts of these."""
        return any(edge < second and edge % QUARTER_HOUR for edge in (self.start, self.end))

    def covers(self, call: ModelCall) -> bool:
        """Whether a call is whose, and of when, the selection is."""
        return self.user_did in (None, call.user_did) and self.start <= call.call_time < self.end

    def holds(self, call: ModelCall) -> bool:
        """Whether a call of these seconds is selected, apart from the search."""
        return self.filter.matches(call)

    def count(self, series: Series, measures: Measures) -> int:
        """How many of the calls that a series of the scope counts are selected."""
        wanted: Conditions = self.filter.equal
        if self.scope.kind == "app":  # its series do not repeat the app
            wanted = {name: value for name, value in wanted.items() if name != "app_did"}
        return measures.calls_with(wanted.get("status")) if matches(series, wanted) else 0
