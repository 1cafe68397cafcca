"""Erasures of users, as the Registry table keeps them: what was asked for, how far it is, and for long enough after."""

import time
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from ledger.aws import dynamodb
from ledger.core import keys
from ledger.core.moments import DAY, iso

REMEMBERED = 90 * DAY
"""Seconds for which an erasure is known: far longer than a call may wait in a queue to be written."""


class AskedAgain(Exception):
    """The erasure was asked for again meanwhile: there is more to remove."""


class ErasureBody(TypedDict):
    """`callsRemoved` are the calls that were in the log, `keysRevoked` the API keys that acted as the user.

    Both of all the erasures of this user that are remembered.
    """

    erasureId: str
    status: Literal["running", "done"]
    requestedAt: str
    finishedAt: str | None
    callsRemoved: int
    keysRevoked: int


@dataclass(frozen=True)
class Erasure:
    """Of all that was received until `requested_at`, in ISO 8601. Once done, it does not know any more of whom.

    `position` is where the calls end that this pass has removed. The last pass began when nothing was under way.
    """

    id: str
    did: str
    requested_at: str
    finished_at: str | None = None
    position: str = ""
    is_last_pass: bool = False
    calls_removed: int = 0
    keys_revoked: int = 0

    def to_json(self) -> ErasureBody:
        return {
            "erasureId": self.id,
            "status": "done" if self.finished_at else "running",
            "requestedAt": self.requested_at,
            "finishedAt": self.finished_at,
            "callsRemoved": self.calls_removed,
            "keysRevoked": self.keys_revoked,
        }


@dataclass(frozen=True)
class Erasures:
    """The erasures in the Registry table, one for each user who was ever erased."""

    table: str

    def begin(self, did: str) -> Erasure:
        """Ask for the erasure of all that was received of a user until now. One that runs goes on, until now too."""
        now = time.time()
        return self._update(
            keys.erasure_id(did),
            "SET did = :did, requestedAt = :now, removeAt = :end REMOVE finishedAt, isLastPass, #position",
            {
                ":did": {"S": did},
                ":now": {"S": iso(now)},
                ":end": {"N": str(int(now) + REMEMBERED)},
            },
        )

    def find(self, erasure_id: str) -> Erasure | None:
        item = dynamodb.get(self.table, _key(erasure_id))
        return _erasure(item) if item else None

    def note(self, erasure: Erasure, position: str, *, last_pass: bool, calls: int = 0, revoked: int = 0) -> Erasure:
        """Say how far it has come, and what was removed since that was last said. Raises AskedAgain."""
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

    def finish(self, erasure: Erasure) -> Erasure:
        """Say that it is done, and forget whose it was. Raises AskedAgain."""
        expression = "SET finishedAt = if_not_exists(finishedAt, :now) REMOVE did, isLastPass, #position"
        return self._update(erasure.id, expression, {":now": {"S": iso(time.time())}}, erasure.requested_at)

    def _update(self, erasure_id: str, expression: str, values: dynamodb.Item, asked_at: str = "") -> Erasure:
        condition: Any = {"ConditionExpression": "requestedAt = :asked"} if asked_at else {}
        try:
            updated: Any = dynamodb.client().update_item(
                TableName=self.table,
                Key=_key(erasure_id),
                UpdateExpression=expression,
                ExpressionAttributeNames={"#position": "position"},
                ExpressionAttributeValues=values | ({":asked": {"S": asked_at}} if asked_at else {}),
                ReturnValues="ALL_NEW",
                **condition,
            )
        except dynamodb.client().exceptions.ConditionalCheckFailedException:
            raise AskedAgain(erasure_id) from None
        return _erasure(updated["Attributes"])


def _key(erasure_id: str) -> dynamodb.Item:
    return {"id": {"S": keys.erasure(erasure_id)}}


def _erasure(item: dynamodb.Item) -> Erasure:
    return Erasure(
        id=item["id"]["S"].removeprefix(keys.erasure("")),
        did=item["did"]["S"] if "did" in item else "",
        requested_at=item["requestedAt"]["S"],
        finished_at=item["finishedAt"]["S"] if "finishedAt" in item else None,
        position=item["position"]["S"] if "position" in item else "",
        is_last_pass="isLastPass" in item and item["isLastPass"]["BOOL"],
        calls_removed=int(item["callsRemoved"]["N"]) if "callsRemoved" in item else 0,
        keys_revoked=int(item["keysRevoked"]["N"]) if "keysRevoked" in item else 0,
    )
