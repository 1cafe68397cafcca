"""Whose usage is asked for, narrowed to what, and over which time: the parameters of /api/usage."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from ledger.calls.call_filter import Conditions, conditions
from ledger.calls.model_call import CallType
from ledger.core import time_zones
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.identity import VIEWERS, Identity
from ledger.core.moments import DAY, HOUR
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.series import Usage, narrowed
from ledger.http.query_parameters import LONGEST_RANGE, Did, EndOfRange, UnixSeconds, WholeNumber, WhoseQuery, ZoneQuery

HOURLY = 2 * DAY + HOUR
"""Seconds of the longest range that has buckets of an hour by default: two days, also when clocks go back."""
LONGEST_HOURLY = 8 * DAY
"""Seconds of the longest range that may have buckets of an hour."""

type Granularity = Literal["hour", "day"]


@dataclass(frozen=True)
class Period:
    """A range of Unix seconds, `end` excluded."""

    start: int
    end: int


@dataclass(frozen=True)
class UsageSelection:
    """A scope of the counters, and the conditions on its series."""

    scope: Scope
    conditions: Conditions

    @property
    def is_everybody(self) -> bool:
        return self.scope == EVERYBODY

    @property
    def is_one_app(self) -> bool:
        return self.scope.kind == "app"

    @property
    def is_one_user(self) -> bool:
        return self.scope.kind == "user"

    @property
    def all_conditions(self) -> Conditions:
        """The conditions on calls: those that the scope implies too."""
        match self.scope.kind:
            case "user":
                return {**self.conditions, "user_did": self.scope.did}
            case "app":
                return {**self.conditions, "app_did": self.scope.did}
            case _:
                return self.conditions

    def of(self, usage: Usage) -> Usage:
        """The usage that is asked for."""
        return narrowed(usage, self.conditions)


class UsageQuery(ZoneQuery, WhoseQuery):
    """Without a range, the last `timeRange` days of the zone, today included."""

    start_time: UnixSeconds | None = None
    """Unix seconds, inclusive."""
    end_time: EndOfRange | None = None
    """Unix seconds, inclusive; now where missing."""
    time_range: Annotated[WholeNumber, Field(ge=1, le=LONGEST_RANGE // DAY - 1)] = 30
    """Days of the zone, today included, where startTime is missing."""
    user_did: Did | None = None
    """One user only; another than oneself is for viewer, admin and owner."""
    app_did: Did | None = None
    """One app only."""
    provider_id: Did | None = None
    """One provider only."""
    model: Did | None = None
    """One model only."""
    type: CallType | None = None
    granularity: Granularity | None = None
    """Hours where the range is two days or less, else days. Hours of at most 8 days."""

    def period(self, now: int) -> Period:
        """The range that is asked for. Raises InvalidRequest where it is too long."""
        end = now + 1 if self.end_time is None else self.end_time + 1
        start = self.start_time
        if start is None:
            start = time_zones.midnight_before(end - 1, self.time_range - 1, self.zone)
        if start >= end:
            raise InvalidRequest(Problem("startTime", "not after endTime, which is now where it is missing"))
        longest = LONGEST_HOURLY if self.granularity == "hour" else LONGEST_RANGE
        if end - start > longest:
            by_hour = " by the hour" if self.granularity == "hour" else ""
            raise InvalidRequest(Problem("endTime", f"at most {longest // DAY} days after startTime{by_hour}"))
        return Period(start, end)

    def buckets(self, period: Period) -> "tuple[Granularity, list[time_zones.TimeBucket]]":
        """The hours or days of the time zone in which the range is answered."""
        by_hour = period.end - period.start <= HOURLY if self.granularity is None else self.granularity == "hour"
        if by_hour:
            return "hour", time_zones.hours(period.start, period.end, self.zone)
        return "day", [
            time_zones.TimeBucket(day.midnight, day.end) for day in time_zones.days(period.start, period.end, self.zone)
        ]

    def is_everybody(self, _identity: Identity) -> bool:
        """Whether everybody's usage is asked for, unless it is one user's."""
        return bool(self.everybody)

    def selection(self, identity: Identity) -> UsageSelection:
        """Raises Forbidden for somebody else's usage without the role."""
        everybody = self.is_everybody(identity)
        if everybody or self.user_did not in (None, identity.did):
            identity.require(VIEWERS)
        of_model = conditions(type=self.type, provider_id=self.provider_id, model=self.model)
        if self.user_did is None and everybody:
            return UsageSelection(Scope.of_app(self.app_did) if self.app_did else EVERYBODY, of_model)
        return UsageSelection(
            Scope.of_user(self.user_did or identity.did), {**of_model, **conditions(app_did=self.app_did)}
        )


type Grouping = Literal["model", "provider", "type", "app", "user"]
type Ranking = Literal["totalCredits", "totalCalls", "totalTokens", "unpricedCalls"]


class TrendsQuery(UsageQuery):
    """Usage over time, grouped by one thing or by nothing."""

    group_by: Grouping | None = None
    """What the usage is grouped by. Without it there are no groups."""
    sort_by: Ranking = "totalCredits"
    """What the largest groups are chosen by."""

    def is_everybody(self, identity: Identity) -> bool:
        """Whether everybody's usage is asked for: also by who may read it and does not say whose."""
        return identity.may_read_all if self.everybody is None and self.user_did is None else bool(self.everybody)


class ProjectsQuery(UsageQuery):
    """The apps that were used, page by page."""

    sort_by: Literal["totalCalls", "totalCredits"] = "totalCalls"
    sort_order: Literal["asc", "desc"] = "desc"
    page: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] = 1
    """From 1."""
    page_size: Annotated[WholeNumber, Field(ge=1, le=100)] = 20
    """Apps on a page."""
