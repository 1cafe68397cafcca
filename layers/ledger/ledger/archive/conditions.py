"""Which calls match a filter, as a condition of SQL on the columns of the archive."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.calls.call_filter import CallFilter


class Condition(NamedTuple):
    """An expression of SQL. Values stand for its question marks, so that no text of a caller is SQL."""

    sql: str
    values: Sequence[str | int | Decimal]


def of_filter(filter: CallFilter) -> Condition:  # noqa: A002 - the name of the thing
    """The condition that `CallFilter.matches` is: everything but the search."""
    conditions: dict[str, str | Decimal] = {
        **{f"{name} = ?": value for name, value in filter.equal.items()},
        **{f"{name} IS DISTINCT FROM ?": value for name, value in filter.unequal.items()},
    }
    if filter.min_duration:
        conditions["coalesce(duration, 0) >= ?"] = filter.min_duration
    return Condition(" AND ".join(conditions) or "true", list(conditions.values()))
