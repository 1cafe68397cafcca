"""The stream of a table on an engine that has streams."""

import time
from typing import Any, cast

import boto3

from tests.integration.world import Change


class EngineStream:
    """What the engine says has changed, in its order, as Lambda hands it over."""

    def __init__(self, table: str) -> None:
        self._streams: Any = cast("Any", boto3).client("dynamodbstreams")
        self._arn: str = boto3.client("dynamodb").describe_table(TableName=table)["Table"].get("LatestStreamArn", "")
        self._iterators: dict[str, str] = {}

    def read(self) -> list[Change]:
        shards = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        return [change for shard in shards for change in self._read(shard["ShardId"])]

    def _read(self, shard: str) -> list[Change]:
        if shard not in self._iterators:
            beginning = {"StreamArn": self._arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
            self._iterators[shard] = self._streams.get_shard_iterator(**beginning)["ShardIterator"]
        changes: list[Change] = []
        while True:
            page = self._streams.get_records(ShardIterator=self._iterators[shard])
            self._iterators[shard] = page["NextShardIterator"]  # an open shard always has a next one
            if not page["Records"]:
                return changes
            changes += (_handed_over(change) for change in page["Records"])


def _handed_over(change: Change) -> Change:
    """In Lambda's spelling, and with the time in seconds: the engine rounds its own, and knows no test's clock."""
    change = change | {"dynamodb": change["dynamodb"] | {"ApproximateCreationDateTime": time.time()}}
    if "userIdentity" in change:
        change["userIdentity"] = {name[0].lower() + name[1:]: text for name, text in change["userIdentity"].items()}
    return change
