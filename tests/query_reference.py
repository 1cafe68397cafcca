"""Queries answered by reading calls one by one: slow, plain, and what every engine's answer must equal."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.calls import metadata_condition
from ledger.calls.model_call import CallStatus, ModelCall
from ledger.core import exact_json
from ledger.core.time_zones import named_zone
from ledger.pricing.meters import Meter

type Question = Mapping[str, Any]
type Key = tuple[Any, ...]
type Values = dict[str, Any]

FIELDS = {
    "user": "user_did",
    "app": "app_did",
    "provider": "provider_id",
    "model": "model",
    "responseModel": "response_model",
    "type": "type",
    "status": "status",
    "credential": "credential_id",
    "costSource": "cost_source",
    "serviceTier": "service_tier",
}
AMOUNTS = {
    "credits": "credits",
    "costUsd": "cost_usd",
    "totalUsage": "total_usage",
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadInputTokens": "cache_read_input_tokens",
    "cacheCreationInputTokens": "cache_creation_input_tokens",
    "totalTokens": "tokens",
}
LISTED = {"listCostUsd": "list_cost_usd", "cacheSavings": "cache_savings"}
METER_COSTS = {f"{meter}Cost": meter.value for meter in Meter}
ADDS_UP = {"calls", "successCalls", "failedCalls", "unpricedCalls", *AMOUNTS, *LISTED, *METER_COSTS}
"""The metrics of which rows and rest are the total."""


def _member(call: ModelCall, dimension: str) -> Any:
    found: Any = exact_json.loads(call.metadata or "null")
    for name in metadata_condition.path(dimension.removeprefix("metadata.")):
        if isinstance(found, dict):
            found = found.get(name)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):  # pyright: ignore[reportUnknownArgumentType]
            found = found[int(name)]  # pyright: ignore[reportUnknownVariableType]
        else:
            return None
    return found  # pyright: ignore[reportUnknownVariableType]


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else exact_json.dumps(value).decode()


def text(call: ModelCall, dimension: str) -> str | None:
    if dimension in FIELDS:
        value = getattr(call, FIELDS[dimension])
        return None if value is None else str(value)
    return _as_text(_member(call, dimension))


def is_wanted(call: ModelCall, wanted: Mapping[str, Any]) -> bool:
    dimension, value = wanted["dimension"], wanted["value"]
    match wanted["op"]:
        case "in":
            return text(call, dimension) in value
        case "notIn":
            return text(call, dimension) not in value
        case "exists":
            return (text(call, dimension) is not None) == value
        case "contains":
            member = None if dimension in FIELDS else _member(call, dimension)
            if isinstance(member, list):
                return value in map(_as_text, member)  # pyright: ignore[reportUnknownArgumentType]
            return value.lower() in (text(call, dimension) or "").lower()
        case _:
            if dimension in ("duration", "ttfb"):
                amount = getattr(call, dimension)
            elif dimension in AMOUNTS:
                amount = getattr(call, AMOUNTS[dimension])
            else:
                amount = _member(call, dimension)
            if isinstance(amount, str) and amount.isdecimal():
                amount = Decimal(amount)
            if not isinstance(amount, int | Decimal) or isinstance(amount, bool):
                return False
            return amount >= value if wanted["op"] == "gte" else amount <= value


def bucket(call: ModelCall, granularity: str, zone: tzinfo) -> int:
    local = datetime.fromtimestamp(call.call_time, zone)
    midnight = datetime(local.year, local.month, local.day, tzinfo=zone)
    match granularity:
        case "minute":
            return call.call_time - local.second
        case "hour":
            return call.call_time - local.minute * 60 - local.second
        case "day":
            return int(midnight.timestamp())
        case "week":
            return int((midnight - timedelta(days=local.weekday())).timestamp())
        case _:
            return int(midnight.replace(day=1).timestamp())


def _thousandths(number: Fraction) -> Decimal:
    return Decimal(round(number * 1_000)).scaleb(-3)


def _share(part: int, whole: int) -> Decimal | None:
    return _thousandths(Fraction(100 * part, whole)) if whole else None


def _speed(call: ModelCall) -> Decimal | None:
    return (
        _thousandths(Fraction(call.output_tokens) / Fraction(call.duration))
        if call.output_tokens and call.duration
        else None
    )


QUANTITIES: Mapping[str, Callable[[ModelCall], Decimal | None]] = {
    "Duration": lambda call: call.duration,
    "Ttfb": lambda call: call.ttfb,
    "TokensPerSecond": _speed,
}


def values(calls: Sequence[ModelCall], metrics: Iterable[str]) -> Values:
    return {metric: _value(calls, metric) for metric in metrics}


def _value(calls: Sequence[ModelCall], metric: str) -> Any:
    successes = sum(call.status is CallStatus.SUCCESS for call in calls)
    failures = sum(call.status is CallStatus.FAILED for call in calls)
    match metric:
        case "calls":
            return len(calls)
        case "successCalls":
            return successes
        case "failedCalls":
            return failures
        case "unpricedCalls":
            return sum(call.is_unpriced for call in calls)
        case "lastCallTime":
            return max((call.call_time for call in calls), default=None)
        case "users":
            return len({call.user_did for call in calls})
        case "models":
            return len({(call.provider_id, call.model) for call in calls})
        case "successRate":
            return _share(successes, successes + failures)
        case "cacheHitRate":
            read = sum(call.cache_read_input_tokens for call in calls)
            return _share(read, read + sum(call.input_tokens + call.cache_creation_input_tokens for call in calls))
        case _ if metric in AMOUNTS:
            return sum(getattr(call, AMOUNTS[metric]) or 0 for call in calls)
        case _ if metric in LISTED:
            return sum(getattr(call, LISTED[metric]) or 0 for call in calls)
        case _ if metric in METER_COSTS:
            return sum((call.list_costs or {}).get(METER_COSTS[metric], 0) for call in calls)
        case _:
            quantity = next(name for name in QUANTITIES if metric.endswith(name))
            return _statistic(metric.removesuffix(quantity), [*map(QUANTITIES[quantity], calls)])


def _statistic(name: str, found: Iterable[Decimal | None]) -> Decimal | int | None:
    ranked = sorted(value for value in found if value is not None)
    if name in ("sum", "count"):
        return sum(ranked) if name == "sum" else len(ranked)
    if not ranked:
        return None
    match name:
        case "avg":
            return _thousandths(Fraction(sum(map(Fraction, ranked)), len(ranked)))
        case "max":
            return ranked[-1]
        case _:
            return ranked[-(-len(ranked) * int(name[1:]) // 100) - 1]


def groups(calls: Iterable[ModelCall], question: Question) -> dict[Key, list[ModelCall]]:
    """The calls of each group, by the bucket, if there are any, and the dimensions."""
    granularity, zone = question.get("granularity", "none"), named_zone(question.get("timezone", "UTC"))
    found: defaultdict[Key, list[ModelCall]] = defaultdict(list)
    for call in calls:
        if not question["startTime"] <= call.call_time <= question["endTime"]:
            continue
        if all(is_wanted(call, wanted) for wanted in question.get("filters", ())):
            of_time = () if granularity == "none" else (bucket(call, granularity, zone),)
            found[*of_time, *(text(call, dimension) for dimension in question.get("groupBy", ()))].append(call)
    return found


def ordered(found: Mapping[Key, Sequence[ModelCall]], question: Question) -> list[tuple[Key, Values]]:
    """The keys and the values of the groups, in the order that was asked for."""
    has_buckets = question.get("granularity", "none") != "none"
    metrics, dimensions = question["metrics"], list(question.get("groupBy", ()))
    names = (["timestamp"] if has_buckets else []) + dimensions
    rows = [(key, values(calls, metrics)) for key, calls in found.items()]
    rows.sort(key=lambda row: [(part is None, "" if part is None else part) for part in row[0]])
    order = question.get("orderBy")
    orders = [order] if order else ["timestamp", f"-{metrics[0]}"] if has_buckets else [f"-{metrics[0]}"]
    for by in reversed(orders):
        name = by.removeprefix("-")

        def rank(row: tuple[Key, Values], name: str = name) -> Any:
            return row[0][names.index(name)] if name in names else row[1][name]

        known = sorted((row for row in rows if rank(row) is not None), key=rank, reverse=by.startswith("-"))
        rows = known + [row for row in rows if rank(row) is None]
    return rows
