"""Budgets in the Registry table: one item for each, and one for each change of it."""

import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypedDict

from ledger.aws import dynamodb
from ledger.budgets.budget import Budget, BudgetInput
from ledger.budgets.budget_body import BudgetBody, body
from ledger.core import exact_json, keys
from ledger.core.errors import InvalidRequest, NotFound, Problem
from ledger.core.identity import Identity
from ledger.core.moments import iso

MOST_CHANGES = 100
"""The most changes of a budget that are shown, the latest ones."""


class Change(TypedDict):
    """That a budget was set or deleted, by whom and when."""

    changedAt: str
    """ISO 8601."""
    changedBy: str
    """The did of the administrator."""
    budget: BudgetBody | None
    """As it was set; null where it was deleted."""


class BudgetHistory(TypedDict):
    budget: BudgetBody | None
    """Null where it was deleted."""
    changes: list[Change]
    """The latest first, at most a hundred."""


@dataclass(frozen=True)
class BudgetStore:
    """There may be at most `most_budgets`, as all of them are read at once."""

    table: str
    most_budgets: int = 1_000

    def put(self, budget_id: str, given: BudgetInput, by: Identity, origin: str) -> Budget:
        """Store a budget in place of the one that has its id. `origin` is where the dashboard is found.

        Raises InvalidRequest where there are too many, or a channel does not exist.
        """
        self._require_channels(given.channels)
        key: dynamodb.Item = {"id": {"S": keys.budget(budget_id)}}
        if len(self._items()) >= self.most_budgets and dynamodb.get(self.table, key) is None:
            raise InvalidRequest(Problem("id", f"that of one of {self.most_budgets} budgets: no more are possible"))
        text = exact_json.dumps(given.model_dump(by_alias=True, exclude_none=True)).decode()
        change = self._change(budget_id, by, text)
        item = key | {
            "collection": {"S": keys.BUDGETS},
            "budget": {"S": text},
            "updatedAt": change["changedAt"],
            "updatedBy": change["changedBy"],
            "origin": {"S": origin},
        }
        self._write({"Put": {"TableName": self.table, "Item": item}}, change)
        return _budget(item)

    def delete(self, budget_id: str, by: Identity) -> None:
        """Delete a budget. What was changed of it, this too, is kept. Raises NotFound if it is not there."""
        deletion = {
            "Delete": {
                "TableName": self.table,
                "Key": {"id": {"S": keys.budget(budget_id)}},
                "ConditionExpression": "attribute_exists(id)",
            }
        }
        try:
            self._write(deletion, self._change(budget_id, by))
        except dynamodb.client().exceptions.TransactionCanceledException as canceled:
            reasons = canceled.response.get("CancellationReasons", [])
            if reasons and reasons[0].get("Code") == "ConditionalCheckFailed":
                raise NotFound("no such budget") from None
            raise

    def all(self) -> list[Budget]:
        """Every budget, by id."""
        return list(map(_budget, self._items()))

    def history(self, budget_id: str) -> BudgetHistory:
        """A budget and its changes. Raises NotFound where there never was one."""
        item = dynamodb.get(self.table, {"id": {"S": keys.budget(budget_id)}})
        changes = next(
            self._query(keys.budget_changes(budget_id), limit=MOST_CHANGES, ScanIndexForward=False),
        )
        if item is None and not changes:
            raise NotFound("no such budget")
        return {
            "budget": body(_budget(item)) if item else None,
            "changes": [
                {
                    "changedAt": change["changedAt"]["S"],
                    "changedBy": change["changedBy"]["S"],
                    "budget": body(_as_changed(budget_id, change)) if "budget" in change else None,
                }
                for change in changes
            ],
        }

    def _require_channels(self, channel_ids: Collection[str]) -> None:
        found = dynamodb.get_many(self.table, map(keys.channel, channel_ids))
        if len(found) < len(channel_ids):
            raise InvalidRequest(Problem("channels", "ids of channels that exist"))

    def _change(self, budget_id: str, by: Identity, text: str = "") -> dynamodb.Item:
        moment = iso(time.time())
        change: dynamodb.Item = {
            "id": {"S": keys.budget_change(budget_id, moment, uuid.uuid4().hex)},
            "collection": {"S": keys.budget_changes(budget_id)},
            "changedAt": {"S": moment},
            "changedBy": {"S": by.did},
        }
        return change | {"budget": {"S": text}} if text else change

    def _write(self, write: dict[str, Any], change: dynamodb.Item) -> None:
        """Write, together with what is kept of it."""
        items: Any = [write, {"Put": {"TableName": self.table, "Item": change}}]
        dynamodb.client().transact_write_items(TransactItems=items)

    def _items(self) -> list[dynamodb.Item]:
        return [item for page in self._query(keys.BUDGETS) for item in page]

    def _query(self, collection: str, **request: Any) -> Any:
        return dynamodb.query(
            self.table,
            IndexName=keys.BY_COLLECTION,
            KeyConditionExpression="#collection = :collection",
            ExpressionAttributeNames={"#collection": "collection"},
            ExpressionAttributeValues={":collection": {"S": collection}},
            **request,
        )


def _budget(item: dynamodb.Item) -> Budget:
    budget_id = item["id"]["S"].removeprefix(keys.budget(""))
    origin = item["origin"]["S"] if "origin" in item else ""  # it was not stored at first
    return Budget(budget_id, _given(item), item["updatedAt"]["S"], item["updatedBy"]["S"], origin)


def _as_changed(budget_id: str, change: dynamodb.Item) -> Budget:
    return Budget(budget_id, _given(change), change["changedAt"]["S"], change["changedBy"]["S"], "")


def _given(item: dynamodb.Item) -> BudgetInput:
    return BudgetInput.model_validate(exact_json.loads(item["budget"]["S"]))
