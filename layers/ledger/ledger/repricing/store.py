"""The repricings in the Registry table. Each is one item with a revision, so that only one worker can go on with it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.aws import dynamodb
from ledger.core import exact_json, keys
from ledger.core.moments import iso
from ledger.repricing.job import Change, RepriceRequest, Repricing


class RevisionConflict(Exception):
    """Another worker has saved this job since it was read."""


@dataclass(frozen=True)
class RepricingStore:
    table: str

    def begin(self, job: Repricing) -> None:
        """Store a new job."""
        self._put(job, {"ConditionExpression": "attribute_not_exists(id)"})

    def find(self, job_id: str) -> Repricing | None:
        item = dynamodb.get(self.table, {"id": {"S": keys.repricing(job_id)}})
        if item is None:
            return None
        stored = exact_json.loads(item["job"]["S"])
        request = RepriceRequest.model_validate(stored["request"])
        return Repricing(
            id=stored["id"],
            request=request,
            # A job of the version before this one has none.
            repriced_from=stored.get("repricedFrom", request.start_time),
            started_at=stored["startedAt"],
            started_by=stored["startedBy"],
            updated_at=stored["updatedAt"],
            status=stored["status"],
            position=stored["position"],
            calls_read=stored["callsRead"],
            unpriced=stored["unpriced"],
            changed=_change(stored["changed"]),
            models={(each["providerId"], each["model"]): _change(each) for each in stored["models"]},
            revision=int(item["revision"]["N"]),
        )

    def save(self, job: Repricing) -> None:
        """Store how far a job has come. Raises RevisionConflict."""
        known: dynamodb.Item = {":known": {"N": str(job.revision)}}
        self._put(job, {"ConditionExpression": "revision = :known", "ExpressionAttributeValues": known})

    def finish(self, job: Repricing) -> None:
        """Store that a job is done. Raises RevisionConflict."""
        job.status = "done"
        self.save(job)

    def _put(self, job: Repricing, condition: dict[str, Any]) -> None:
        job.updated_at = iso(time.time())
        key: dynamodb.Item = {"id": {"S": keys.repricing(job.id)}}
        item: dynamodb.Item = {
            **key,
            "revision": {"N": str(job.revision + 1)},
            "job": {"S": exact_json.dumps({**job.body(), "position": job.position}).decode()},
        }
        try:
            dynamodb.client().put_item(TableName=self.table, Item=item, **condition)
        except dynamodb.client().exceptions.ConditionalCheckFailedException:
            # The client repeats a request whose answer was lost: then the item there is the one to be written.
            if dynamodb.get(self.table, key) != item:
                raise RevisionConflict(job.id) from None
        job.revision += 1


def _change(stored: Mapping[str, Any]) -> Change:
    return Change(stored["calls"], Decimal(stored["creditsBefore"]), Decimal(stored["creditsAfter"]))
