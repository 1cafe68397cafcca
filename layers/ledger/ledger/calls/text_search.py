"""The search for a text in calls, as plain data, and what is the same in upper and lower case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Protocol

from ledger.calls.model_call import ModelCall

type StoredText = Literal["model", "appDid", "userDid", "traceId", "id"]
"""The fields of a stored call that may be searched, as the API names them."""
type SearchField = Literal["model", "appDid", "userDid", "traceId", "id", "userName", "appName"]

ALIKE: Final[Mapping[str, str]] = {"ς": "σ", "ß": "ss"}
"""What is the same beside upper and lower case, when all letters are lower case."""


def folded(text: str) -> str:
    """Returns a text as it is compared: each letter in lower case by itself, and what is ALIKE replaced.

    DuckDB's `lower` does the same, whereas Python looks at the letters around a sigma and makes two of a dotted I.
    """
    text = text.replace("Σ", "σ").replace("İ", "i").lower()
    for letter, alike in ALIKE.items():
        text = text.replace(letter, alike)
    return text


class Names(Protocol):
    """The names of the users and apps of some calls."""

    def user_name(self, did: str) -> str: ...

    def app_name(self, did: str) -> str: ...


@dataclass(frozen=True)
class TextSearch:
    """A text that must occur in at least one of some fields. Upper and lower case are the same."""

    text: str
    fields: tuple[SearchField, ...]

    @cached_property
    def wanted(self) -> str:
        """The text as it is compared."""
        return folded(self.text)

    @property
    def needs_names(self) -> bool:
        """Whether names of users or apps are searched."""
        return not {"userName", "appName"}.isdisjoint(self.fields)

    def occurs(self, stored: Callable[[StoredText], str], names: Names) -> bool:
        """Whether the text occurs in a call. `stored` returns what the call has in a field, or an empty text."""
        return any(self.is_in(_searched(name, stored, names)) for name in self.fields)

    def is_in(self, text: str) -> bool:
        return self.wanted in folded(text)


def _searched(name: SearchField, stored: Callable[[StoredText], str], names: Names) -> str:
    match name:
        case "userName":
            return names.user_name(stored("userDid"))
        case "appName":
            app_did = stored("appDid")
            return names.app_name(app_did) if app_did else ""
        case _:
            return stored(name)


def stored_text(call: ModelCall, field: StoredText) -> str:
    """The text of a field that may be searched. It is empty where the call has none."""
    match field:
        case "model":
            return call.model
        case "appDid":
            return call.app_did or ""
        case "userDid":
            return call.user_did
        case "traceId":
            return call.trace_id or ""
        case "id":
            return call.id
