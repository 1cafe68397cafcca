"""The query parameters of the call log."""

from typing import Annotated

from pydantic import Field

from ledger.calls.filter_parameters import FilterParameters
from ledger.core.field_types import OptionalName
from ledger.http.query_parameters import WholeNumber

FARTHEST_PAGE = 1_000_000_000


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
