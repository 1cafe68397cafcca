"""The filters of a query: which calls it is about. A call has to match all of them."""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal, assert_never

from pydantic import BeforeValidator, Field, StringConstraints

from ledger.archive.conditions import Condition
from ledger.core import exact_json
from ledger.core.field_types import Input, no_boolean
from ledger.query.dimensions import METADATA, Dimension, Expression, pointer, text

MOST_VALUES = 100
_QUANTITIES: Final = {
    "duration": "duration",
    "ttfb": "ttfb",
    "credits": "credits",
    "costUsd": "cost_usd",
    "totalUsage": "total_usage",
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadInputTokens": "cache_read_input_tokens",
    "cacheCreationInputTokens": "cache_creation_input_tokens",
}


def _text(value: Any) -> Any:
    """Metadata has numbers, true and false too, which dimensions have as texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return exact_json.plain(value) if isinstance(value, int | Decimal) else value


def _measurable(name: str) -> str:
    if name not in _QUANTITIES and not name.startswith(METADATA):
        raise ValueError(f"one of {', '.join(_QUANTITIES)}, or metadata. and a path, as gte and lte compare numbers")
    return name


Value = Annotated[Annotated[str, StringConstraints(max_length=1_000)] | None, BeforeValidator(_text)]
Bound = Annotated[Decimal, BeforeValidator(no_boolean), Field(gt=-(10**18), lt=10**18, decimal_places=10)]


class OneOf(Input):
    """Calls whose text is one of some, or is none of them. null stands for calls that have no text."""

    dimension: Dimension
    op: Literal["in", "notIn"]
    value: Annotated[list[Value], Field(min_length=1, max_length=MOST_VALUES)]


class Contains(Input):
    """Calls whose text has another in it, in any case. A list in metadata contains its elements."""

    dimension: Dimension
    op: Literal["contains"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Exists(Input):
    """Calls that have a text, or (false) those that have none."""

    dimension: Dimension
    op: Literal["exists"]
    value: bool


class Bounded(Input):
    """Calls that have at least or at most so much of something, or a number in metadata."""

    dimension: Annotated[str, BeforeValidator(_measurable)]
    op: Literal["gte", "lte"]
    value: Bound


Filter = Annotated[OneOf | Contains | Exists | Bounded, Field(discriminator="op")]


def condition(wanted: Filter) -> Condition:
    """The calls that a filter leaves, as a condition of SQL."""
    quantity = _QUANTITIES.get(wanted.dimension)
    sql, of_path = Expression(quantity, ()) if quantity else text(wanted.dimension)
    match wanted:
        case OneOf(value=values):
            texts = [value for value in values if value is not None]
            is_one = f"{sql} IN ({', '.join('?' * len(texts))})" if texts else f"{sql} <> {sql}"
            found = f"coalesce({is_one}, {'true' if None in values else 'false'})"
            paths = of_path if texts else of_path * 2
            return Condition(found if wanted.op == "in" else f"NOT {found}", [*paths, *texts])
        case Contains(value=value):
            return _contains(wanted.dimension, value)
        case Exists(value=exists):
            return Condition(f"{sql} IS {'NOT ' if exists else ''}NULL", of_path)
        case Bounded(value=bound):
            amount = sql if quantity else f"TRY_CAST({sql} AS DECIMAL(38,10))"
            return Condition(f"{amount} {'>=' if wanted.op == 'gte' else '<='} ?", [*of_path, bound])
        case _:
            assert_never(wanted)


def _contains(dimension: str, value: str) -> Condition:
    sql, of_path = text(dimension)
    is_part = f"contains(lower({sql}), lower(?))"
    if not of_path:
        return Condition(is_part, [value])
    elements = "json_extract_string(json_extract(metadata, ?), '$[*]')"
    place = pointer(dimension)
    return Condition(
        f"CASE json_type(metadata, ?) WHEN 'ARRAY' THEN list_contains({elements}, ?) ELSE {is_part} END",
        [place, place, value, place, value],
    )
