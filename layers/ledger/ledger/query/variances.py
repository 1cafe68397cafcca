"""Price variance: where the costs that gateways report differ from the list prices, by how much, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, Self, TypedDict

from ledger.aws.settings import Settings
from ledger.core.errors import Forbidden
from ledger.core.identity import Identity
from ledger.core.moments import TimeLeft
from ledger.pricing.rate_book import RateBook
from ledger.pricing.tiers import STANDARD
from ledger.query.engine import QueryEngine
from ledger.query.variance_request import VarianceRequest

type Cause = Literal["unknownModel", "rounding", "gatewayCache", "cache", "tier", "price"]

_COMPARED: Final = """
    CREATE OR REPLACE TEMP TABLE compared AS
    WITH converted AS (
        SELECT *, {per_usd} AS per_usd FROM {view}
        WHERE call_time BETWEEN ? AND ? AND cost_source = 'reported'
    ), listed AS (
        SELECT provider_id, model, recorded_by, credits, cost_usd, coalesce(cache_savings, 0) * per_usd AS saved,
            CAST(list_cost_usd * per_usd AS DECIMAL(38, 10)) AS listed, {rounding} * per_usd AS rounding,
            lower(coalesce(service_tier, '')) IN ({standard}) AS is_standard
        FROM converted
    )
    SELECT provider_id, model, recorded_by, credits, listed, CASE
        WHEN listed IS NULL THEN 'unknownModel'
        WHEN credits = listed THEN NULL
        WHEN abs(credits - listed) <= rounding THEN 'rounding'
        WHEN credits = 0 THEN 'gatewayCache'
        WHEN saved <> 0 AND abs(credits - listed - saved) <= rounding THEN 'cache'
        WHEN NOT is_standard THEN 'tier'
        ELSE 'price'
    END AS cause
    FROM listed
"""
"""Each call with a reported cost, and why it is not the list price. Both are in credits."""
_GROUPS: Final = """
    SELECT provider_id, model, recorded_by, cause, count(*), sum(credits),
        CASE WHEN cause <> 'unknownModel' THEN sum(listed) END,
        CASE WHEN cause <> 'unknownModel' THEN sum(credits) - sum(listed) END AS difference
    FROM compared WHERE cause IS NOT NULL GROUP BY provider_id, model, recorded_by, cause
    ORDER BY abs(difference) DESC NULLS LAST, sum(credits) DESC, provider_id, model, recorded_by, cause LIMIT ?
"""
_TOTAL: Final = """
    SELECT count(*), coalesce(sum(credits), 0), count(listed),
        coalesce(sum(listed), 0), coalesce(sum(credits) FILTER (listed IS NOT NULL), 0) - coalesce(sum(listed), 0)
    FROM compared
"""
_ROUNDING: Final = "0.00000001"
"""US dollars of a call: gateways compute in floating point, some to eight decimals."""


class Variance(TypedDict):
    """Calls whose reported cost is not the list price, for one cause."""

    providerId: str
    model: str
    recordedBy: str | None
    """The credential of the gateway: `key:` and the id of an API key, or `token:` and a did."""
    cause: Cause
    calls: int
    credits: Decimal
    """As reported."""
    listCredits: Decimal | None
    """By the list price, at today's credits per US dollar. Null for a model that nobody knows the price of."""
    difference: Decimal | None
    """Credits that were reported more, or less."""


class VarianceTotal(TypedDict):
    calls: int
    """With a reported cost."""
    credits: Decimal
    comparedCalls: int
    """Those of them that have a list price."""
    listCredits: Decimal
    difference: Decimal
    """Credits that were reported more, or less, for the calls that have a list price."""


class VarianceAnswer(TypedDict):
    """The largest differences first."""

    variances: list[Variance]
    total: VarianceTotal
    asOf: int
    """The Unix second at which the calls were so."""


@dataclass(frozen=True)
class Variances:
    """What answers them. The registry has the credits per US dollar."""

    engine: QueryEngine
    registry_table: str

    @classmethod
    def of(cls, engine: QueryEngine, settings: Settings) -> Self:
        return cls(engine, settings.registry_table)

    def answer(self, identity: Identity, request: VarianceRequest, time_left: TimeLeft) -> VarianceAnswer:
        """Everybody's calls, for those who may read all. Raises Forbidden, or RangeTooLong."""
        if not identity.may_read_all:
            raise Forbidden("only viewers and administrators compare prices")
        per_usd, values = _credits_per_usd(RateBook.read(self.registry_table))
        start, end = request.start_time, request.end_time + 1
        with self.engine.open(start, end, time_left) as calls:
            standard = ", ".join(f"'{tier}'" for tier in sorted(STANDARD))
            statement = _COMPARED.format(view=calls.view, per_usd=per_usd, standard=standard, rounding=_ROUNDING)
            calls.opened.connection.execute(statement, [*values, start, request.end_time])
            rows = calls.opened.connection.execute(_GROUPS, [request.limit]).fetchall()
            (total,) = calls.opened.connection.execute(_TOTAL).fetchall()
            return {"variances": [_variance(row) for row in rows], "total": _total(total), "asOf": calls.as_of}


def _credits_per_usd(book: RateBook) -> tuple[str, list[int | Decimal]]:
    """The expression of the credits per US dollar at the time of a call, and its values."""
    cases = "".join(" WHEN call_time >= ? THEN CAST(? AS DECIMAL(18, 10))" for _ in book.credits_per_usd)
    values = [value for since_and_value in book.credits_per_usd for value in since_and_value]
    one = "CAST(1 AS DECIMAL(18, 10))"
    return (f"CASE{cases} ELSE {one} END" if cases else one), values


def _variance(row: Sequence[Any]) -> Variance:
    provider, model, recorded_by, cause, calls, credits_, listed, difference = row
    return {
        "providerId": provider,
        "model": model,
        "recordedBy": recorded_by,
        "cause": cause,
        "calls": calls,
        "credits": credits_,
        "listCredits": listed,
        "difference": difference,
    }


def _total(row: Sequence[Any]) -> VarianceTotal:
    calls, credits_, compared, listed, difference = row
    return {
        "calls": calls,
        "credits": credits_,
        "comparedCalls": compared,
        "listCredits": listed,
        "difference": difference,
    }
