"""The query parameters of the statistics endpoints."""

from pydantic import field_validator
from pydantic_core.core_schema import ValidationInfo

from ledger.core.moments import DAY
from ledger.http.query_parameters import LONGEST_RANGE, Did, EndOfRange, UnixSeconds, ZoneQuery


class StatsQuery(ZoneQuery):
    """A range of Unix seconds, both ends inclusive."""

    start_time: UnixSeconds
    """Unix seconds, inclusive."""
    end_time: EndOfRange
    """Unix seconds, inclusive; at most 3,660 days after startTime."""

    @field_validator("end_time")
    @classmethod
    def _not_too_long(cls, end_time: int, info: ValidationInfo) -> int:
        if end_time - info.data.get("start_time", end_time) >= LONGEST_RANGE:
            raise ValueError(f"less than {LONGEST_RANGE // DAY} days after startTime")
        return end_time


class AdminStatsQuery(StatsQuery):
    """Everybody's statistics, or those of one user, one app, or one user's calls of one app."""

    user_did: Did | None = None
    """One user only."""
    app_did: Did | None = None
    """One app only."""

    @property
    def is_everybody(self) -> bool:
        """Whether it is everybody's."""
        return self.user_did is None and self.app_did is None
