"""The answer to a query."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal, NotRequired, TypedDict

from ledger.core import exact_json

type Values = Mapping[str, int | Decimal | None]
"""The metrics, by name. An average, a rate or a percentile of nothing is null."""


class QueryRow(TypedDict):
    """What a group has in a bucket of time. A group or bucket without calls has no row."""

    timestamp: NotRequired[int]
    """When the bucket begins, in Unix seconds. The first may begin before the range."""
    group: Mapping[str, str | None]
    """The text of each dimension; null for calls that have none."""
    values: Values


class QueryAnswer(TypedDict):
    """Rows and rest are the total, on each page: what adds up does so to the last decimal."""

    rows: list[QueryRow]
    total: Values | None
    """All calls that match; null of a dry run."""
    rest: Values | None
    """The calls that are in no row of this page; null where each call is in one."""
    nextToken: str | None
    """Asks for the next rows; null on the last page."""
    asOf: int
    """The Unix second at which the calls were so: every change from before it is included, and none from after it."""
    engine: Literal["duckdb"]
    bytesRead: int
    """Bytes of the archive's files that have the days of the range."""


def table(answer: QueryAnswer) -> Iterator[Sequence[str]]:
    """The rows of an answer as texts, below the names of their columns. Null is an empty text."""
    rows = answer["rows"]
    for number, row in enumerate(rows):
        timestamp = {"timestamp": str(row["timestamp"])} if "timestamp" in row else {}
        group = {name: text or "" for name, text in row["group"].items()}
        values = {name: "" if value is None else exact_json.plain(value) for name, value in row["values"].items()}
        cells = timestamp | group | values
        if not number:
            yield [*cells]
        yield [*cells.values()]
