"""The exports in the Registry table.

An export is one item, whose lease says which worker writes it. A second item leads from a request to the export that it
began, so that the same request finds it again.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError

from ledger.aws import dynamodb
from ledger.core import keys
from ledger.exports.item import from_item, progress_attribute, to_item
from ledger.exports.job import LIFETIME, Export, Progress

MOST_LISTED = 100


class LeaseLost(Exception):
    """Another worker holds the lease of this export, or the export has ended."""


@dataclass(frozen=True)
class ExportStore:
    """A worker that has not renewed its lease for `lease` seconds is taken to be dead."""

    table: str
    lease: int = 60

    def add(self, export: Export) -> None:
        """Store an export that is written within its request."""
        dynamodb.client().put_item(TableName=self.table, Item=to_item(export))

    def begin(self, export: Export) -> Export:
        """Store an export, unless there is one that answers the same request. Returns the one that is stored."""
        request = dynamodb.get(self.table, {"id": {"S": _request_key(export)}})
        other = self.find(request["export"]["S"]) if request else None
        if other and other.answers_again(time.time()):
            return other
        free: Any = {"ConditionExpression": "attribute_not_exists(id)"}
        if request:
            free = {
                "ConditionExpression": "#export = :ended",
                "ExpressionAttributeNames": {"#export": "export"},
                "ExpressionAttributeValues": {":ended": request["export"]},
            }
        puts: Any = [{"Item": to_item(export)}, {"Item": _request_item(export), **free}]
        try:
            both: Any = [{"Put": {"TableName": self.table, **put}} for put in puts]
            dynamodb.client().transact_write_items(TransactItems=both)
        except ClientError as error:
            if _is_refused(error):  # another has begun it at the same moment
                return self.begin(export)
            raise
        return export

    def add_request(self, export: Export) -> None:
        """Let the same request find an export that could not be finished within its request."""
        dynamodb.client().put_item(TableName=self.table, Item=_request_item(export))

    def find(self, export_id: str) -> Export | None:
        item = dynamodb.get(self.table, {"id": {"S": keys.export(export_id)}})
        export = from_item(item) if item else None
        return export if export and export.began + LIFETIME > time.time() else None

    def of_user(self, did: str) -> list[Export]:
        """Returns the exports that a user began, newest first, at most MOST_LISTED."""
        return next(self._pages(did, int(time.time()) - LIFETIME))

    def all_of_user(self, did: str) -> Iterator[Export]:
        """Yields all exports that a user began, also those that have expired but are still in the table."""
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
        return ([from_item(item) for item in page] for page in pages)

    def take(self, export: Export, worker: str) -> None:
        """Take the lease for a worker. Raises LeaseLost if another worker took it first.

        A worker that holds the lease may take it again: the client repeats a request whose answer was lost.
        """
        self._set(
            export.id,
            "#status = :running AND (#leaseUntil = :before OR #worker = :mine)",
            {":running": {"S": "running"}, ":before": {"N": str(export.lease_until)}, ":mine": {"S": worker}},
            worker={"S": worker},
            leaseUntil=self._lease_until(),
            attempts={"N": str(export.attempts + 1)},
        )

    def save(
        self, export: Export, worker: str, progress: Progress, *, released: bool = False, attempts: int = 0
    ) -> None:
        """Store the progress, and renew the lease or with `released` end it. Raises LeaseLost."""
        self._set_own(
            export,
            worker,
            progress=progress_attribute(progress),
            shown={"N": str(progress.rows)},
            leaseUntil=_now() if released else self._lease_until(),
            attempts={"N": str(attempts)},
        )

    def renew(self, export: Export, worker: str, rows: int) -> None:
        """Renew the lease, and store how many rows its owner sees as written. Raises LeaseLost."""
        self._set_own(export, worker, shown={"N": str(rows)}, leaseUntil=self._lease_until())

    def release(self, export: Export, worker: str) -> None:
        """End the lease, so that another worker can go on at once. Raises LeaseLost."""
        self._set_own(export, worker, leaseUntil=_now())

    def finish(self, export: Export, worker: str, progress: Progress, sha256: str) -> None:
        """Store that the export is ready. Raises LeaseLost."""
        self._set_own(
            export,
            worker,
            status={"S": "ready"},
            progress=progress_attribute(progress),
            sha256={"S": sha256},
            finished=_now(),
        )

    def fail(self, export: Export, worker: str, error: str = "") -> None:
        """Store that the export has failed, and why where that is worth telling. Raises LeaseLost."""
        self._set_own(export, worker, status={"S": "failed"}, error={"S": error}, finished=_now())

    def cancel(self, export: Export) -> None:
        """Make an export fail, whoever holds its lease. Raises LeaseLost if it is not there."""
        self._set(export.id, "attribute_exists(id)", {}, status={"S": "failed"})

    def delete(self, export: Export) -> None:
        """Delete the export's item and its request's."""
        for key in (_request_key(export), keys.export(export.id)):
            dynamodb.client().delete_item(TableName=self.table, Key={"id": {"S": key}})

    def _set_own(self, export: Export, worker: str, **attributes: dynamodb.Item) -> None:
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

    def _lease_until(self) -> dynamodb.Item:
        return {"N": str(int(time.time()) + self.lease)}


def _now() -> dynamodb.Item:
    return {"N": str(int(time.time()))}


def _is_refused(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") in (
        "ConditionalCheckFailedException",
        "TransactionCanceledException",
    )


def _request_key(export: Export) -> str:
    return keys.exporting(keys.digest(export.owner, export.query.model_dump_json()))


def _request_item(export: Export) -> dynamodb.Item:
    return {
        "id": {"S": _request_key(export)},
        "export": {"S": export.id},
        "removeAt": {"N": str(export.began + LIFETIME)},
    }
