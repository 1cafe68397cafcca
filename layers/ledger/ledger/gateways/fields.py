"""Fields of JSON that others wrote: each is what it should be, absent, or refused by its name."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, cast

from ledger.core.errors import InvalidRequest, Problem

type Fields = Mapping[str, Any]

_NOTHING: Final[Fields] = {}
_TOO_MUCH: Final = 10**12


def within(fields: Fields, name: str) -> Fields:
    """The fields of an object; none where there is no object."""
    value = fields.get(name)
    return cast("Fields", value) if isinstance(value, dict) else _NOTHING


def text(fields: Fields, name: str) -> str | None:
    """A text; an empty one counts as absent."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidRequest(Problem(name, "a text"))
    return value


def whole(value: str) -> str:
    """A text without halves of characters, which can't be written."""
    return value.encode(errors="replace").decode()


def number(fields: Fields, name: str) -> Decimal | None:
    """A number that is not below zero, with the very digits that were sent."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _TOO_MUCH:
        raise InvalidRequest(Problem(name, "a number, not below zero"))
    return Decimal(repr(value))


def count(fields: Fields, name: str) -> int:
    """A whole number; zero where it is absent."""
    value = number(fields, name) or Decimal(0)
    if value % 1:
        raise InvalidRequest(Problem(name, "a whole number"))
    return int(value)
