"""How a page of calls becomes lines of CSV or of JSON.

Column by column, as what a page of texts needs is found out at once: most have nothing in them that needs quoting.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from functools import partial
from operator import mod
from typing import Literal

import orjson

from ledger.core import exact_json
from ledger.exports.columns import COLUMNS, Clock, Column, Kind, Names, Page
from ledger.exports.raw_calls import CallItem

type Format = Literal["csv", "jsonl"]
type Locale = Literal["en", "zh"]


@dataclass
class Layout:
    """How calls become the lines of one export, its `head` before them and `end` after each."""

    format: Format
    locale: Locale
    zone: tzinfo
    names: Names

    def __post_init__(self) -> None:
        self._clock = Clock(self.zone)

    @property
    def head(self) -> str:
        """A byte order mark, by which spreadsheets know UTF-8, and the titles."""
        if self.format == "jsonl":
            return ""
        titles = [column.zh if self.locale == "zh" else column.en for column in COLUMNS]
        return "\ufeff" + ",".join(titles) + self.end

    @property
    def end(self) -> str:
        return "\n" if self.format == "jsonl" else "\r\n"

    def lines(self, calls: Sequence[CallItem]) -> list[str]:
        """A line for each call, without its end."""
        page = Page(calls, self.names, self._clock)
        if self.format == "csv":
            return list(map(",".join, zip(*(_csv_cells(column, page) for column in COLUMNS), strict=True)))
        return list(map(partial(mod, _JSON_LINE), zip(*(_json_cells(column, page) for column in COLUMNS), strict=True)))


_JSON_LINE = "{" + ",".join(f'"{column.name}":%s' for column in COLUMNS) + "}"

# RFC 4180. What a spreadsheet would take for a formula gets an apostrophe before it, and so does what begins
# with an apostrophe: without one leading apostrophe, every text is again what it was.

_SEPARATOR = "\0"
_NEEDS_CARE = ('"', ",", "\n", "\r", "\t", "=", "+", "@", "'", f"{_SEPARATOR}-")
_FORMULA = frozenset("=+-@\t\r\n'")
_QUOTED = re.compile('[",\r\n]')


def _csv_cells(column: Column, page: Page) -> Sequence[str]:
    texts = column.cells(page)
    if column.kind is Kind.NUMBER:
        return _digits(texts)
    together = _SEPARATOR + _SEPARATOR.join(texts)
    if not any(sign in together for sign in _NEEDS_CARE):
        return texts
    return [_csv_text(text) if text else text for text in texts]


def _csv_text(text: str) -> str:
    if text[0] in _FORMULA:
        text = f"'{text}"
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _json_cells(column: Column, page: Page) -> Sequence[str]:
    texts = column.cells(page)
    if column.kind is Kind.TEXT:
        told = {text: orjson.dumps(text).decode() for text in set(texts)} | {"": "null"}
        return [told[text] for text in texts]
    return [text or "null" for text in (_digits(texts) if column.kind is Kind.NUMBER else texts)]


def _digits(numbers: Sequence[str]) -> Sequence[str]:
    """Numbers without an exponent, which DynamoDB may write."""
    if "E" not in "".join(numbers):
        return numbers
    return [exact_json.plain(Decimal(number)) if "E" in number else number for number in numbers]
