"""Conditions on the metadata of a call, as plain data: `team:red`, `customer.name:ACME`.

A path names a member, and with a dot a member of that. A comma separates conditions. Behind a backslash, a character
means itself: `session\\.id:7` is about the member `session.id`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from json import JSONDecodeError
from typing import Any, cast

from ledger.core import exact_json

MOST = 10
"""Conditions of a filter."""
_CHARACTER = re.compile(r"\\(.)|(.)", re.DOTALL)


@dataclass(frozen=True)
class MetadataCondition:
    """The member at a path must be a text, number or truth value, or a list that has it, and must read like this."""

    path: tuple[str, ...]
    text: str

    @cached_property
    def literal(self) -> str | None:
        """The text as JSON writes the number or truth value that it is. None where it is none."""
        try:
            value = exact_json.loads(self.text)
        except JSONDecodeError:
            return None
        return _literal(value)

    def holds(self, metadata: str | None) -> bool:
        """Whether a call with this metadata, a JSON text, meets the condition."""
        value = None if metadata is None else exact_json.loads(metadata)
        for name in self.path:
            value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
        values = cast("list[Any]", value) if isinstance(value, list) else [value]
        return any(map(self._is, values))

    def _is(self, value: object) -> bool:
        """Numbers with a fraction are compared in double precision, as engines read them."""
        if isinstance(value, str):
            return value == self.text
        literal = _literal(value)
        if literal is None or self.literal is None:
            return False
        if "." in literal and "." in self.literal:
            return float(literal) == float(self.literal)
        return literal == self.literal


def _literal(value: object) -> str | None:
    """A number or truth value as metadata has it. None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return exact_json.plain(value) if isinstance(value, int | Decimal) else None


def parse(text: str) -> tuple[MetadataCondition, ...]:
    """Returns the conditions that a text names. Raises ValueError where it names none, too many, or one without a path.

    A member that is named by an asterisk, or by nothing, can't be asked for.
    """
    found = tuple(_condition(characters) for characters in _split(_characters(text), ","))
    if len(found) > MOST:
        raise ValueError(f"at most {MOST} conditions")
    return found


def path(text: str) -> tuple[str, ...]:
    """Returns the names of a path, from the outermost member on."""
    return tuple(_text(name) for name in _split(_characters(text), "."))


type _Characters = list[tuple[str, bool]]
"""Characters of a text, and whether each means itself."""


def _characters(text: str) -> _Characters:
    return [(escaped or plain, bool(escaped)) for escaped, plain in _CHARACTER.findall(text)]


def _split(characters: _Characters, separator: str, most: int | None = None) -> list[_Characters]:
    """The parts between separators, at most so many of them."""
    parts: list[_Characters] = [[]]
    for character in characters:
        if character == (separator, False) and (most is None or len(parts) < most):
            parts.append([])
        else:
            parts[-1].append(character)
    return parts


def _condition(characters: _Characters) -> MetadataCondition:
    before, *text = _split(characters, ":", 2)
    names = tuple(_text(name) for name in _split(before, "."))
    if not text or "" in names or any(set(name) == {"*"} for name in names):
        raise ValueError("a path and a text, such as team:red or customer.name:ACME")
    return MetadataCondition(names, _text(text[0]))


def _text(characters: _Characters) -> str:
    return "".join(character for character, _ in characters)
