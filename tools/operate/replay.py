"""The way back for changes that could not be counted: their part of the stream is read again and given to count_calls.

A message of the queue says where in the stream they lie, not what they were; the stream keeps them for a day. Those
that are counted already are not counted again. What is older is put right by the nightly run: docs/runbook.md.
"""

import json
from collections.abc import Iterator
from typing import Any

from tools.operate.stack import Stack

MOST_AT_ONCE = 100


def replay_uncounted(stack: Stack) -> Iterator[str]:
    """Count what every message of the queue points at, and tell of each; one that fails again stays in the queue."""
    queue = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
    url = stack.outputs["UncountedQueueUrl"]
    while messages := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=300).get(
        "Messages"
    ):
        for message in messages:
            batch = json.loads(message.get("Body", "{}"))["DDBStreamBatchInfo"]
            records = _records(stack, batch)
            failed = sum(
                _count(stack, records[start : start + MOST_AT_ONCE]) for start in range(0, len(records), MOST_AT_ONCE)
            )
            if not failed:
                queue.delete_message(QueueUrl=url, ReceiptHandle=message.get("ReceiptHandle", ""))
            yield f"{batch['shardId']}: {len(records)} changes, {failed} not counted"


def _records(stack: Stack, batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes of a part of the stream, as Lambda hands them over."""
    streams: Any = stack.session.client("dynamodbstreams", endpoint_url=stack.endpoint_url)
    iterator = streams.get_shard_iterator(
        StreamArn=batch["streamArn"],
        ShardId=batch["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch["startSequenceNumber"],
    ).get("ShardIterator")
    last, found = int(batch["endSequenceNumber"]), list[dict[str, Any]]()
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        for change in page["Records"]:
            if int(change["dynamodb"]["SequenceNumber"]) > last:
                return found
            change["dynamodb"]["ApproximateCreationDateTime"] = change["dynamodb"][
                "ApproximateCreationDateTime"
            ].timestamp()
            found.append(change)
        if found and int(found[-1]["dynamodb"]["SequenceNumber"]) >= last:
            return found
        iterator = page.get("NextShardIterator")
    return found


def _count(stack: Stack, records: list[dict[str, Any]]) -> int:
    """How many could not be counted again."""
    functions = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    name = stack.resources["CountCallsFunction"]
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"Records": records}))
    if "FunctionError" in answer:
        return len(records)
    return len(json.load(answer["Payload"])["batchItemFailures"])
