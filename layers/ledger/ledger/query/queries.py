"""Queries: who may ask what, and the answer."""

from dataclasses import dataclass
from typing import Any

from ledger.archive import conditions
from ledger.archive.conditions import Condition
from ledger.archive.reader import Snapshot
from ledger.calls import call_filter
from ledger.calls.call_filter import CallFilter
from ledger.core.identity import Identity
from ledger.core.moments import TimeLeft
from ledger.http import page_token
from ledger.query import buckets, filters
from ledger.query.answer import QueryAnswer, QueryRow, Values
from ledger.query.engine import QueryEngine, as_of
from ledger.query.metrics import METRICS
from ledger.query.question import Order, Question
from ledger.query.request import QueryRequest
from ledger.query.statement import Row


@dataclass(frozen=True)
class Queries:
    """What answers them."""

    engine: QueryEngine

    def answer(self, identity: Identity, request: QueryRequest, secret: str, time_left: TimeLeft) -> QueryAnswer:
        """Returns a page of the caller's own calls in groups, or of everybody's to those who may read all.

        Raises InvalidRequest for a token of another query, and for what is too much to be answered at once.
        """
        context = f"{identity.did} {identity.may_read_all} ".encode() + request.identification
        first = int(page_token.verify(request.next_token, context, secret)) if request.next_token else 0
        question = _question(identity, request, first)
        if request.dry_run:
            return _answer(self.engine.plan(question.start, question.end))
        with self.engine.open(question.start, question.end, time_left) as calls:
            statement = calls.ask(question)
            answer = _answer(calls.opened.snapshot)
            answer["rows"] = [_row(question, row) for row in statement.rows]
            answer["total"] = _values(question, statement.total)
            if rest := statement.rest:
                answer["rest"] = _values(question, rest)
            if statement.number > first + request.limit:
                answer["nextToken"] = page_token.sign(str(first + request.limit), context, secret)
        return answer


def own(identity: Identity) -> list[Condition]:
    """Whose calls somebody may ask for: nobody's but their own, unless they may read all."""
    if identity.may_read_all:
        return []
    return [conditions.of_filter(CallFilter(call_filter.conditions(user_did=identity.did)))]


def _question(identity: Identity, request: QueryRequest, first: int) -> Question:
    start, end = request.start_time, request.end_time + 1
    has_buckets = request.granularity != "none"
    if request.order_by:
        order = [Order(request.order_by.removeprefix("-"), request.order_by.startswith("-"))]
    else:
        order = [*([Order("timestamp", descending=False)] if has_buckets else []), Order(request.metrics[0], True)]
    return Question(
        start,
        end,
        request.metrics,
        request.group_by,
        buckets.between(start, end, request.granularity, request.zone) if has_buckets else None,
        [*own(identity), *map(filters.condition, request.filters)],
        order,
        first,
        request.limit,
    )


def _answer(snapshot: Snapshot) -> QueryAnswer:
    return {
        "rows": [],
        "total": None,
        "rest": None,
        "nextToken": None,
        "asOf": as_of(snapshot),
        "engine": "duckdb",
        "bytesRead": snapshot.size,
    }


def _row(question: Question, row: Row) -> QueryRow:
    keys: list[Any] = list(row[: -len(question.metrics)])
    bucket: QueryRow = {"group": {}, "values": _values(question, row[-len(question.metrics) :])}
    if question.buckets:
        bucket["timestamp"] = keys.pop(0)
    return {**bucket, "group": dict(zip(question.dimensions, keys, strict=True))}


def _values(question: Question, row: Row) -> Values:
    return {name: METRICS[name].kind.number(value) for name, value in zip(question.metrics, row, strict=True)}
