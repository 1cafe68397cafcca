"""The columns of the archive's files: every field of a ModelCall, under the name of the field.

The files are written from items in the notation of DynamoDB's JSON, which DuckDB reads itself: no call becomes a Python
object on its way to the archive.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ledger.calls.call_item import AMOUNTS, COUNTS, DECIMALS, STRINGS, amounts
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall

TEXT, COUNT, DECIMAL = "VARCHAR", "BIGINT", "DECIMAL(38,10)"


class Column(NamedTuple):
    """A column, and the attribute of an item that it comes from."""

    name: str
    type: str
    attribute: str

    def expression(self, item: str = "") -> str:
        """The SQL expression of its value in a row whose columns are the attributes of an item.

        `item` is the column that has the attributes, with a dot behind it, where it is not the row itself.
        """
        if self.type == TEXT:
            return f'{item}"{self.attribute}".S'
        value = f'CAST({item}"{self.attribute}".N AS {self.type})'
        return f"coalesce({value}, 0)" if self.name in COUNTS.values() else value

    @property
    def notation(self) -> str:
        """The type of its attribute in DynamoDB's JSON."""
        return "STRUCT(S VARCHAR)" if self.type == TEXT else "STRUCT(N VARCHAR)"


_FROM_ATTRIBUTES = (
    Column("user_did", TEXT, "userDid"),
    Column("provider_id", TEXT, "providerId"),
    Column("model", TEXT, "model"),
    Column("type", TEXT, "type"),
    Column("status", TEXT, "status"),
    Column("credits", DECIMAL, "credits"),
    Column("cost_source", TEXT, "costSource"),
    Column("total_usage", DECIMAL, "totalUsage"),
    Column("updated_at", TEXT, "updatedAt"),
    Column("revision", COUNT, "revision"),
    *(Column(name, TEXT, attribute) for attribute, name in STRINGS.items()),
    *(Column(name, TEXT, attribute) for attribute, name in AMOUNTS.items()),
    *(Column(name, COUNT, attribute) for attribute, name in COUNTS.items()),
    *(Column(name, DECIMAL, attribute) for attribute, name in DECIMALS.items()),
)
NAMES = ("id", "call_time", *(column.name for column in _FROM_ATTRIBUTES))
"""The names of all columns, in their order. `other_usage`, `list_costs` and `metadata` are JSON texts."""
TYPES = {"id": TEXT, "call_time": COUNT} | {column.name: column.type for column in _FROM_ATTRIBUTES}
ITEM = dict.fromkeys(("id", "callTimeId"), "STRUCT(S VARCHAR)") | {
    column.attribute: column.notation for column in _FROM_ATTRIBUTES
}
"""The attributes of an item that are read, with their types in DynamoDB's JSON."""
SELECTION = ", ".join(
    [
        '"id".S AS id',
        'CAST("callTimeId".S[:10] AS BIGINT) AS call_time',
        *(f"{column.expression()} AS {column.name}" for column in _FROM_ATTRIBUTES),
    ]
)
"""The SQL expressions of all columns, in rows whose columns are the attributes of an item."""
_COUNTED = frozenset(
    ("user_did", "app_did", "type", "provider_id", "model", "status", "credits", "cost_source", "total_usage")
) | {*COUNTS.values(), "duration", "ttfb"}
COUNTED = tuple(column for column in _FROM_ATTRIBUTES if column.name in _COUNTED)
"""The columns that statistics are made of, beside the time of the call."""


def to_call(row: Sequence[Any]) -> ModelCall:
    """Returns the call of a row that has the columns NAMES."""
    fields: dict[str, Any] = dict(zip(NAMES, row, strict=True))
    fields["type"] = CallType(fields["type"])
    fields["status"] = CallStatus(fields["status"])
    fields["cost_source"] = CostSource(fields["cost_source"])
    for name in AMOUNTS.values():
        if fields[name] is not None:
            fields[name] = amounts(fields[name])
    return ModelCall(**fields)
