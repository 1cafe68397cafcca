"""What query parameters have in common: whole numbers, seconds, dids, and the time zone of an answer."""

from datetime import UTC, tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from ledger.core import time_zones
from ledger.core.moments import DAY

LONGEST_RANGE = 3_660 * DAY
"""Seconds of a statistics range: ten years."""
LATEST = 4_102_444_800
"""2100-01-01."""


def _digits(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdigit()):
        raise ValueError("a whole number in digits")
    return value


def zone_name(name: str) -> str:
    time_zones.named_zone(name)
    return name


def _on_quarter_hours(offset: int) -> int:
    if offset % 15:
        raise ValueError("a multiple of 15 minutes, as every zone's offset is")
    return offset


Digits = Annotated[int, BeforeValidator(_digits)]
Second = Annotated[Digits, Field(ge=0, lt=LATEST)]
Did = Annotated[str, StringConstraints(max_length=256)]


class Query(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class ZoneQuery(Query):
    """The time zone whose days and hours an answer has."""

    timezone: Annotated[str, AfterValidator(zone_name)] | None = None
    """An IANA name, such as Asia/Kolkata; days follow its summer time."""
    timezone_offset: (
        Annotated[
            int, Field(ge=-time_zones.FARTHEST_OFFSET, le=time_zones.FARTHEST_OFFSET), AfterValidator(_on_quarter_hours)
        ]
        | None
    ) = None
    """Or minutes with JavaScript's sign: UTC-8 is 480. UTC without either."""

    @property
    def zone(self) -> tzinfo:
        """The time zone by its name, else by its offset, else UTC."""
        if self.timezone is not None:
            return time_zones.named_zone(self.timezone)
        return UTC if self.timezone_offset is None else time_zones.fixed_zone(self.timezone_offset)
