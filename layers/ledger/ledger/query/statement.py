"""The SQL of a question: compiled from names that are known here, with every value of the caller's bound to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final

from duckdb import DuckDBPyConnection

from ledger.archive.conditions import Condition
from ledger.query.buckets import Slots
from ledger.query.dimensions import text
from ledger.query.metrics import AGGREGATES, METRICS
from ledger.query.question import Question

type Row = Sequence[Any]

_BUCKETS: Final = """
    CREATE OR REPLACE TEMP TABLE buckets AS
    SELECT unnest(range(first, "end")) AS slot, timestamp
    FROM (SELECT unnest(?) AS first, unnest(?) AS "end", unnest(?) AS timestamp)
"""


@dataclass(frozen=True)
class Statement:
    """Answers a question from a view of a database that has calls.

    Calls are added up once: into a table of groups, which has the total too. A page, and what it leaves of the total,
    are read from there; only figures that do not add up, such as percentiles, are made of the calls that are left.
    """

    question: Question
    connection: DuckDBPyConnection
    view: str = "calls"

    def __post_init__(self) -> None:
        if slots := self._slots:
            self.connection.execute(_BUCKETS, [slots.firsts, slots.ends, slots.timestamps])
        sql, values = self._calls
        sets = f"GROUPING SETS (({', '.join(self._keys)}), ())" if self._keys else "()"
        is_total = f"grouping({self._keys[0]}) = 1" if self._keys else "true"
        columns = [*self._keys, f"{is_total} AS is_total", *_selected(self._aggregates)]
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE groups AS SELECT {', '.join(columns)} FROM ({sql}) GROUP BY {sets}", values
        )
        is_group = "NOT is_total" if self._keys else '"calls" > 0'
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE page AS SELECT *, rowid AS number FROM groups WHERE {is_group} "
            f"ORDER BY {self._order} LIMIT ? OFFSET ?",
            [self.question.limit, self.question.first],
        )

    @cached_property
    def number(self) -> int:
        """How many groups there are."""
        return self._row("SELECT count(*) FROM groups WHERE NOT is_total")[0]

    @property
    def rows(self) -> Sequence[Row]:
        """The groups of the page: the bucket if there are any, the dimensions, and the metrics of each."""
        columns = ", ".join([*self._keys, *self._metrics])
        return self.connection.execute(f"SELECT {columns} FROM page").fetchall()

    @property
    def total(self) -> Row:
        """The metrics of all calls."""
        return self._row(f"SELECT {', '.join(self._metrics)} FROM groups WHERE is_total")

    @property
    def rest(self) -> Row | None:
        """The metrics of all calls that are in no group of the page; None where there are none."""
        if self.number <= self.question.limit and not self.question.first:
            return None
        added_up = [f'{how}("{name}") AS "{name}"' for name in self._aggregates if (how := AGGREGATES[name].combined)]
        is_left = "NOT is_total AND rowid NOT IN (SELECT number FROM page)"
        left = f"(SELECT {', '.join(added_up)} FROM groups WHERE {is_left})"
        of_calls = [name for name in self._aggregates if not AGGREGATES[name].combined]
        if not of_calls:
            return self._row(f"SELECT {', '.join(self._metrics)} FROM {left}")
        sql, values = self._calls
        same = " AND ".join(f"page.{key} IS NOT DISTINCT FROM found.{key}" for key in self._keys)
        shown = f"SELECT 1 FROM page WHERE {same}"
        counted = f"(SELECT {', '.join(_selected(of_calls))} FROM ({sql}) AS found WHERE NOT EXISTS ({shown}))"
        return self._row(f"SELECT {', '.join(self._metrics)} FROM {left} CROSS JOIN {counted}", values)

    @cached_property
    def _slots(self) -> Slots | None:
        return Slots.of(self.question.start, self.question.buckets) if self.question.buckets else None

    @cached_property
    def _keys(self) -> list[str]:
        """The columns that tell groups apart."""
        return (["timestamp"] if self._slots else []) + [f"key{n}" for n in range(len(self.question.dimensions))]

    @cached_property
    def _aggregates(self) -> list[str]:
        names = chain.from_iterable(METRICS[name].aggregates for name in self.question.metrics)
        return list(dict.fromkeys(["calls", *names]))

    @property
    def _metrics(self) -> list[str]:
        return [METRICS[name].sql for name in self.question.metrics]

    @cached_property
    def _calls(self) -> Condition:
        """The calls that the question is about, with the columns that tell groups apart."""
        dimensions = [text(dimension) for dimension in self.question.dimensions]
        columns = [f"{self.view}.*", *(f"{sql} AS key{number}" for number, (sql, _) in enumerate(dimensions))]
        values: list[Any] = [*chain.from_iterable(of_path for _, of_path in dimensions)]
        table = self.view
        if slots := self._slots:
            columns.append("buckets.timestamp")
            table += f" JOIN buckets ON buckets.slot = ({self.view}.call_time - ?) // ?"
            values += [slots.origin, slots.step]
        range_ = Condition("call_time BETWEEN ? AND ?", [self.question.start, self.question.end - 1])
        conditions = [range_, *self.question.conditions]
        values += chain.from_iterable(condition.values for condition in conditions)
        where = " AND ".join(f"({condition.sql})" for condition in conditions)
        return Condition(f"SELECT {', '.join(columns)} FROM {table} WHERE {where}", values)

    @property
    def _order(self) -> str:
        columns = dict(zip(self.question.dimensions, self._keys[-len(self.question.dimensions) :], strict=False))
        columns |= {"timestamp": "timestamp"} | {name: METRICS[name].sql for name in self.question.metrics}
        ordered = [
            f"{columns[order.by]} {'DESC' if order.descending else 'ASC'} NULLS LAST" for order in self.question.order
        ]
        return ", ".join([*ordered, *(f"{key} NULLS LAST" for key in self._keys)]) or "1"

    def _row(self, sql: str, values: Sequence[object] = ()) -> Row:
        row = self.connection.execute(sql, values).fetchone()
        assert row is not None  # noqa: S101 - of aggregates there is always one row
        return row


def _selected(aggregates: Sequence[str]) -> list[str]:
    return [f'{AGGREGATES[name].sql} AS "{name}"' for name in aggregates]
