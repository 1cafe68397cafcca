"""DuckDB, inside the function: it writes the archive's Parquet files and reads them.

Only functions that have the layer of DuckDB import this.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

MEMORY = 150
"""Megabytes that DuckDB may use, beside those of Python. What needs more is written to the directory."""
ROW_GROUP = 20_480
"""Rows of a row group, the part of a file that is read as a whole."""
PARQUET = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"


@contextmanager
def connected(directory: Path) -> Generator[DuckDBPyConnection]:
    """A database in memory, which is gone afterwards, and which keeps what it can't hold in a directory.

    Statements run in one thread, so that rows stay in order and the memory stays bounded.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{MEMORY}MB",
        "threads": "1",
        "temp_directory": str(directory / "spilled"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(config=settings) as connection:
        yield connection


def copy(connection: DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the rows that a query returns to a Parquet file, in their order."""
    connection.execute(f"COPY ({query}) TO {literal(path)} ({PARQUET})")


def literal(path: Path) -> str:
    """Returns a path as a string literal of SQL. COPY takes no parameters."""
    return "'" + str(path).replace("'", "''") + "'"


def literals(paths: Iterable[Path]) -> str:
    """Returns paths as a list of SQL."""
    return "[" + ", ".join(map(literal, paths)) + "]"
