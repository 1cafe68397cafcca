"""The response of a handler: a table as CSV."""

import csv
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from io import StringIO
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import core_schema

_FORMULA = frozenset("=+@\t\r\n'")


class CsvResponse(Response[str]):
    """Rows as CSV (RFC 4180), with a byte order mark, which tells spreadsheets that it is UTF-8.

    A text that a spreadsheet would run as a formula has an apostrophe before it, and so has one that begins with an
    apostrophe. `Next-Token` asks for the next rows. Caches on the way must not store it.
    """

    def __init__(self, rows: Iterable[Sequence[str]], next_token: str | None) -> None:
        text = StringIO()
        text.write("\ufeff")
        csv.writer(text).writerows([_cell(cell) for cell in row] for row in rows)
        headers = {"Cache-Control": "no-store"} | ({"Next-Token": next_token} if next_token else {})
        super().__init__(HTTPStatus.OK.value, "text/csv; charset=utf-8", text.getvalue(), headers)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> core_schema.CoreSchema:
        """Lets the resolver pass the body on as it is."""
        return core_schema.any_schema()


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in _FORMULA or (text[:1] == "-" and not _is_number(text)) else text


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdigit()
