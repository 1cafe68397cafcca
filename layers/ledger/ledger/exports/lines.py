"""A page of calls as lines of CSV or JSON.

A page is formatted column by column: most columns hold nothing that needs quoting, which one look at all their texts
finds out.
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
from ledger.exports.raw_calls import RawCall

type Format = Literal["csv", "jsonl"]
type Locale = Literal["en", "zh"]


@dataclass
class Layout:
    """How an export is laid out: its `head`, then a line for each call, each followed by `end`."""

    format: Format
    locale: Locale
    zone: tzinfo
    names: Names

    def __post_init__(self) -> None:
        self._clock = Clock(self.zone)

    @property
    def head(self) -> str:
        """The byte order mark that tells spreadsheets UTF-8, and the titles; nothing in JSON lines."""
        if self.format == "jsonl":
            return ""
        titles = [column.zh if self.locale == "zh" else column.en for column in COLUMNS]
        return "\ufeff" + ",".join(titles) + self.end

    @property
    def end(self) -> str:
        return "\n" if self.format == "jsonl" else "\r\n"

    def lines(self, calls: Sequence[RawCall]) -> list[str]:
        """Returns a line for each call, without its end."""
        page = Page(calls, self.names, self._clock)
        if self.format == "csv":
            return list(map(",".join, zip(*(_csv_cells(column, page) for column in COLUMNS), strict=True)))
        return list(map(partial(mod, _JSON_LINE), zip(*(_json_cells(column, page) for column in COLUMNS), strict=True)))


_JSON_LINE = "{" + ",".join(f'"{column.name}":%s' for column in COLUMNS) + "}"

# RFC 4180. A text that a spreadsheet would run as a formula is marked by an apostrophe before it. So is a text that
# begins with an apostrophe, so that removing one leading apostrophe always restores the text.

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
        quoted = {text: orjson.dumps(text).decode() for text in set(texts)} | {"": "null"}
        return [quoted[text] for text in texts]
    return [text or "null" for text in (_digits(texts) if column.kind is Kind.NUMBER else texts)]


def _digits(numbers: Sequence[str]) -> Sequence[str]:
    """Returns numbers without exponents; DynamoDB may write them with one."""
    if "E" not in "".join(numbers):
        return numbers
    return [exact_json.plain(Decimal(number)) if "E" in number else number for number in numbers]
