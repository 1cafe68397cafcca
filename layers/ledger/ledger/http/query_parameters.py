"""What the models of query parameters share: whole numbers, times, dids, and the time zone of a response."""

from datetime import UTC, tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import ValidationInfo

from ledger.core import time_zones
from ledger.core.moments import DAY

LONGEST_RANGE = 3_660 * DAY
"""The longest range of a statistic, in seconds: about ten years."""
LATEST = 4_102_444_800
"""The moment before which every time lies: 2100-01-01, in Unix seconds."""


def _only_digits(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("a whole number in digits")
    return value


def not_before_start(end_time: int, info: ValidationInfo) -> int:
    """A validator of the field `end_time`. Raises ValueError where it is before the field `start_time`."""
    start_time = info.data.get("start_time")
    if start_time is not None and end_time < start_time:
        raise ValueError("not before startTime")
    return end_time


def zone_name(name: str) -> str:
    """Returns the name of an IANA time zone. Raises ValueError for any other."""
    time_zones.named_zone(name)
    return name


def _on_quarter_hours(offset: int) -> int:
    if offset % 15:
        raise ValueError("a multiple of 15 minutes, as every zone's offset is")
    return offset


WholeNumber = Annotated[int, BeforeValidator(_only_digits)]
UnixSeconds = Annotated[WholeNumber, Field(ge=0, lt=LATEST)]
EndOfRange = Annotated[UnixSeconds, AfterValidator(not_before_start)]
"""The last second of a range whose first is the field `start_time`, declared before it."""
Did = Annotated[str, StringConstraints(max_length=256)]


class Query(BaseModel):
    """Query parameters, whose names are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class WhoseQuery(Query):
    """Whether one's own is asked for, or everybody's."""

    all_users: bool | None = None
    """Everybody's; for viewer, admin and owner."""
    all_user: bool | None = None
    """Another name for allUsers."""

    @property
    def everybody(self) -> bool | None:
        """What was said of it; None where nothing was."""
        return self.all_user if self.all_users is None else self.all_users


class ZoneQuery(Query):
    """The time zone in whose days and hours a response is given."""

    timezone: Annotated[str, AfterValidator(zone_name)] | None = None
    """An IANA name, such as Asia/Kolkata; days follow its summer time."""
    timezone_offset: (
        Annotated[
            int, Field(ge=-time_zones.FARTHEST_OFFSET, le=time_zones.FARTHEST_OFFSET), AfterValidator(_on_quarter_hours)
        ]
        | None
    ) = None
    """Instead of a name, minutes with JavaScript's sign: UTC-8 is 480. Without either, the zone is UTC."""

    @property
    def zone(self) -> tzinfo:
        """The zone of the name, or else of the offset, or else UTC."""
        if self.timezone is not None:
            return time_zones.named_zone(self.timezone)
        return UTC if self.timezone_offset is None else time_zones.fixed_zone(self.timezone_offset)
