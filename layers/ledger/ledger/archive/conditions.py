"""Which calls match a filter, as a condition of SQL on the columns of the archive."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.calls.call_filter import CallFilter
from ledger.calls.metadata_condition import MetadataCondition
from ledger.calls.text_search import ALIKE, SearchField, TextSearch


class Condition(NamedTuple):
    """An expression of SQL. Values stand for its question marks, so that no text of a caller is SQL."""

    sql: str
    values: Sequence[str | int | Decimal | Sequence[str] | None]


class Named(NamedTuple):
    """The dids of users and apps."""

    users: Sequence[str] = ()
    apps: Sequence[str] = ()


_SEARCHED: dict[SearchField, str] = {
    "model": "model",
    "appDid": "app_did",
    "userDid": "user_did",
    "traceId": "trace_id",
    "id": "id",
}
"""The columns of the fields that are searched."""
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


def of_search(search: TextSearch, named: Named) -> Condition:
    """The condition that a text occurs in a call. `named` are the users and apps in whose names it occurs."""
    found = [
        Condition(f"contains({_folded(_SEARCHED[field], search)}, ?)", [search.wanted])
        for field in search.fields
        if field in _SEARCHED
    ]
    for field, column, dids in (("userName", "user_did", named.users), ("appName", "app_did", named.apps)):
        if field in search.fields and dids:
            found.append(Condition(f"{column} IN (SELECT unnest(?))", [dids]))
    return _joined(found, " OR ", "false")


def all_of(conditions: Sequence[Condition]) -> Condition:
    """The condition that all of these hold."""
    return _joined(conditions, " AND ", "true")


def _joined(conditions: Sequence[Condition], operator: str, neutral: str) -> Condition:
    sql = operator.join(condition.sql for condition in conditions)
    return Condition(f"({sql})" if sql else neutral, [value for condition in conditions for value in condition.values])


def _folded(column: str, search: TextSearch) -> str:
    """The expression of a column's text as it is compared, as far as it matters for a search."""
    expression = f"lower({column})"
    for letter, alike in ALIKE.items():
        if alike[0] in search.wanted:
            expression = f"replace({expression}, '{letter}', '{alike}')"
    return expression


def _of_metadata(condition: MetadataCondition) -> Condition:
    path = "$" + "".join(f".{_quoted(name)}" for name in condition.path)
    return Condition(_METADATA, [path, f"{path}[*]", path, condition.text, condition.literal])


def _quoted(name: str) -> str:
    """A member of JSON as a path names it."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
