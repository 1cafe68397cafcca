"""Metrics: the figures that a query answers of each group. A new metric is added here, and nowhere else.

A metric is an expression on aggregates, and an aggregate one on the columns of calls. So a total, and the rest beside
some groups, have their metrics from the aggregates of all their calls, never from the metrics of groups.
"""

from decimal import Decimal
from enum import Enum, auto
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator

from ledger.core.money import DECIMALS
from ledger.pricing.meters import Meter

PERCENTILES: Final = (50, 90, 95, 99)
_UNITS: Final = 10**DECIMALS
_TOKENS: Final = "input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens"
_PROMPT: Final = "input_tokens + cache_read_input_tokens + cache_creation_input_tokens"


class Kind(Enum):
    """What a value of SQL is, so that it becomes an exact number."""

    COUNT = auto()
    AMOUNT = auto()
    """A decimal of up to ten decimals."""
    THOUSANDTHS = auto()
    """A whole number of thousandths."""

    def number(self, value: Any) -> int | Decimal | None:
        """The number that SQL returned a value for."""
        if value is None:
            return None
        return Decimal(value).scaleb(-3) if self is Kind.THOUSANDTHS else value


class Aggregate(NamedTuple):
    """An aggregate over calls."""

    sql: str
    combined: str | None = "sum"
    """The aggregate that makes that of all calls from those of groups; None where only the calls themselves can."""


class Metric(NamedTuple):
    """A figure: an expression on aggregates, by their names."""

    sql: str
    aggregates: tuple[str, ...]
    kind: Kind


def _ratio(dividend: str, divisor: str) -> str:
    """A quotient of whole numbers, rounded to a whole number as decimals are, half to even; null where it is none."""
    twice, quotient = f"2 * ({dividend}) + ({divisor})", f"(2 * ({dividend}) + ({divisor})) // (2 * ({divisor}))"
    is_odd_half = f"({twice}) % (2 * ({divisor})) = 0 AND {quotient} % 2 = 1"
    return f"CASE WHEN ({divisor}) > 0 THEN {quotient} - CASE WHEN {is_odd_half} THEN 1 ELSE 0 END END"


def _units(amount: str) -> str:
    return f"CAST({amount} * {_UNITS} AS HUGEINT)"


_SPEED: Final = _ratio(
    f"CAST(output_tokens AS HUGEINT) * {1_000 * _UNITS}",
    f"CASE WHEN output_tokens > 0 THEN {_units('coalesce(duration, 0)')} ELSE 0 END",
)
"""Thousandths of tokens a second: of a call that has output tokens and a duration."""


class _Quantity(NamedTuple):
    """What calls have more or less of, or do not have."""

    sql: str
    kind: Kind
    mean: str
    """The expression of the mean in thousandths, of its sum and of the number of calls that have it."""


_QUANTITIES: Final = {
    "duration": _Quantity("duration", Kind.AMOUNT, _ratio(f"{_units('{sum}')} * 1000", f"{{count}} * {_UNITS}")),
    "ttfb": _Quantity("ttfb", Kind.AMOUNT, _ratio(f"{_units('{sum}')} * 1000", f"{{count}} * {_UNITS}")),
    "tokensPerSecond": _Quantity(_SPEED, Kind.THOUSANDTHS, _ratio("{sum}", "{count}")),
}
_COUNTS: Final = {
    "calls": "count(*)",
    "successCalls": "count(*) FILTER (status = 'success')",
    "failedCalls": "count(*) FILTER (status = 'failed')",
    "unpricedCalls": (
        "count(*) FILTER (cost_source = 'unpriced' AND (status = 'success' OR "
        f"(status = 'failed' AND (total_usage <> 0 OR {_TOKENS} <> 0))))"
    ),
    "inputTokens": "coalesce(sum(input_tokens), 0)",
    "outputTokens": "coalesce(sum(output_tokens), 0)",
    "cacheReadInputTokens": "coalesce(sum(cache_read_input_tokens), 0)",
    "cacheCreationInputTokens": "coalesce(sum(cache_creation_input_tokens), 0)",
    "totalTokens": f"coalesce(sum({_TOKENS}), 0)",
}
_AMOUNTS: Final = {
    "credits": "coalesce(sum(credits), 0)",
    "costUsd": "coalesce(sum(cost_usd), 0)",
    "totalUsage": "coalesce(sum(total_usage), 0)",
    "listCostUsd": "coalesce(sum(list_cost_usd), 0)",
    "cacheSavings": "coalesce(sum(cache_savings), 0)",
} | {
    f"{meter}Cost": f"coalesce(sum(CAST(json_extract_string(list_costs, '/{meter}') AS DECIMAL(38,10))), 0)"
    for meter in Meter
}
_DISTINCT: Final = {"users": "count(DISTINCT user_did)", "models": "count(DISTINCT (provider_id, model))"}


def _aggregates() -> dict[str, Aggregate]:
    found = {name: Aggregate(sql) for name, sql in (_COUNTS | _AMOUNTS).items()}
    found |= {name: Aggregate(sql, None) for name, sql in _DISTINCT.items()}
    found["lastCallTime"] = Aggregate("max(call_time)", "max")
    found["promptTokens"] = Aggregate(f"coalesce(sum({_PROMPT}), 0)")
    shares = ", ".join(f"{percent / 100}" for percent in PERCENTILES)
    for name, quantity in _QUANTITIES.items():
        found[f"{name}Sum"] = Aggregate(f"sum({quantity.sql})")
        found[f"{name}Count"] = Aggregate(f"count({quantity.sql})")
        found[f"{name}Max"] = Aggregate(f"max({quantity.sql})", "max")
        found[f"{name}Percentiles"] = Aggregate(f"quantile_disc({quantity.sql}, [{shares}])", None)
    return found


def _metrics() -> dict[str, Metric]:
    found = {name: Metric(f'"{name}"', (name,), Kind.COUNT) for name in _COUNTS | _DISTINCT}
    found |= {name: Metric(f'"{name}"', (name,), Kind.AMOUNT) for name in _AMOUNTS}
    found["lastCallTime"] = Metric('"lastCallTime"', ("lastCallTime",), Kind.COUNT)
    finished = '"successCalls" + "failedCalls"'
    found["successRate"] = Metric(
        _ratio('"successCalls" * 100000', finished), ("successCalls", "failedCalls"), Kind.THOUSANDTHS
    )
    found["cacheHitRate"] = Metric(
        _ratio('"cacheReadInputTokens" * 100000', '"promptTokens"'),
        ("cacheReadInputTokens", "promptTokens"),
        Kind.THOUSANDTHS,
    )
    for name, quantity in _QUANTITIES.items():
        title = name[0].upper() + name[1:]
        parts = (f"{name}Sum", f"{name}Count")
        found[f"sum{title}"] = Metric(f'coalesce("{parts[0]}", 0)', parts[:1], quantity.kind)
        found[f"count{title}"] = Metric(f'"{parts[1]}"', parts[1:], Kind.COUNT)
        mean = quantity.mean.format(sum=f'"{parts[0]}"', count=f'"{parts[1]}"')
        found[f"avg{title}"] = Metric(mean, parts, Kind.THOUSANDTHS)
        found[f"max{title}"] = Metric(f'"{name}Max"', (f"{name}Max",), quantity.kind)
        for number, percent in enumerate(PERCENTILES, 1):
            of_all = f"{name}Percentiles"
            found[f"p{percent}{title}"] = Metric(f'"{of_all}"[{number}]', (of_all,), quantity.kind)
    return found


AGGREGATES: Final = _aggregates()
METRICS: Final = _metrics()


def _known(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"one of {', '.join(METRICS)}")
    return name


MetricName = Annotated[str, AfterValidator(_known)]
