"""What the models of query parameters share: whole numbers, times, dids, and the time zone of a response."""

from datetime import UTC, tzinfo
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

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
Did = Annotated[str, StringConstraints(max_length=256)]


class Query(BaseModel):
    """Query parameters, whose names are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


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
