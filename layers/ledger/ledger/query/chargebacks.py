"""Chargeback: what each cost centre is charged for a month, with its share of what nobody can be charged for."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from ledger.core import exact_json
from ledger.core.errors import Forbidden, InvalidRequest, Problem
from ledger.core.identity import Identity
from ledger.core.moments import TimeLeft
from ledger.core.money import EXACT, ten_places
from ledger.query.chargeback_request import ChargebackRequest
from ledger.query.engine import QueryEngine
from ledger.query.question import Order, Question

MOST_CENTRES = 10_000


class Charge(TypedDict):
    value: str | None
    """The text of the dimension. Null in the only row of a month in which nothing can be attributed."""
    calls: int
    credits: Decimal
    """Of its own calls."""
    shared: Decimal
    """Its share of the credits that can't be attributed, in proportion to its own."""
    total: Decimal


class Chargeback(TypedDict):
    """The rows add up to all credits of the month, to the last decimal."""

    month: str
    by: str
    startTime: int
    endTime: int
    rows: list[Charge]
    """The largest first."""
    unattributed: Decimal
    """Credits of calls that have no text in the dimension. They are shared."""
    unpricedCalls: int
    """Calls whose cost nobody knows. They are in no sum."""
    total: Decimal
    asOf: int
    """The Unix second at which the calls were so."""


@dataclass(frozen=True)
class Chargebacks:
    """What answers them."""

    engine: QueryEngine

    def answer(self, identity: Identity, request: ChargebackRequest, time_left: TimeLeft) -> Chargeback:
        """Of everybody's calls, for those who may read all.

        Raises Forbidden, InvalidRequest for a month that has not ended or has too many values, or RangeTooLong.
        """
        if not identity.may_read_all:
            raise Forbidden("only viewers and administrators charge others")
        start, end = request.period
        if end > time.time():
            raise InvalidRequest(Problem("month", "one that has ended"))
        metrics = ["calls", "credits", "unpricedCalls"]
        order = [Order("credits", descending=True)]
        question = Question(start, end, metrics, [request.by], order=order, limit=MOST_CENTRES)
        with self.engine.open(start, end, time_left) as calls:
            statement = calls.ask(question)
            if statement.number > MOST_CENTRES:
                raise InvalidRequest(Problem("by", f"one of fewer values: {statement.number:,} are too many"))
            rows, (_, total, unpriced), as_of = statement.rows, statement.total, calls.as_of
        attributed = [Spent(*row[:3]) for row in rows if row[0] is not None]
        unattributed = sum((row[2] for row in rows if row[0] is None), Decimal(0))
        if not any(spent.credits for spent in attributed):
            charges = [Spent(*row[:3]) for row in rows]
            shares = [Decimal(0)] * len(charges)
        else:
            charges, shares = attributed, shared(unattributed, [spent.credits for spent in attributed])
        return {
            "month": request.month,
            "by": request.by,
            "startTime": start,
            "endTime": end - 1,
            "rows": [spent.charge(share) for spent, share in zip(charges, shares, strict=True)],
            "unattributed": unattributed,
            "unpricedCalls": unpriced,
            "total": total,
            "asOf": as_of,
        }


@dataclass(frozen=True, slots=True)
class Spent:
    """What the calls of a value of a dimension cost."""

    value: str | None
    calls: int
    credits: Decimal

    def charge(self, share: Decimal) -> Charge:
        total = EXACT.add(self.credits, share)
        return {"value": self.value, "calls": self.calls, "credits": self.credits, "shared": share, "total": total}


def shared(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Returns an amount in parts, in proportion to weights of which some are above zero.

    Each part has ten decimals, and is off by less than one unit of the last. They add up to the amount.
    """
    whole = sum(weights, Decimal(0))
    parts: list[Decimal] = []
    weighed = given = Decimal(0)
    for weight in weights:
        weighed = EXACT.add(weighed, weight)
        upto = ten_places(EXACT.divide(EXACT.multiply(amount, weighed), whole))
        parts.append(EXACT.subtract(upto, given))
        given = upto
    return parts


def charge_table(answer: Chargeback) -> Iterator[Sequence[str]]:
    """The rows as texts, below the names of their columns, with the month's in each."""
    yield ["month", answer["by"], "calls", "credits", "shared", "total"]
    for row in answer["rows"]:
        amounts = (exact_json.plain(row[name]) for name in ("credits", "shared", "total"))
        yield [answer["month"], row["value"] or "", str(row["calls"]), *amounts]
