"""What is wrong with a request, from what pydantic says of it."""

from collections.abc import Iterable, Mapping
from itertools import dropwhile
from typing import Any

from ledger.core.errors import Problem

_PARTS = ("query", "body", "path", "header")
"""Of a request: the resolver says first, and for a model of parameters twice, where it found a field."""


def problems(errors: Iterable[Any]) -> list[Problem]:
    """pydantic's errors by the names the caller used."""
    return [_problem(error) for error in errors]


def _problem(error: Mapping[str, Any]) -> Problem:
    if error["type"] == "json_invalid":
        return Problem("body", f"not JSON: {error['ctx']['error']}")
    field = ".".join(str(part) for part in dropwhile(_PARTS.__contains__, error["loc"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    return Problem(field or "body", message[0].lower() + message[1:])
