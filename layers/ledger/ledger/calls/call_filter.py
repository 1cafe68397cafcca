"""Which calls match a filter: conditions as plain data, for every engine that evaluates them.

The engines are a ModelCall (here), the series of counters (`ledger.counting.series.matches`), the archive's SQL
(`ledger.archive.conditions`) and the stored calls of an export (`ledger.exports.rows`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ledger.calls.metadata_condition import MetadataCondition
from ledger.calls.model_call import ModelCall
from ledger.calls.text_search import TextSearch

type FilterField = Literal[
    "id",
    "type",
    "provider_id",
    "model",
    "app_did",
    "user_did",
    "status",
    "cost_source",
    "credential_id",
    "response_model",
]
"""The fields of a ModelCall that may be compared with a value."""
COUNTED: frozenset[FilterField] = frozenset({"type", "provider_id", "model", "app_did", "user_did", "status"})
"""The fields by which counters distinguish calls."""
type Conditions = Mapping[FilterField, str]
"""The value that each of these fields must have."""


def conditions(
    *,
    type: str | None = None,  # noqa: A002 - the name of the field
    provider_id: str | None = None,
    model: str | None = None,
    app_did: str | None = None,
    status: str | None = None,
    user_did: str | None = None,
    cost_source: str | None = None,
    credential_id: str | None = None,
    response_model: str | None = None,
) -> Conditions:
    """The conditions on those fields for which a value is given."""
    wanted: dict[FilterField, str | None] = {
        "type": type,
        "provider_id": provider_id,
        "model": model,
        "app_did": app_did,
        "status": status,
        "user_did": user_did,
        "cost_source": cost_source,
        "credential_id": credential_id,
        "response_model": response_model,
    }
    return {name: value for name, value in wanted.items() if value is not None}


@dataclass(frozen=True)
class CallFilter:
    """The calls that meet every condition, and in which a text occurs.

    Fields in `equal` must have the value given there, and fields in `unequal` must not. The duration is in seconds.
    """

    equal: Conditions = field(default_factory=dict[FilterField, str])
    min_duration: Decimal | None = None
    search: TextSearch | None = None
    unequal: Conditions = field(default_factory=dict[FilterField, str])
    min_credits: Decimal | None = None
    max_credits: Decimal | None = None
    metadata: Sequence[MetadataCondition] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every call matches."""
        return not self.equal and self.is_counted

    @property
    def is_counted(self) -> bool:
        """Whether counters distinguish the calls that match from all others."""
        uncounted = self.min_duration, self.search, self.unequal, self.min_credits, self.metadata
        return not any(uncounted) and self.max_credits is None and self.equal.keys() <= COUNTED

    def matches(self, call: ModelCall) -> bool:
        """Whether a call matches, apart from the search, which may need names of users and apps."""
        return (
            all(getattr(call, name) == value for name, value in self.equal.items())
            and all(getattr(call, name) != value for name, value in self.unequal.items())
            and (not self.min_duration or (call.duration or 0) >= self.min_duration)
            and (not self.min_credits or call.credits >= self.min_credits)
            and (self.max_credits is None or call.credits <= self.max_credits)
            and all(condition.holds(call.metadata) for condition in self.metadata)
        )
