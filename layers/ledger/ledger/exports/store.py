"""The exports in the Registry table: who works on each, and which one a request that is repeated finds."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import orjson
from botocore.exceptions import ClientError

from ledger.aws import dynamodb
from ledger.call_log.selection import Selection
from ledger.core import keys
from ledger.exports.export import LIFETIME, Export, Progress
from ledger.exports.query import ExportQuery

LEASE = 60
"""Seconds after which a worker that says nothing is taken for dead."""
MOST_LISTED = 100


class LeaseLost(Exception):
    """Another worker has taken over, or the export is finished."""


@dataclass(frozen=True)
class ExportTable:
    table: str

    def put(self, export: Export) -> None:
        """Keep an export that is written in its request."""
        dynamodb.client().put_item(TableName=self.table, Item=_item(export))

    def begin(self, export: Export) -> Export:
        """Keep an export for a job to write. Answers the one that runs, or has just ended, for the same request."""
        note = dynamodb.get(self.table, {"id": {"S": _note_key(export)}})
        other = self.find(note["export"]["S"]) if note else None
        if other and other.answers_again(time.time()):
            return other
        free: Any = {"ConditionExpression": "attribute_not_exists(id)"}
        if note:
            free = {
                "ConditionExpression": "#export = :ended",
                "ExpressionAttributeNames": {"#export": "export"},
                "ExpressionAttributeValues": {":ended": note["export"]},
            }
        puts: Any = [{"Item": _item(export)}, {"Item": _note(export), **free}]
        try:
            both: Any = [{"Put": {"TableName": self.table, **put}} for put in puts]
            dynamodb.client().transact_write_items(TransactItems=both)
        except ClientError as error:
            if _is_refused(error):  # another has begun it at the same moment
                return self.begin(export)
            raise
        return export

    def note(self, export: Export) -> None:
        """Let the same request find an export that goes on as a job."""
        dynamodb.client().put_item(TableName=self.table, Item=_note(export))

    def find(self, export_id: str) -> Export | None:
        item = dynamodb.get(self.table, {"id": {"S": keys.export(export_id)}})
        export = _export(item) if item else None
        return export if export and export.began + LIFETIME > time.time() else None

    def of_user(self, did: str) -> list[Export]:
        """Those that a user began, the newest first; at most MOST_LISTED."""
        return next(self._pages(did, int(time.time()) - LIFETIME))

    def all_of_user(self, did: str) -> Iterator[Export]:
        """Those that a user began, and that TTL has not removed."""
        return chain.from_iterable(self._pages(did, 0))

    def _pages(self, did: str, since: int) -> Iterator[list[Export]]:
        pages = dynamodb.query(
            self.table,
            limit=MOST_LISTED,
            IndexName=keys.BY_COLLECTION,
            KeyConditionExpression="#collection = :exports AND id > :oldest",
            ExpressionAttributeNames={"#collection": "collection"},
            ExpressionAttributeValues={
                ":exports": {"S": keys.exports(did)},
                ":oldest": {"S": keys.export(f"{since:08x}")},
            },
            ScanIndexForward=False,
        )
        return ([_export(item) for item in page] for page in pages)

    def take(self, export: Export, worker: str) -> None:
        """Become the one who works on it, or stay that. Raises LeaseLost if another has been quicker.

        A request whose answer was lost is sent again by the client, and must not find itself to be the other.
        """
        self._set(
            export.id,
            "#status = :running AND (#leaseUntil = :before OR #worker = :mine)",
            {":running": {"S": "running"}, ":before": {"N": str(export.lease_until)}, ":mine": {"S": worker}},
            worker={"S": worker},
            leaseUntil={"N": str(_lease())},
            attempts={"N": str(export.attempts + 1)},
        )

    def save(
        self, export: Export, worker: str, progress: Progress, *, released: bool = False, attempts: int = 0
    ) -> None:
        """Keep how far it has come; `released` where the worker stops. Raises LeaseLost."""
        until = int(time.time()) if released else _lease()
        self._own(
            export,
            worker,
            progress={"S": orjson.dumps(asdict(progress)).decode()},
            shown={"N": str(progress.rows)},
            leaseUntil={"N": str(until)},
            attempts={"N": str(attempts)},
        )

    def show(self, export: Export, worker: str, rows: int) -> None:
        """Say that the work goes on. Raises LeaseLost."""
        self._own(export, worker, shown={"N": str(rows)}, leaseUntil={"N": str(_lease())})

    def release(self, export: Export, worker: str) -> None:
        """Let another take it up at once. Raises LeaseLost."""
        self._own(export, worker, leaseUntil={"N": str(int(time.time()))})

    def finish(self, export: Export, worker: str, progress: Progress, sha256: str) -> None:
        """It is ready. Raises LeaseLost."""
        self._own(
            export,
            worker,
            status={"S": "ready"},
            progress={"S": orjson.dumps(asdict(progress)).decode()},
            sha256={"S": sha256},
            finished={"N": str(int(time.time()))},
        )

    def fail(self, export: Export, worker: str) -> None:
        """It will never be ready. Raises LeaseLost."""
        self._own(export, worker, status={"S": "failed"}, finished={"N": str(int(time.time()))})

    def stop(self, export: Export) -> None:
        """It will never be ready, nor read, whoever works on it. Raises LeaseLost if it is gone."""
        self._set(export.id, "attribute_exists(id)", {}, status={"S": "failed"})

    def remove(self, export: Export) -> None:
        """Keep nothing of it, nor of the request that it was begun for."""
        for key in (_note_key(export), keys.export(export.id)):
            dynamodb.client().delete_item(TableName=self.table, Key={"id": {"S": key}})

    def _own(self, export: Export, worker: str, **attributes: dynamodb.Item) -> None:
        mine = {":worker": {"S": worker}, ":running": {"S": "running"}}
        self._set(export.id, "#worker = :worker AND #status = :running", mine, **attributes)

    def _set(self, export_id: str, condition: str, values: dynamodb.Item, **attributes: dynamodb.Item) -> None:
        named = {*attributes, *(name for name in ("status", "worker", "leaseUntil") if f"#{name}" in condition)}
        try:
            dynamodb.client().update_item(
                TableName=self.table,
                Key={"id": {"S": keys.export(export_id)}},
                UpdateExpression="SET " + ", ".join(f"#{name} = :new_{name}" for name in attributes),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in named},
                ExpressionAttributeValues=values | {f":new_{name}": value for name, value in attributes.items()},
            )
        except ClientError as error:
            if _is_refused(error):
                raise LeaseLost(export_id) from None
            raise


def _lease() -> int:
    return int(time.time()) + LEASE


def _is_refused(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") in (
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
    )


def _note_key(export: Export) -> str:
    return keys.exporting(keys.digest(export.owner, export.query.model_dump_json()))


def _note(export: Export) -> dynamodb.Item:
    return {
        "id": {"S": _note_key(export)},
        "export": {"S": export.id},
        "removeAt": {"N": str(export.began + LIFETIME)},
    }


def _item(export: Export) -> dynamodb.Item:
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


def _export(item: dynamodb.Item) -> Export:
    order: dict[str, Any] = orjson.loads(item["order"]["S"])
    progress = Progress(**orjson.loads(item["progress"]["S"])) if "progress" in item else Progress()
    query = ExportQuery.model_validate(order["query"])
    numbers = {name: int(item[name]["N"]) for name in ("attempts", "shown", "finished") if name in item}
    return Export(
        id=item["id"]["S"].removeprefix(keys.export("")),
        owner=item["owner"]["S"],
        query=query,
        selection=Selection(order["did"], order["start"], order["end"], query),
        began=order["began"],
        key=order["key"],
        total=order["total"],
        status=item["status"]["S"],
        lease_until=int(item["leaseUntil"]["N"]),
        progress=progress,
        sha256=item["sha256"]["S"] if "sha256" in item else "",
        **numbers,
    )
