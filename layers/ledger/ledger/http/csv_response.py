"""The response of a handler: a table as CSV."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from ledger.http.text_response import TextResponse

_FORMULA = frozenset("=+@\t\r\n'")


class CsvResponse(TextResponse):
    """Rows as CSV (RFC 4180), with a byte order mark, which tells spreadsheets that it is UTF-8.

    A text that a spreadsheet would run as a formula has an apostrophe before it, and so has one that begins with an
    apostrophe. `Next-Token` asks for the next rows.
    """

    def __init__(self, rows: Iterable[Sequence[str]], next_token: str | None) -> None:
        text = StringIO()
        text.write("\ufeff")
        csv.writer(text).writerows([_cell(cell) for cell in row] for row in rows)
        headers = {"Next-Token": next_token} if next_token else None
        super().__init__(text.getvalue(), "text/csv; charset=utf-8", headers)


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in _FORMULA or (text[:1] == "-" and not _is_number(text)) else text


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdigit()
