"""The query parameters of the reading endpoints."""

from datetime import UTC, date, tzinfo
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import ValidationInfo

from ledger import days
from ledger.model_call import CallType
from ledger.settings import DAY

LONGEST_RANGE = 3_660 * DAY
"""Seconds of a statistics range: ten years."""
FARTHEST_PAGE = 1_000_000_000
LATEST = 4_102_444_800
"""2100-01-01."""


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("a whole number in digits")
    return value


def _zone_name(name: str) -> str:
    days.zone(name)
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
    timezone_offset: (
        Annotated[int, Field(ge=-days.FARTHEST_OFFSET, le=days.FARTHEST_OFFSET), AfterValidator(_on_quarter_hours)]
        | None
    ) = None

    @property
    def place(self) -> tzinfo:
        """The zone by name, else by offset, else UTC."""
        if self.timezone is not None:
            return days.zone(self.timezone)
        return UTC if self.timezone_offset is None else days.fixed_zone(self.timezone_offset)


class StatsQuery(ZoneQuery):
    """A range of Unix seconds, both ends inclusive."""

    start_time: Second
    end_time: Second

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

    day: date


class AdminStatsQuery(StatsQuery):
    """Everybody's statistics, or those of one user, one app, or one user's calls of one app."""

    user_did: Did | None = None
    app_did: Did | None = None


type SearchField = Literal["model", "appDid", "userDid", "traceId", "id", "userName", "appName"]
SEARCH_FIELDS: tuple[SearchField, ...] = ("model", "appDid", "userDid", "traceId", "id", "userName", "appName")


def _comma_list(value: str | list[str]) -> tuple[str, ...]:
    """API Gateway joins repeated parameters by commas, and the resolver takes them apart again."""
    names = value.split(",") if isinstance(value, str) else value
    return tuple(name.strip() for name in names if name.strip()) or SEARCH_FIELDS


class CallsQuery(_Query):
    """The filters of the call log, combined freely, and the page that is asked for."""

    page: Annotated[Digits, Field(ge=1, le=FARTHEST_PAGE)] = 1
    page_size: Annotated[Digits, Field(ge=1, le=100)] = 50
    next_token: str | None = None
    start_time: Second | None = None
    end_time: Second | None = None
    status: Literal["success", "failed", "processing", "all"] = "all"
    model: str | None = None
    provider_id: str | None = None
    type: CallType | None = None
    app_did: str | None = None
    all_users: bool = False
    search: Annotated[str, StringConstraints(max_length=100)] | None = None
    search_fields: Annotated[tuple[SearchField, ...], BeforeValidator(_comma_list)] = SEARCH_FIELDS
    min_duration_seconds: Annotated[Decimal, Field(ge=0)] | None = None

    @field_validator("end_time")
    @classmethod
    def _a_range(cls, end_time: int | None, info: ValidationInfo) -> int | None:
        start_time = info.data.get("start_time")
        if start_time is not None and end_time is not None and end_time < start_time:
            raise ValueError("not before startTime")
        return end_time
