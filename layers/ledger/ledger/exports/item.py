"""An export as an item of the Registry table."""

from dataclasses import asdict
from typing import Any

import orjson

from ledger.aws.dynamodb import Item
from ledger.call_log.selection import LogSelection
from ledger.core import keys
from ledger.exports.job import LIFETIME, Export, Progress
from ledger.exports.query import ExportQuery


def to_item(export: Export) -> Item:
    """Returns the item of an export that no worker has begun."""
    selection = export.selection
    order = {
        "query": export.query.model_dump(mode="json", by_alias=True),
        "did": selection.user_did,
        "start": selection.start,
        "end": selection.end,
        "began": export.began,
        "key": export.key,
        "total": export.total,
    }
    return {
        "id": {"S": keys.export(export.id)},
        "collection": {"S": keys.exports(export.owner)},
        "owner": {"S": export.owner},
        "order": {"S": orjson.dumps(order).decode()},
        "status": {"S": export.status},
        "leaseUntil": {"N": str(export.lease_until)},
        "removeAt": {"N": str(export.began + LIFETIME)},
    }


def from_item(item: Item) -> Export:
    order: dict[str, Any] = orjson.loads(item["order"]["S"])
    query = ExportQuery.model_validate(order["query"])
    numbers = {name: int(item[name]["N"]) for name in ("attempts", "shown", "finished") if name in item}
    return Export(
        id=item["id"]["S"].removeprefix(keys.export("")),
        owner=item["owner"]["S"],
        query=query,
        selection=LogSelection(order["did"], order["start"], order["end"], query.filter),
        began=order["began"],
        key=order["key"],
        total=order["total"],
        status=item["status"]["S"],
        lease_until=int(item["leaseUntil"]["N"]),
        progress=Progress(**orjson.loads(item["progress"]["S"])) if "progress" in item else Progress(),
        sha256=item["sha256"]["S"] if "sha256" in item else "",
        error=item["error"]["S"] if "error" in item else "",
        **numbers,
    )


def progress_attribute(progress: Progress) -> Item:
    return {"S": orjson.dumps(asdict(progress)).decode()}
