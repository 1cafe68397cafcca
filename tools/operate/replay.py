"""Changes that were not counted are given to count_calls again.

The UncountedQueue has two kinds of messages. count_calls sends changes that it can't read, as they are. Lambda sends
where in the stream a batch lies that could not be counted until it was 23 hours old; the stream keeps it for one hour
more. Changes that are counted already are not counted again. What is older is put right by the nightly run:
docs/runbook.md.
"""

import json
from collections.abc import Iterator
from typing import Any

from tools.operate.stack import Stack

MOST_AT_ONCE = 100


def replay_uncounted(stack: Stack) -> Iterator[str]:
    """Count the changes of every message of the queue. Yields a line for each.

    A message stays in the queue where not all of its changes could be counted.
    """
    queue = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
    url = stack.outputs["UncountedQueueUrl"]
    while messages := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=300).get(
        "Messages"
    ):
        for message in messages:
            body = json.loads(message.get("Body", "{}"))
            batch = body.get("DDBStreamBatchInfo")
            records = _records(stack, batch) if batch else body["changes"]
            failed = sum(
                _count(stack, records[start : start + MOST_AT_ONCE]) for start in range(0, len(records), MOST_AT_ONCE)
            )
            if not failed:
                queue.delete_message(QueueUrl=url, ReceiptHandle=message.get("ReceiptHandle", ""))
            source = batch["shardId"] if batch else "unreadable"
            yield f"{source}: {len(records)} changes, {failed} not counted"


def _records(stack: Stack, batch: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the changes of a part of the stream, as Lambda passes them to a function."""
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
    """Returns how many could not be counted."""
    functions = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    name = stack.resources["CountCallsFunction"]
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"Records": records, "isReplay": True}))
    if "FunctionError" in answer:
        return len(records)
    return len(json.load(answer["Payload"])["batchItemFailures"])
