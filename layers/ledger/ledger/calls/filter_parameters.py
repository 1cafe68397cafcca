"""The query parameters that select calls, shared by the log and the export."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from ledger.calls.call_filter import CallFilter, SearchField, TextSearch, conditions
from ledger.calls.model_call import CallType
from ledger.http.query_parameters import Did, EndOfRange, UnixSeconds, WhoseQuery

SEARCH_FIELDS: tuple[SearchField, ...] = ("model", "appDid", "userDid", "traceId", "id", "userName", "appName")


def _comma_list(value: str | list[str]) -> tuple[str, ...]:
    """API Gateway joins repeated parameters by commas, and the resolver takes them apart again."""
    names = value.split(",") if isinstance(value, str) else value
    return tuple(name.strip() for name in names if name.strip()) or SEARCH_FIELDS


class FilterParameters(WhoseQuery):
    """The filters of the call log. They can be combined in any way."""

    start_time: UnixSeconds | None = None
    """Unix seconds, inclusive."""
    end_time: EndOfRange | None = None
    """Unix seconds, inclusive."""
    status: Literal["success", "failed", "processing", "all"] = "all"
    model: str | None = None
    """Exactly this model."""
    provider_id: str | None = None
    """Exactly this provider."""
    type: CallType | None = None
    app_did: str | None = None
    """Exactly this app."""
    user_did: Did | None = None
    """One user's calls; for viewer, admin and owner."""
    search: Annotated[str, StringConstraints(max_length=100)] | None = None
    """Found anywhere in the fields below, in any case."""
    search_fields: Annotated[tuple[SearchField, ...], BeforeValidator(_comma_list)] = SEARCH_FIELDS
    """A comma list of the fields that are searched; all without it."""
    min_duration_seconds: Annotated[Decimal, Field(ge=0)] | None = None
    """Calls that took so long or longer."""

    def start(self, _now: int) -> int:
        """The first second of the range."""
        return self.start_time or 0

    @property
    def filter(self) -> CallFilter:
        """The conditions on a call itself; whose calls are asked for, and of which seconds, is not among them."""
        return CallFilter(
            conditions(
                status=None if self.status == "all" else self.status,
                model=self.model,
                provider_id=self.provider_id,
                type=self.type,
                app_did=self.app_did,
            ),
            self.min_duration_seconds,
            TextSearch(self.search, self.search_fields) if self.search else None,
        )
