"""The query parameters of the reading endpoints."""

from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import ValidationInfo

from ledger.calls.model_call import CallType
from ledger.core import time_zones
from ledger.core.moments import DAY

LONGEST_RANGE = 3_660 * DAY
"""Seconds of a statistics range: ten years."""
FARTHEST_PAGE = 1_000_000_000
LATEST = 4_102_444_800
"""2100-01-01."""
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2099, 12, 31)


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("a whole number in digits")
    return value


def _zone_name(name: str) -> str:
    time_zones.zone(name)
    return name


def _on_quarter_hours(offset: int) -> int:
    if offset % 15:
        raise ValueError("a multiple of 15 minutes, as every zone's offset is")
    return offset


Digits = Annotated[int, BeforeValidator(_digits)]
Second = Annotated[Digits, Field(ge=0, lt=LATEST)]
Did = Annotated[str, StringConstraints(max_length=256)]


class _Query(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class ZoneQuery(_Query):
    """The zone whose days and hours an answer is told by."""

    timezone: Annotated[str, AfterValidator(_zone_name)] | None = None
    """An IANA name, such as Asia/Kolkata; days follow its summer time."""
    timezone_offset: (
        Annotated[
            int, Field(ge=-time_zones.FARTHEST_OFFSET, le=time_zones.FARTHEST_OFFSET), AfterValidator(_on_quarter_hours)
        ]
        | None
    ) = None
    """Or minutes with JavaScript's sign: UTC-8 is 480. UTC without either."""

    @property
    def place(self) -> tzinfo:
        """The zone by name, else by offset, else UTC."""
        if self.timezone is not None:
            return time_zones.zone(self.timezone)
        return UTC if self.timezone_offset is None else time_zones.fixed_zone(self.timezone_offset)


class StatsQuery(ZoneQuery):
    """A range of Unix seconds, both ends inclusive."""

    start_time: Second
    """Unix seconds, inclusive."""
    end_time: Second
    """Unix seconds, inclusive; at most 3,660 days after startTime."""

    @field_validator("end_time")
    @classmethod
    def _a_range(cls, end_time: int, info: ValidationInfo) -> int:
        start_time = info.data.get("start_time", end_time)
        if end_time < start_time:
            raise ValueError("not before startTime")
        if end_time - start_time >= LONGEST_RANGE:
            raise ValueError(f"less than {LONGEST_RANGE // DAY} days after startTime")
        return end_time


class DayQuery(_Query):
    """A UTC day, such as 2026-11-22."""

    day: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
    """Such as 2026-11-22, in UTC; not before 1970 or after 2099."""


class AdminStatsQuery(StatsQuery):
    """Everybody's statistics, or those of one user, one app, or one user's calls of one app."""

    user_did: Did | None = None
    """One user only."""
    app_did: Did | None = None
    """One app only."""


type SearchField = Literal["model", "appDid", "userDid", "traceId", "id", "userName", "appName"]
SEARCH_FIELDS: tuple[SearchField, ...] = ("model", "appDid", "userDid", "traceId", "id", "userName", "appName")


def _comma_list(value: str | list[str]) -> tuple[str, ...]:
    """API Gateway joins repeated parameters by commas, and the resolver takes them apart again."""
    names = value.split(",") if isinstance(value, str) else value
    return tuple(name.strip() for name in names if name.strip()) or SEARCH_FIELDS


class CallFilters(_Query):
    """The filters of the call log, combined freely."""

    start_time: Second | None = None
    """Unix seconds, inclusive."""
    end_time: Second | None = None
    """Unix seconds, inclusive."""
    status: Literal["success", "failed", "processing", "all"] = "all"
    model: str | None = None
    """Exactly this model."""
    provider_id: str | None = None
    """Exactly this provider."""
    type: CallType | None = None
    app_did: str | None = None
    """Exactly this app."""
    all_users: bool = False
    """Everybody's calls; for admin and owner."""
    user_did: Did | None = None
    """One user's calls; for admin and owner."""
    search: Annotated[str, StringConstraints(max_length=100)] | None = None
    """Found anywhere in the fields below, in any case."""
    search_fields: Annotated[tuple[SearchField, ...], BeforeValidator(_comma_list)] = SEARCH_FIELDS
    """A comma list of the fields that are searched; all without it."""
    min_duration_seconds: Annotated[Decimal, Field(ge=0)] | None = None
    """Calls that took so long or longer."""

    @field_validator("end_time")
    @classmethod
    def _a_range(cls, end_time: int | None, info: ValidationInfo) -> int | None:
        start_time = info.data.get("start_time")
        if start_time is not None and end_time is not None and end_time < start_time:
            raise ValueError("not before startTime")
        return end_time


class CallsQuery(CallFilters):
    """The page of the call log that is asked for."""

    page: Annotated[Digits, Field(ge=1, le=FARTHEST_PAGE)] = 1
    """From 1, newest first."""
    page_size: Annotated[Digits, Field(ge=1, le=100)] = 50
    """Calls on a page."""
    next_token: str | None = None
    """Instead of page: goes on after the last call of the answer it came with. For the same filters and user only."""


class ExportQuery(CallFilters):
    """The calls that are exported, and in which form."""

    format: Literal["csv", "jsonl"] = "csv"
    """`jsonl` is one JSON object a line."""
    locale: Literal["en", "zh"] = "en"
    """The language of the titles."""
    timezone: Annotated[str, AfterValidator(_zone_name)] | None = None
    """An IANA name, in which times are told."""

    @property
    def place(self) -> tzinfo:
        """The zone, else UTC."""
        return UTC if self.timezone is None else time_zones.zone(self.timezone)
