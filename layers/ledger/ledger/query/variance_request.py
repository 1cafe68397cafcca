"""The query parameters of a comparison of reported costs with list prices."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from ledger.core.moments import DAY
from ledger.http.query_parameters import LONGEST_RANGE, EndOfRange, Query, UnixSeconds, WholeNumber


class VarianceRequest(Query):
    """Calls of a range."""

    start_time: UnixSeconds
    """Unix seconds, inclusive."""
    end_time: EndOfRange
    """Unix seconds, inclusive; less than 3,660 days after startTime."""
    limit: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 100
    """Variances of the answer, at the most."""

    @field_validator("end_time")
    @classmethod
    def _not_too_long(cls, end_time: int, info: ValidationInfo) -> int:
        if end_time - info.data.get("start_time", end_time) >= LONGEST_RANGE:
            raise ValueError(f"less than {LONGEST_RANGE // DAY} days after startTime")
        return end_time
