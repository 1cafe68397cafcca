"""The query parameters that select calls, shared by the log and the export."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from ledger.calls import metadata_condition
from ledger.calls.call_filter import CallFilter, conditions
from ledger.calls.model_call import CallType, CostSource
from ledger.calls.text_search import SearchField, TextSearch
from ledger.core.field_types import Amount
from ledger.http.query_parameters import Did, EndOfRange, UnixSeconds, WhoseQuery

SEARCH_FIELDS: tuple[SearchField, ...] = ("model", "appDid", "userDid", "traceId", "id", "userName", "appName")


def _comma_list(value: str | list[str]) -> tuple[str, ...]:
    """API Gateway joins repeated parameters by commas, and the resolver takes them apart again."""
    names = value.split(",") if isinstance(value, str) else value
    return tuple(name.strip() for name in names if name.strip()) or SEARCH_FIELDS


def _metadata(text: str) -> str:
    metadata_condition.parse(text)
    return text


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
    min_duration_seconds: Amount | None = None
    """Calls that took so long or longer."""
    min_credits: Amount | None = None
    """Calls that cost so many credits or more."""
    max_credits: Amount | None = None
    """Calls that cost so many credits or fewer."""
    credential: str | None = None
    """Made with exactly this credential of the gateway, by its id."""
    cost_source: CostSource | None = None
    """Calls whose cost comes from there."""
    response_model: str | None = None
    """Answered by exactly this model, where another was asked for."""
    metadata: Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_metadata)] | None = None
    """`team:red`: metadata has this member and it is, or as a list has, this value. `customer.name:ACME` is about a
    member of a member. A comma separates conditions; behind a backslash, a character means itself."""

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
                cost_source=self.cost_source,
                credential_id=self.credential,
                response_model=self.response_model,
            ),
            min_duration=self.min_duration_seconds,
            search=TextSearch(self.search, self.search_fields) if self.search else None,
            min_credits=self.min_credits,
            max_credits=self.max_credits,
            metadata=metadata_condition.parse(self.metadata) if self.metadata else (),
        )
