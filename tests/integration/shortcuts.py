"""Shortcuts through moto's DynamoDB, each of whose requests otherwise takes as long as its tables."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

type Operations = Sequence[Mapping[str, Mapping[str, Any]]]

_transact: Final = DynamoDBBackend.transact_write_items


def take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions copy their own items and no tables; keys are compared as they are, and sorted by one pass."""
    monkeypatch.setattr(models, "copy", SimpleNamespace(deepcopy=_copy_of_an_item))
    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", _undone_if_it_fails)
    monkeypatch.setattr(DynamoType, "__eq__", _equal)
    monkeypatch.setattr(Table, "all_items", _sorted_items)


def _copy_of_an_item(one: Any) -> Any:
    return one if isinstance(one, Table) else copy.deepcopy(one)


def _undone_if_it_fails(backend: DynamoDBBackend, transact_items: Operations) -> None:
    """What a transaction does. Where it fails, its items are what they were, and the streams too."""
    before = [_Before(backend, operation) for item in transact_items for operation in item.values()]
    try:
        _transact(backend, transact_items)  # pyright: ignore[reportArgumentType]
    except Exception:
        for each in before:
            each.restore()
        raise


class _Before:
    """An item as it was before an operation, and the end of its table's stream."""

    def __init__(self, backend: DynamoDBBackend, operation: Mapping[str, Any]) -> None:
        self.table = backend.get_table(operation["TableName"])
        self.keys = backend.get_keys_value(self.table, operation.get("Key") or operation["Item"])
        self.item = copy.deepcopy(self.table.get_item(*self.keys))
        self.changes = len(self.table.stream_shard.items) if self.table.stream_shard else 0

    def restore(self) -> None:
        hash_key, range_key = self.keys
        self.table.delete_item(hash_key, range_key)
        if self.item is not None and range_key is not None:
            self.table.items[hash_key][range_key] = self.item
        elif self.item is not None:
            self.table.items[hash_key] = self.item  # pyright: ignore[reportArgumentType]
        if self.table.stream_shard:
            del self.table.stream_shard.items[self.changes :]


def _equal(one: DynamoType, other: DynamoType) -> bool:
    if one.type == other.type == "S":
        return one.value == other.value
    return one.type == other.type and one.cast_value == other.cast_value


def _sorted_items(table: Table) -> list[Item]:
    parts = cast("Iterable[Any]", table.items.values())  # items, or mappings of range keys to items
    items: Iterable[Item] = chain.from_iterable(part.values() for part in parts) if table.range_key_attr else parts
    return sorted(items, key=_order)


def _order(item: Item) -> tuple[Any, Any]:
    return item.hash_key.cast_value, item.range_key and item.range_key.cast_value
