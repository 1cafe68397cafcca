"""The conditions under which an item of the Calls table is written: parameters of PutItem and DeleteItem."""

from typing import Any

from ledger.aws import dynamodb

_CAME_UNTIL = "receivedAt <= :moment OR (attribute_not_exists(receivedAt) AND updatedAt <= :moment)"


def came_until(moment: str) -> dict[str, Any]:
    """The condition that a call came until a moment, in ISO 8601."""
    return {"ConditionExpression": _CAME_UNTIL, "ExpressionAttributeValues": {":moment": {"S": moment}}}


def is_forgotten(now: int) -> dict[str, Any]:
    """The condition that no item has this key, or one that has expired."""
    return {
        "ConditionExpression": "attribute_not_exists(id) OR expiresAt <= :now",
        "ExpressionAttributeValues": {":now": {"N": str(now)}},
    }


def is_not_newer(item: dynamodb.Item) -> dict[str, Any]:
    """The condition that an item replaces only what is older: by the revision, else by the moment."""
    if "revision" in item:
        return {
            "ConditionExpression": "attribute_not_exists(revision) OR revision <= :revision",
            "ExpressionAttributeValues": {":revision": item["revision"]},
        }
    return {
        "ConditionExpression": f"attribute_not_exists(id) OR {_CAME_UNTIL}",
        "ExpressionAttributeValues": {":moment": item["receivedAt"]},
    }


def is_own(item: dynamodb.Item) -> dict[str, Any]:
    """As `is_not_newer` for an item with a revision, which replaces only what the same writer recorded."""
    condition = is_not_newer(item)
    return {
        "ConditionExpression": (
            f"({condition['ConditionExpression']}) AND (attribute_not_exists(recordedBy) OR recordedBy = :by)"
        ),
        "ExpressionAttributeValues": condition["ExpressionAttributeValues"] | {":by": item["recordedBy"]},
    }
