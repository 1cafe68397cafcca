"""The erasures in the Registry table: one item for each user who was ever erased, under an id that hides the did."""

import time
from dataclasses import dataclass
from typing import Any

from ledger.aws import dynamodb
from ledger.core import keys
from ledger.core.moments import DAY, iso
from ledger.erasure.job import Erasure

REMEMBERED = 90 * DAY
"""Seconds for which an erasure is stored: far longer than a call may wait in a queue to be written."""


class RequestedAgain(Exception):
    """The erasure was requested again since it was read, so there is more to remove."""


@dataclass(frozen=True)
class ErasureStore:
    table: str

    def begin(self, did: str) -> Erasure:
        """Begin to erase what was received of a user until now, or extend the erasure that is running until now."""
        now = time.time()
        return self._update(
            keys.erasure_id(did),
            "SET did = :did, requestedAt = :now, removeAt = :end REMOVE finishedAt, isLastPass, clearedAt, #position",
            {
                ":did": {"S": did},
                ":now": {"S": iso(now)},
                ":end": {"N": str(int(now) + REMEMBERED)},
            },
        )

    def find(self, erasure_id: str) -> Erasure | None:
        item = dynamodb.get(self.table, _key(erasure_id))
        return _from_item(item) if item else None

    def save(self, erasure: Erasure, position: str, *, last_pass: bool, calls: int = 0, revoked: int = 0) -> Erasure:
        """Store how far the erasure has come, and add what was removed since the last save. Raises RequestedAgain."""
        return self._update(
            erasure.id,
            "SET #position = :position, isLastPass = :last ADD callsRemoved :calls, keysRevoked :revoked",
            {
                ":position": {"S": position},
                ":last": {"BOOL": last_pass},
                ":calls": {"N": str(calls)},
                ":revoked": {"N": str(revoked)},
            },
            erasure.requested_at,
        )

    def save_cold(self, erasure: Erasure, day: str, *, cleared_at: int, calls: int = 0) -> Erasure:
        """Store which cold day was the last one done, and since when the table is cleared. Raises RequestedAgain."""
        return self._update(
            erasure.id,
            "SET #position = :day, clearedAt = :cleared ADD callsRemoved :calls",
            {":day": {"S": day}, ":cleared": {"N": str(cleared_at)}, ":calls": {"N": str(calls)}},
            erasure.requested_at,
        )

    def finish(self, erasure: Erasure) -> Erasure:
        """Store that the erasure is done, and remove the did from it. Raises RequestedAgain."""
        expression = "SET finishedAt = if_not_exists(finishedAt, :now) REMOVE did, isLastPass, clearedAt, #position"
        return self._update(erasure.id, expression, {":now": {"S": iso(time.time())}}, erasure.requested_at)

    def _update(self, erasure_id: str, expression: str, values: dynamodb.Item, requested_at: str = "") -> Erasure:
        condition: Any = {"ConditionExpression": "requestedAt = :requested"} if requested_at else {}
        try:
            updated: Any = dynamodb.client().update_item(
                TableName=self.table,
                Key=_key(erasure_id),
                UpdateExpression=expression,
                ExpressionAttributeNames={"#position": "position"},
                ExpressionAttributeValues=values | ({":requested": {"S": requested_at}} if requested_at else {}),
                ReturnValues="ALL_NEW",
                **condition,
            )
        except dynamodb.client().exceptions.ConditionalCheckFailedException:
            raise RequestedAgain(erasure_id) from None
        return _from_item(updated["Attributes"])


def _key(erasure_id: str) -> dynamodb.Item:
    return {"id": {"S": keys.erasure(erasure_id)}}


def _from_item(item: dynamodb.Item) -> Erasure:
    return Erasure(
        id=item["id"]["S"].removeprefix(keys.erasure("")),
        did=item["did"]["S"] if "did" in item else "",
        requested_at=item["requestedAt"]["S"],
        finished_at=item["finishedAt"]["S"] if "finishedAt" in item else None,
        position=item["position"]["S"] if "position" in item else "",
        is_last_pass="isLastPass" in item and item["isLastPass"]["BOOL"],
        cleared_at=int(item["clearedAt"]["N"]) if "clearedAt" in item else 0,
        calls_removed=int(item["callsRemoved"]["N"]) if "callsRemoved" in item else 0,
        keys_revoked=int(item["keysRevoked"]["N"]) if "keysRevoked" in item else 0,
    )
