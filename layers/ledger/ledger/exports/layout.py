"""How an export is laid out: one SELECT that makes its rows, as CSV, as JSON lines, or as Parquet."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property
from pathlib import Path

from duckdb import DuckDBPyConnection

from ledger.archive.conditions import Condition
from ledger.archive.engine import PARQUET, literal
from ledger.core.zone_offsets import OffsetChange, offset_changes
from ledger.exports.columns import COLUMNS, NAMED, Column, Kind
from ledger.exports.query import Format, Locale

_OPTIONS: dict[Format, str] = {
    # Without a sign for comments, a text that begins with # needs no quotes.
    "csv": r"FORMAT csv, HEADER false, NEW_LINE '\r\n', COMMENT ''",
    "jsonl": "FORMAT csv, HEADER false, QUOTE '', ESCAPE ''",
    "parquet": PARQUET,
}
_FORMULA = "=+-@\t\r\n''"


@dataclass(frozen=True)
class Layout:
    """Titles are in the language of `locale`, and moments are told in a zone: those between two Unix seconds."""

    format: Format
    locale: Locale
    zone: tzinfo
    first: int
    last: int

    @property
    def head(self) -> bytes:
        """The byte order mark that tells spreadsheets UTF-8, and the titles; nothing but in CSV."""
        if self.format != "csv":
            return b""
        titles = [column.zh if self.locale == "zh" else column.en for column in COLUMNS]
        return ("\ufeff" + ",".join(titles) + "\r\n").encode()

    def copy(self, connection: DuckDBPyConnection, relation: str, condition: Condition, path: Path) -> int:
        """Write the calls of a relation that meet a condition to a file, the newest first. Returns their number.

        The calls are ordered before anything is made of them: what is ordered has to be in memory.
        """
        found = NAMED.format(found=f"SELECT * FROM {relation} WHERE {condition.sql}")
        rows = f"SELECT {self._selection} FROM ({found} ORDER BY call_time DESC, found.id DESC)"
        copied = connection.execute(f"COPY ({rows}) TO {literal(path)} ({_OPTIONS[self.format]})", condition.values)
        (number,) = copied.fetchall()[0]
        return number

    @cached_property
    def _offset_changes(self) -> list[OffsetChange]:
        return offset_changes(self.zone, self.first, self.last)

    @cached_property
    def _selection(self) -> str:
        match self.format:
            case "csv":
                return ", ".join(map(self._csv_cell, COLUMNS))
            case "jsonl":
                members = (f"'{',' * (place > 0)}\"{c.name}\":', {self._json(c)}" for place, c in enumerate(COLUMNS))
                return f"concat('{{', {', '.join(members)}, '}}')"
            case "parquet":
                return ", ".join(f'{self._value(column)} AS "{column.name}"' for column in COLUMNS)

    def _csv_cell(self, column: Column) -> str:
        """RFC 4180, which DuckDB's COPY writes. What is missing is an empty cell, and so is an empty text.

        A text that a spreadsheet would run as a formula is marked by an apostrophe before it. So is a text that begins
        with an apostrophe, so that removing one leading apostrophe always restores the text.
        """
        value = self._text(column)
        if column.kind in (Kind.TEXT, Kind.JSON):
            marked = f"'{chr(39) * 2}' || {value}"
            return (
                f"CASE WHEN {value} >= 'A' THEN {value} WHEN {value} = '' THEN NULL "  # all of these signs are before A
                f"WHEN contains('{_FORMULA}', {value}[1]) THEN {marked} ELSE {value} END"
            )
        return value

    def _json(self, column: Column) -> str:
        value = self._text(column)
        match column.kind:
            case Kind.TEXT:
                value = f"CAST(to_json(nullif({value}, '')) AS VARCHAR)"
            case Kind.SECOND | Kind.MOMENT:
                value = f"'\"' || {value} || '\"'"
            case _:
                pass
        return f"coalesce({value}, 'null')"

    def _text(self, column: Column) -> str:
        """The expression of a column's value as text."""
        value = column.value
        match column.kind:
            case Kind.TEXT:
                return value
            case Kind.JSON:
                return f"nullif({value}, '')"
            case Kind.COUNT:
                return f"CAST({value} AS VARCHAR)"
            case Kind.DECIMAL:
                return _plain(value)
            case Kind.SECOND:
                return self._moment(value, f"make_timestamp({value} * 1000000)", "'.000'")
            case Kind.MOMENT if self.zone is UTC:
                return value
            case Kind.MOMENT:
                whole = f"CAST({value}[:19] AS TIMESTAMP)"
                return self._moment(f"epoch_us({whole}) // 1000000", whole, f"{value}[20:-2]")

    def _moment(self, second: str, timestamp: str, fraction: str) -> str:
        """A moment in ISO 8601 with milliseconds, given its second, that as a timestamp in UTC, and its fraction."""
        changes = self._offset_changes
        ahead = _by_offset(second, changes, [str(change.ahead) for change in changes])
        suffix = _by_offset(second, changes, [f"'{change.suffix}'" for change in changes])
        return f"strftime({timestamp} + to_seconds({ahead}), '%Y-%m-%dT%H:%M:%S') || {fraction} || {suffix}"

    def _value(self, column: Column) -> str:
        """The expression of a column's value in Parquet, which has types of its own for numbers and moments."""
        match column.kind:
            case Kind.SECOND:
                return f"to_timestamp({column.value})"
            case Kind.MOMENT:
                return f"CAST({column.value} AS TIMESTAMPTZ)"
            case Kind.TEXT | Kind.JSON:
                return f"nullif({column.value}, '')"
            case _:
                return column.value


def _plain(number: str) -> str:
    """All digits of a decimal with ten places, without zeros at the end."""
    digits = f"CAST({number} AS VARCHAR)"
    return f"CASE WHEN suffix({digits}, '.0000000000') THEN {digits}[:-12] ELSE rtrim({digits}, '0') END"


def _by_offset(second: str, changes: list[OffsetChange], values: list[str]) -> str:
    """Of the values that belong to the offsets of a zone, the one of a second. The newest are compared first."""
    newest_first = zip(reversed(changes[1:]), reversed(values[1:]), strict=True)
    cases = "".join(f" WHEN {second} >= {change.since} THEN {value}" for change, value in newest_first)
    return f"CASE{cases} ELSE {values[0]} END" if cases else values[0]
