"""Changes that were not counted, or not archived, are given to their function again.

Their queues have two kinds of messages. A function sends changes that it can't read, as they are. Lambda sends where in
the stream a batch lies that failed until it was 23 hours old; the stream keeps it for one hour more. Changes that are
counted or archived already do no harm. What is older is put right by the nightly run: docs/runbook.md.
"""

import json
from collections.abc import Iterator
from itertools import batched
from typing import Any

from tools.operate.stack import Stack

MOST_AT_ONCE = 100


CONSUMERS = {"UncountedQueueUrl": "CountCallsFunction", "UnarchivedQueueUrl": "ArchiveChangesFunction"}
"""The function that gets the changes of each queue, by the stack's output that has the queue's URL."""


def replay_changes(stack: Stack) -> Iterator[str]:
    """Send the changes of every message of the queues again. Yields a line for each.

    A message stays in its queue where not all of its changes succeeded.
    """
    queue = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
    for output, function in CONSUMERS.items():
        url = stack.outputs[output]
        while messages := queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=300).get(
            "Messages"
        ):
            for message in messages:
                body = json.loads(message.get("Body", "{}"))
                batch = body.get("DDBStreamBatchInfo")
                records = _records(stack, batch) if batch else body["changes"]
                failed = sum(_invoke(stack, function, list(some)) for some in batched(records, MOST_AT_ONCE))
                if not failed:
                    queue.delete_message(QueueUrl=url, ReceiptHandle=message.get("ReceiptHandle", ""))
                source = batch["shardId"] if batch else "unreadable"
                yield f"{function}, {source}: {len(records)} changes, {failed} failed"


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


def _invoke(stack: Stack, function: str, records: list[dict[str, Any]]) -> int:
    """Returns how many failed again."""
    functions = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    event = json.dumps({"Records": records, "isReplay": True})
    answer = functions.invoke(FunctionName=stack.resources[function], Payload=event)
    if "FunctionError" in answer:
        return len(records)
    return len(json.load(answer["Payload"])["batchItemFailures"])
