"""Databases that one could use instead: the same calls in one indexed table, and the same questions in SQL.

Each database stores the types with which it is fastest. SQLite stores credits as whole numbers of their last decimal.
"""

import csv
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb

from ledger.calls.model_call import ModelCall
from ledger.core import exact_json

COLUMNS: Final = {
    "id": "VARCHAR",
    "user_did": "VARCHAR",
    "app_did": "VARCHAR",
    "provider_id": "VARCHAR",
    "model": "VARCHAR",
    "type": "VARCHAR",
    "status": "VARCHAR",
    "cost_source": "VARCHAR",
    "call_time": "BIGINT",
    "total_usage": "BIGINT",
    "credits": "DECIMAL(18, 10)",
    "input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "cache_read_input_tokens": "BIGINT",
    "cache_creation_input_tokens": "BIGINT",
    "duration": "DECIMAL(10, 1)",
    "ttfb": "DECIMAL(12, 3)",
}
INDEXES: Final = (
    "CREATE INDEX by_user ON calls (user_did, call_time)",
    "CREATE INDEX by_time ON calls (call_time)",
)
_USED: Final = "total_usage + input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens > 0"
_TOTALS: Final = "sum(total_usage), sum(credits), count(*), count(*) FILTER (WHERE status = 'success')"
_SUMMARY: Final = (
    f"{_TOTALS}, count(*) FILTER (WHERE status = 'failed'), "
    f"count(*) FILTER (WHERE cost_source = 'unpriced' AND (status = 'success' OR status = 'failed' AND {_USED})), "
    "sum(input_tokens), sum(output_tokens), sum(cache_read_input_tokens), sum(cache_creation_input_tokens), "
    "avg(duration), avg(ttfb)"
)


class Different(Exception):
    """The ledger and a database give different answers to one question, so that their times can't be compared."""


@dataclass(frozen=True)
class Question:
    """Statistics of a user, or of everybody (None), from `start` through `end`, by the days of a fixed offset."""

    user: str | None
    start: int
    end: int
    offset: int


type Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Answer:
    """The figures of a statistics answer, as rows."""

    summary: Rows
    types: Rows
    days: Rows
    models: Rows
    previous: Rows


@dataclass(frozen=True)
class Database:
    name: str
    divide: str
    """The operator of integer division."""
    run: Callable[[str, Sequence[Any]], Rows]
    credits: Callable[[Any], Decimal]

    def ask(self, question: Question) -> Answer:
        length = question.end - question.start + 1
        where = "call_time BETWEEN ? AND ?" + (" AND user_did = ?" if question.user else "")
        user = [question.user] if question.user else []
        now = [question.start, question.end, *user]
        before = [question.start - length, question.start - 1, *user]
        day = f"(call_time + {question.offset}) {self.divide} 86400"

        return Answer(
            summary=self.run(f"SELECT {_SUMMARY} FROM calls WHERE {where}", now),  # noqa: S608
            types=self.run(f"SELECT type, {_TOTALS} FROM calls WHERE {where} GROUP BY 1 ORDER BY 1", now),  # noqa: S608
            days=self.run(f"SELECT {day}, type, {_TOTALS} FROM calls WHERE {where} GROUP BY 1, 2 ORDER BY 1, 2", now),  # noqa: S608
            models=self.run(
                f"SELECT provider_id, model, {_TOTALS} FROM calls WHERE {where} GROUP BY 1, 2 ORDER BY 5 DESC, 4 DESC",  # noqa: S608
                now,
            ),
            previous=self.run(f"SELECT {_TOTALS} FROM calls WHERE {where}", before),  # noqa: S608
        )


def write_csv(path: Path, calls: Iterable[ModelCall]) -> None:
    """Write the calls with the columns in the order of COLUMNS, for every database to load."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(_row(call) for call in calls)


def _row(call: ModelCall) -> tuple[Any, ...]:
    return (
        call.id,
        call.user_did,
        call.app_did,
        call.provider_id,
        call.model,
        call.type.value,
        call.status.value,
        call.cost_source.value,
        call.call_time,
        exact_json.plain(call.total_usage),
        exact_json.plain(call.credits),
        call.input_tokens,
        call.output_tokens,
        call.cache_read_input_tokens,
        call.cache_creation_input_tokens,
        call.duration,
        call.ttfb,
    )


def with_duckdb(path: Path, calls: Path) -> Database:
    """Returns a new DuckDB that has loaded the calls."""
    connection = duckdb.connect(str(path))
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    connection.execute(f"CREATE TABLE calls ({columns})")
    connection.execute(f"COPY calls FROM '{calls}' (FORMAT csv, HEADER false)")
    for index in INDEXES:
        connection.execute(index)

    def run(sql: str, values: Sequence[Any]) -> Rows:
        return connection.execute(sql, values).fetchall()

    return Database("DuckDB", "//", run, Decimal)


def with_sqlite(path: Path, calls: Path) -> Database:
    """Returns a new SQLite that has loaded the calls."""
    connection = sqlite3.connect(path)
    kinds = {"VARCHAR": "TEXT", "BIGINT": "INTEGER"}
    columns = ", ".join(
        f"{name} {'INTEGER' if name == 'credits' else kinds.get(kind, 'REAL')}" for name, kind in COLUMNS.items()
    )
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"CREATE TABLE calls ({columns})")
    places = ", ".join("?" * len(COLUMNS))
    with connection:
        connection.executemany(f"INSERT INTO calls VALUES ({places})", _rows_of(calls))  # noqa: S608
    for index in INDEXES:
        connection.execute(index)
    connection.execute("ANALYZE")

    def run(sql: str, values: Sequence[Any]) -> Rows:
        return connection.execute(sql, values).fetchall()

    return Database("SQLite", "/", run, lambda value: Decimal(value).scaleb(-10))


def _rows_of(calls: Path) -> Iterator[list[Any]]:
    place = list(COLUMNS).index("credits")
    with calls.open(newline="") as file:
        for texts in csv.reader(file):
            row: list[Any] = [text or None for text in texts]
            row[place] = int(Decimal(texts[place]).scaleb(10))
            yield row
