"""Fields of JSON from outside. Each function returns a valid value, or raises InvalidRequest with the field's name."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from ledger.core import keys
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.field_types import LONGEST_KEY, LONGEST_NAME

type Fields = Mapping[str, Any]

_TOO_MUCH: Final = 10**12
_KEPT: Final = 200
FROM_API_KEY: Final = "apiKey"
"""What metadata says in `userFrom` of a call that names no user, and is counted for that of the API key."""


def text(fields: Fields, name: str) -> str | None:
    """A text. None where it is absent or empty."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidRequest(Problem(name, "a text"))
    return value


def encodable(value: str) -> str:
    """A text with `?` in place of unpaired surrogates, which UTF-8 can't encode."""
    return value.encode(errors="replace").decode()


def number(fields: Fields, name: str) -> Decimal | None:
    """A number that is not negative, with exactly the digits that were sent. None where it is absent."""
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _TOO_MUCH:
        raise InvalidRequest(Problem(name, "a number, not below zero"))
    return Decimal(repr(value))


def count(fields: Fields, name: str) -> int:
    """A whole number. Zero where it is absent."""
    value = number(fields, name) or Decimal(0)
    if value % 1:
        raise InvalidRequest(Problem(name, "a whole number"))
    return int(value)


def identifier(value: str) -> str:
    """A text of at most 256 characters and 1,000 bytes in UTF-8. A longer one ends in a digest of the whole."""
    value = encodable(value)
    if len(value) <= LONGEST_NAME and len(value.encode()) <= LONGEST_KEY:
        return value
    return f"{value[:_KEPT]}…{keys.digest(value)}"
