"""Which calls match a filter, as a condition of SQL on the columns of the archive."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.calls.call_filter import CallFilter
from ledger.calls.metadata_condition import MetadataCondition


class Condition(NamedTuple):
    """An expression of SQL. Values stand for its question marks, so that no text of a caller is SQL."""

    sql: str
    values: Sequence[str | int | Decimal | None]


_METADATA = (
    "list_has_any(CASE WHEN json_type(metadata, ?) = 'ARRAY' THEN json_extract(metadata, ?) "
    "ELSE [json_extract(metadata, ?)] END, [to_json(?), json(?)])"
)
"""Whether a member, or one of the values of the list that it is, is a text or a literal."""


def of_filter(filter: CallFilter) -> Condition:  # noqa: A002 - the name of the thing
    """The condition that `CallFilter.matches` is: everything but the search."""
    found = [
        *(Condition(f"{name} = ?", [value]) for name, value in filter.equal.items()),
        *(Condition(f"{name} IS DISTINCT FROM ?", [value]) for name, value in filter.unequal.items()),
    ]
    if filter.min_duration:
        found.append(Condition("duration >= ?", [filter.min_duration]))
    if filter.min_credits:
        found.append(Condition("credits >= ?", [filter.min_credits]))
    if filter.max_credits is not None:
        found.append(Condition("credits <= ?", [filter.max_credits]))
    found += map(_of_metadata, filter.metadata)
    return all_of(found)


def all_of(conditions: Sequence[Condition]) -> Condition:
    """The condition that all of these hold."""
    values = [value for condition in conditions for value in condition.values]
    return Condition(" AND ".join(condition.sql for condition in conditions) or "true", values)


def _of_metadata(condition: MetadataCondition) -> Condition:
    path = "$" + "".join(f".{_quoted(name)}" for name in condition.path)
    return Condition(_METADATA, [path, f"{path}[*]", path, condition.text, condition.literal])


def _quoted(name: str) -> str:
    """A member of JSON as a path names it."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
