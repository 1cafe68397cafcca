"""Calls of a view that meet a condition, in the order of the call log: how many there are, and some of them."""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from ledger.archive import columns
from ledger.archive.conditions import Condition
from ledger.calls.model_call import ModelCall


@dataclass(frozen=True)
class Rows:
    """How many calls there are in all, and those that were asked for, newest first."""

    count: int
    calls: list[ModelCall]


def newest(
    connection: DuckDBPyConnection, view: str, condition: Condition, position: str | None, skipped: int, wanted: int
) -> Rows:
    """The calls that meet a condition: at most `wanted`, after a position if there is one, and after `skipped` others.

    The condition is evaluated once, and whole rows are read only of the calls that are returned.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE found AS SELECT call_time, id FROM {view} WHERE {condition.sql}",
        condition.values,
    )
    counted = connection.execute("SELECT count(*) FROM found").fetchone()
    assert counted  # noqa: S101 - an aggregate query returns one row
    second, _, call_id = (position or "").partition("#")
    chosen = connection.execute(
        f"SELECT call_time, id FROM found WHERE {'(call_time, id) < (?, ?)' if position else 'true'} "
        "ORDER BY call_time DESC, id DESC LIMIT ? OFFSET ?",
        [*([int(second), call_id] if position else []), wanted, skipped],
    ).fetchall()
    if not chosen:
        return Rows(counted[0], [])
    whole = connection.execute(
        f"SELECT {', '.join(columns.NAMES)} FROM {view} WHERE call_time BETWEEN ? AND ? "
        "AND id IN (SELECT unnest(?)) ORDER BY call_time DESC, id DESC",
        [chosen[-1][0], chosen[0][0], [call_id for _, call_id in chosen]],
    ).fetchall()
    return Rows(counted[0], list(map(columns.to_call, whole)))
