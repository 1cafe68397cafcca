"""The query parameters of an explanation."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from ledger.http.query_parameters import LATEST, LONGEST_RANGE, EndOfRange, Query, UnixSeconds, WholeNumber
from ledger.query.request import Dimensions, Filters


class ExplainRequest(Query):
    """Two periods, and by what the difference between them is told apart."""

    start_time: UnixSeconds
    """Unix seconds, inclusive."""
    end_time: EndOfRange
    """Unix seconds, inclusive."""
    previous_start_time: UnixSeconds | None = None
    """Where the period to compare with begins. Without it, it is the one of the same length that ends before this."""
    previous_end_time: UnixSeconds | None = None
    """Its last second; without it, the one before startTime."""
    group_by: Annotated[Dimensions, Field(min_length=1)] = ("user", "model", "app")
    """Up to four dimensions of a query."""
    filters: Filters = ()
    """As those of a query: JSON text."""
    limit: Annotated[WholeNumber, Field(ge=1, le=100)] = 10
    """Movers of the answer, at the most."""

    @field_validator("end_time")
    @classmethod
    def _not_too_long(cls, end_time: int, info: ValidationInfo) -> int:
        if end_time - info.data.get("start_time", end_time) >= LONGEST_RANGE:
            raise ValueError("less than 3,660 days after startTime")
        return end_time

    @field_validator("previous_start_time")
    @classmethod
    def _earlier(cls, start: int | None, info: ValidationInfo) -> int | None:
        if start is not None and start >= info.data.get("start_time", LATEST):
            raise ValueError("before startTime")
        return start

    @field_validator("previous_end_time")
    @classmethod
    def _of_a_period(cls, end: int | None, info: ValidationInfo) -> int | None:
        start = info.data.get("previous_start_time")
        if start is None:
            raise ValueError("together with previousStartTime")
        if end is not None and not 0 <= end - start < LONGEST_RANGE:
            raise ValueError("not before previousStartTime, and less than 3,660 days after it")
        return end

    @property
    def periods(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The period before and the period after, as Unix seconds whose end is excluded."""
        start, end = self.start_time, self.end_time + 1
        if self.previous_start_time is None:
            return (max(0, 2 * start - end), start), (start, end)
        previous_end = self.previous_end_time
        return (self.previous_start_time, start if previous_end is None else previous_end + 1), (start, end)
