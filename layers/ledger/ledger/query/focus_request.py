"""The query parameters of a FOCUS export."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from ledger.http.query_parameters import LATEST, Query
from ledger.query.request import Dimensions

MOST_DAYS = 31


class FocusRequest(Query):
    """UTC days, and what their costs are tagged with."""

    first_day: date
    """A UTC day, such as 2026-10-01."""
    last_day: date
    """Inclusive; at most 31 days in all."""
    tags: Annotated[Dimensions, Field(max_length=4)] = ()
    """Up to four dimensions of a query, such as `app` or `metadata.team`. Each is a tag of the costs."""
    format: Literal["json", "csv"] = "json"

    @field_validator("first_day")
    @classmethod
    def _in_bounds(cls, day: date) -> date:
        if not 0 <= _second(day) < LATEST:
            raise ValueError("a day from 1970 to 2099")
        return day

    @field_validator("last_day")
    @classmethod
    def _few(cls, day: date, info: ValidationInfo) -> date:
        first = info.data.get("first_day", day)
        if not 0 <= (day - first).days < MOST_DAYS:
            raise ValueError(f"not before firstDay, and less than {MOST_DAYS} days after it")
        return day

    @property
    def period(self) -> tuple[int, int]:
        """The first Unix second, and that after the last."""
        return _second(self.first_day), _second(self.last_day + timedelta(days=1))


def _second(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
