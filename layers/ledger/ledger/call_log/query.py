"""The query parameters of the call log."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from ledger.calls.call_filter import CallFilter
from ledger.calls.filter_parameters import FilterParameters
from ledger.core.field_types import OptionalName
from ledger.core.moments import DAY
from ledger.http.query_parameters import WholeNumber

FARTHEST_PAGE = 1_000_000_000
LAST_DAYS = 30


class CallsQuery(FilterParameters):
    """The page of the call log that is asked for."""

    id: OptionalName = None
    """Only the call with this id, of those that the other parameters select."""
    page: Annotated[WholeNumber, Field(ge=1, le=FARTHEST_PAGE)] = 1
    """From 1, newest first."""
    page_size: Annotated[WholeNumber, Field(ge=1, le=100)] = 50
    """Calls on a page."""
    next_token: str | None = None
    """Instead of page: goes on after the last call of the answer it came with. For the same filters and user only."""

    @property
    def filter(self) -> CallFilter:
        """The conditions on a call itself, its id among them."""
        found = super().filter
        return found if self.id is None else replace(found, equal={**found.equal, "id": self.id})


class ProjectCallsQuery(CallsQuery):
    """The page of one app's calls that is asked for. Without a start it is of the last 30 days."""

    page_size: Annotated[WholeNumber, Field(ge=1, le=100)] = 20
    """Calls on a page."""

    def start(self, now: int) -> int:
        """The first second of the range."""
        return now - LAST_DAYS * DAY if self.start_time is None else self.start_time
