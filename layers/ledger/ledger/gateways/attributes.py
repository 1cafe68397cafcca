"""Reads facts from the attributes of a span, by the names that a dialect has for them."""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, cast

from ledger.gateways.dialects.dialect import Names
from ledger.gateways.fields import Fields, count, identifier, number, text

_LONGEST_OBJECT: Final = 64 * 1024
"""The most characters of a text in which an object is looked for."""


def first_text(fields: Fields, names: Names) -> str:
    """The first of some attributes that has a text, as an identifier. Empty where none has."""
    return next((identifier(found) for found in _each(fields, names, text) if found), "")


def first_name(fields: Fields, names: Names) -> str:
    """As `first_text`; a number is a name as well."""
    return next((identifier(str(value)) for value in _values(fields, names) if value not in (None, "")), "")


def first_number(fields: Fields, names: Names) -> Decimal | None:
    """The first of some attributes that has a number. None where none has."""
    return next((found for found in _each(fields, names, number) if found is not None), None)


def first_count(fields: Fields, names: Names) -> int:
    """The first of some attributes that has a whole number above zero. Zero where none has."""
    return next(filter(None, _each(fields, names, count)), 0)


def _each[T](fields: Fields, names: Names, read: Callable[[Fields, str], T]) -> Iterator[T]:
    for name in names:
        yield read({name: _value(fields, name)}, name)


def _values(fields: Fields, names: Names) -> Iterator[Any]:
    return (_value(fields, name) for name in names)


def _value(fields: Fields, name: str) -> Any:
    """The value under a name, `attribute` or `attribute#member.0.member`. None where it is not there."""
    attribute, _, path = name.partition("#")
    value = fields.get(attribute)
    if not path:
        return value
    for member in path.split(".") if isinstance(value, str) and value else ():
        value = _member(_object(value) if isinstance(value, str) else value, member)
    return value if isinstance(value, str | int | float) else None


def _member(found: Any, member: str) -> Any:
    """The member of an object of this name, or of an array at this place. None where it is not there."""
    if isinstance(found, dict):
        return cast("Mapping[str, Any]", found).get(member)
    if isinstance(found, list) and member.isdecimal():
        return next(iter(cast("list[Any]", found)[int(member) :]), None)
    return None


def _object(text: str) -> Any:
    """The object that a text holds, as JSON or as Python shows it. None where it holds none."""
    if len(text) > _LONGEST_OBJECT or not text.startswith("{"):
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None
