"""Which calls a filter leaves: conditions as plain data, for every engine that evaluates them.

The engines are a ModelCall (here), the series of counters (`ledger.counting.series.matches`) and the stored calls of an
export (`ledger.exports.rows`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ledger.calls.model_call import ModelCall

type FilterField = Literal["type", "provider_id", "model", "app_did", "user_did", "status", "cost_source"]
"""The fields of a ModelCall that may be compared with a value."""
COUNTED: frozenset[FilterField] = frozenset({"type", "provider_id", "model", "app_did", "user_did", "status"})
"""The fields by which counters tell calls apart."""
type Conditions = Mapping[FilterField, str]
"""The value that each of these fields must have."""
type SearchField = Literal["model", "appDid", "userDid", "traceId", "id", "userName", "appName"]


def conditions(**wanted: str | None) -> Conditions:
    """The conditions of those fields that have a wanted value."""
    return {name: value for name, value in wanted.items() if value is not None}  # pyright: ignore[reportReturnType]


@dataclass(frozen=True)
class TextSearch:
    """A text that has to occur, in any case, in one of some fields."""

    text: str
    fields: tuple[SearchField, ...]

    def occurs(self, value_of: Callable[[SearchField], str]) -> bool:
        """Whether the text occurs. `value_of` returns what a call has in a field."""
        text = self.text.casefold()
        return any(text in value_of(name).casefold() for name in self.fields)


@dataclass(frozen=True)
class CallFilter:
    """The calls that meet every condition, took at least `min_duration` seconds, and in which a text occurs."""

    equal: Conditions = field(default_factory=dict[FilterField, str])
    min_duration: Decimal | None = None
    search: TextSearch | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the filter leaves every call."""
        return not self.equal and not self.min_duration and self.search is None

    @property
    def is_counted(self) -> bool:
        """Whether counters tell the calls that the filter leaves from all others."""
        return not self.min_duration and self.search is None and self.equal.keys() <= COUNTED

    def matches(self, call: ModelCall) -> bool:
        """Whether a call meets the conditions on its own fields: not the search, which may need names of users."""
        return all(getattr(call, name) == value for name, value in self.equal.items()) and (
            not self.min_duration or (call.duration or 0) >= self.min_duration
        )
