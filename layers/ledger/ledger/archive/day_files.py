"""Day files: all calls of a UTC day, by time and id, in one Parquet file or in several parts of the day."""

from collections.abc import Iterator
from concurrent.futures import Future
from heapq import merge
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
from duckdb import DuckDBPyConnection

from ledger.archive import columns, parquet
from ledger.archive.engine import copy, literal
from ledger.archive.parts import Part, Totals
from ledger.aws import concurrency
from ledger.calls.calls_table import Calls
from ledger.core import keys

_READ_AHEAD = 8_000
"""Items of a part that are in memory at a time, at the most, all shards taken together."""
_FEWEST = 50


class _Text(msgspec.Struct):
    S: str


class _Positioned(msgspec.Struct):
    callTimeId: _Text


class _Page(msgspec.Struct):
    Items: list[msgspec.Raw]
    LastEvaluatedKey: dict[str, Any] | None = None


_PAGE = msgspec.json.Decoder(_Page)
_POSITION = msgspec.json.Decoder(_Positioned)


def write(connection: DuckDBPyConnection, calls: Calls, part: Part, key: str, path: Path) -> None:
    """Write the calls that the table has of a part of a day, as they are while it is read.

    `key` is the name of the object that the file becomes. Memory does not grow with the number of calls.
    """
    parquet.write(connection, items(calls, part), columns.ITEM, f"{columns.SELECTION}, {_object(key)}", path)


def laid_over(connection: DuckDBPyConnection, present: Path, part: Part, key: str) -> Path:
    """Returns a file with the calls of a part of a day that the view `calls` has, and those of a file laid over them.

    Of two calls with the same id, that of the file counts. `key` is the name of the object that it becomes.
    """
    path = present.with_stem(f"{present.stem}-laid-over")
    names = ", ".join(columns.NAMES)
    copy(
        connection,
        f"SELECT *, {_object(key)} FROM (SELECT {names} FROM read_parquet({literal(present)}) UNION ALL "
        f"SELECT {names} FROM calls WHERE call_time BETWEEN {part.first} AND {part.last} "
        f"AND id NOT IN (SELECT id FROM read_parquet({literal(present)}))) ORDER BY call_time, id",
        path,
    )
    return path


def _object(key: str) -> str:
    """A column by which engines that list objects know whether a row counts: it has the name of its own object."""
    return f"'{key}' AS object"


def totals(connection: DuckDBPyConnection, path: Path) -> Totals:
    """What the calls of a file add up to."""
    row = connection.execute(
        "SELECT count(*), coalesce(sum(input_tokens + output_tokens + cache_read_input_tokens"
        f" + cache_creation_input_tokens), 0)::BIGINT, coalesce(sum(credits), 0) FROM read_parquet({literal(path)})"
    ).fetchone()
    assert row  # noqa: S101 - an aggregate query returns one row
    return Totals(*row)


def items(calls: Calls, part: Part, did: str | None = None, *, newest_first: bool = False) -> Iterator[bytes]:
    """The items of a part in DynamoDB's JSON, of a user or of everybody (None), by time and id.

    Each shard is in this order.
    """
    page = max(_READ_AHEAD // (2 * calls.time_shards), _FEWEST)
    start, end = keys.from_second(part.first), keys.through_second(part.last)
    shards = calls.items(_decode, start, end, page=page, did=did, newest_first=newest_first)
    reading = [(pages, concurrency.threads().submit(next, pages, None)) for pages in shards]
    in_order = merge(*(chain.from_iterable(_read_ahead(*shard)) for shard in reading), reverse=newest_first)
    return map(itemgetter(1), in_order)


def _read_ahead(pages: Iterator[Any], coming: Future[Any]) -> Iterator[list[tuple[str, bytes]]]:
    """The pages of a Query, of which the first is on its way. While one is worked on, the next is on its way."""
    while (page := coming.result()) is not None:
        coming = concurrency.threads().submit(next, pages, None)
        yield page


def _decode(answer: bytes) -> dict[str, Any]:
    """Decode an answer, with its items left as JSON, each beside its position."""
    try:
        page = _PAGE.decode(answer)
        items = [(_POSITION.decode(item).callTimeId.S, bytes(item)) for item in page.Items]
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    return {"Items": items, "LastEvaluatedKey": page.LastEvaluatedKey}
