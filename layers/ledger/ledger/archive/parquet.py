"""Parquet files, written from lines of JSON in bounded memory."""

from collections.abc import Iterable, Mapping
from itertools import batched, chain
from pathlib import Path

from duckdb import DuckDBPyConnection

from ledger.archive.engine import copy, literal, literals

LINES = 10_240
"""Lines that are read at a time: DuckDB keeps all of a statement's JSON in memory."""
_LONGEST_LINE = 1024 * 1024
"""Bytes. An item has at most 400 KB."""


def write(
    connection: DuckDBPyConnection, lines: Iterable[bytes], types: Mapping[str, str], selection: str, path: Path
) -> None:
    """Write a row for each line, in their order.

    A line is a JSON object whose members have these `types`; others are ignored. `selection` has the SQL expressions of
    the columns. Chunks of lines become files beside `path` first, which are then copied into one.
    """
    source, chunks = path.with_suffix(".json"), list[Path]()
    for number, chunk in enumerate(chain(batched(lines, LINES), [()])):
        if chunk or not chunks:  # a file without rows has columns all the same
            source.write_bytes(b"\n".join(chunk))
            chunks.append(path.with_suffix(f".{number}"))
            copy(connection, f"SELECT {selection} FROM {lines_of(source, types)}", chunks[-1])
    source.unlink()
    if len(chunks) == 1:
        chunks[0].rename(path)
        return
    copy(connection, f"SELECT * FROM read_parquet({literals(chunks)})", path)
    for chunk in chunks:
        chunk.unlink()


def lines_of(source: Path, types: Mapping[str, str]) -> str:
    """The SQL of a table that has a row for each line of a file. A statement should not read more than LINES."""
    members = ", ".join(f"\"{name}\": '{of_type}'" for name, of_type in types.items())
    return (
        f"read_json({literal(source)}, format='newline_delimited', columns={{{members}}}, "
        f"maximum_object_size={_LONGEST_LINE})"
    )
