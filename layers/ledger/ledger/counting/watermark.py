"""The watermark: through which day of ingestion everything is aggregated, and which days have live counters."""

import time
from dataclasses import dataclass

from ledger.aws import dynamodb
from ledger.core import keys
from ledger.counting.live_counters import LIFETIME


@dataclass(frozen=True)
class Progress:
    """Days of ingestion, such as 2026-11-22. `through` is the last aggregated one, empty before the first night."""

    through: str
    days: frozenset[str]
    read_at: int

    @property
    def pending(self) -> frozenset[str]:
        """The days whose live counters are not aggregated yet."""
        return frozenset(day for day in self.days if day > self.through)


def read(table: str) -> Progress:
    """The progress at this moment."""
    read_at = int(time.time())
    pages = dynamodb.query(
        table,
        KeyConditionExpression="#scope = :scope",
        ExpressionAttributeNames={"#scope": "scope"},
        ExpressionAttributeValues={":scope": {"S": keys.PROGRESS}},
        ConsistentRead=True,
    )
    items = [item for page in pages for item in page]
    through = max((item["through"]["S"] for item in items if "through" in item), default="")
    days = (item["bucket"]["S"] for item in items if "through" not in item)
    return Progress(through, frozenset(days), read_at)


def note_day(table: str, day: str, now: int) -> None:
    """Note that a day of ingestion has live counters, before the first one is written."""
    _put(table, keys.PROGRESS, day, now)


def finish(table: str, day: str) -> None:
    """Move the watermark to a day. It never moves back."""
    dynamodb.client().update_item(
        TableName=table,
        Key={"scope": {"S": keys.PROGRESS}, "bucket": {"S": keys.WATERMARK}},
        UpdateExpression="SET #through = :day",
        ConditionExpression="attribute_not_exists(#through) OR #through <= :day",
        ExpressionAttributeNames={"#through": "through"},
        ExpressionAttributeValues={":day": {"S": day}},
    )


def rebuilt(table: str, through: str) -> set[str]:
    """The call days that the nightly run through this day of ingestion has finished so far."""
    pages = dynamodb.query(
        table,
        KeyConditionExpression="#scope = :scope",
        ExpressionAttributeNames={"#scope": "scope"},
        ExpressionAttributeValues={":scope": {"S": keys.rebuilt(through)}},
        ConsistentRead=True,
    )
    return {item["bucket"]["S"] for page in pages for item in page}


def note_rebuilt(table: str, through: str, day: str, now: int) -> None:
    """Note that the nightly run has finished a call day, so that a run that is cut off resumes after it."""
    _put(table, keys.rebuilt(through), day, now)


def _put(table: str, scope: str, bucket: str, now: int) -> None:
    item = {"scope": {"S": scope}, "bucket": {"S": bucket}, "expiresAt": {"N": str(now + LIFETIME)}}
    dynamodb.client().put_item(TableName=table, Item=item)
