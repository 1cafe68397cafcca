"""The problems of a request, from pydantic's errors."""

from collections.abc import Iterable, Mapping
from itertools import dropwhile
from typing import Any

from ledger.core.errors import Problem

_PARTS = ("query", "body", "path", "header")
"""The parts of a request. The resolver puts them before a field's name, for a model of parameters twice."""


def problems(errors: Iterable[Any]) -> list[Problem]:
    """Returns a problem for each of pydantic's errors, with the field's name as the caller wrote it."""
    return [_problem(error) for error in errors]


def _problem(error: Mapping[str, Any]) -> Problem:
    if error["type"] == "json_invalid":
        return Problem("body", f"not JSON: {error['ctx']['error']}")
    field = ".".join(str(part) for part in dropwhile(_PARTS.__contains__, error["loc"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    return Problem(field or "body", message[0].lower() + message[1:])
