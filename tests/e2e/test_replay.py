"""What could not be counted has a way back."""

import json
import time
import uuid
from typing import Any

from ledger.core.identity import Role
from tests.e2e.conftest import SignIn
from tools.operate.replay import replay_changes
from tools.operate.stack import Stack


def test_changes_that_a_message_points_at_are_counted_once_however_often_they_are_replayed(
    stack: Stack, sign_in: SignIn
) -> None:
    did = f"did:dora:{uuid.uuid4()}"
    now = int(time.time())
    call = {"userDid": did, "providerId": "openai", "model": "m", "type": "custom", "status": "success", "credits": 1}
    recorded = sign_in("gateway", Role.RECORDER).post("/api/model-calls", json=[call] * 3)
    assert recorded.json()["recorded"] == 3
    streams: Any = stack.session.client("dynamodbstreams", endpoint_url=stack.endpoint_url)
    tables: Any = stack.session.client("dynamodb", endpoint_url=stack.endpoint_url)
    arn = tables.describe_table(TableName=stack.resources["CallsTable"])["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    page: Any = streams.get_records(ShardIterator=iterator)
    numbers: list[str] = [record["dynamodb"]["SequenceNumber"] for record in page["Records"]]
    info: dict[str, str] = {
        "streamArn": arn,
        "shardId": shard,
        "startSequenceNumber": numbers[0],
        "endSequenceNumber": numbers[-1],
    }
    queue = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
    url = stack.outputs["UncountedQueueUrl"]

    for _ in range(2):
        queue.send_message(QueueUrl=url, MessageBody=json.dumps({"DDBStreamBatchInfo": info}))
        assert list(replay_changes(stack)) == [f"CountCallsFunction, {shard}: {len(numbers)} changes, 0 failed"]

    range_ = {"startTime": now - 3600, "endTime": now + 3600}
    stats = sign_in(did, Role.USER).get("/api/user/usage-stats", params=range_).json()
    assert stats["summary"]["totalCalls"] == 3
    assert "Messages" not in queue.receive_message(QueueUrl=url)


def test_a_change_that_cannot_be_read_waits_in_the_queue_and_holds_up_no_other(stack: Stack, sign_in: SignIn) -> None:
    """Somebody has written an item into the table of calls that is none."""
    did = f"did:dora:{uuid.uuid4()}"
    strange = {"id": {"S": f"strange {did}"}, "weight": {"N": "3"}}
    tables: Any = stack.session.client("dynamodb", endpoint_url=stack.endpoint_url)
    tables.put_item(TableName=stack.resources["CallsTable"], Item=strange)
    now = int(time.time())
    call = {"userDid": did, "providerId": "openai", "model": "m", "type": "custom", "status": "success", "credits": 1}
    assert sign_in("gateway", Role.RECORDER).post("/api/model-calls", json=[call] * 3).json()["recorded"] == 3

    queue = stack.session.client("sqs", endpoint_url=stack.endpoint_url)
    url = stack.outputs["UncountedQueueUrl"]
    [message] = queue.receive_message(QueueUrl=url, WaitTimeSeconds=20, VisibilityTimeout=0).get("Messages", [])
    [change] = json.loads(message.get("Body", ""))["changes"]
    assert change["dynamodb"]["NewImage"] == strange
    range_ = {"startTime": now - 3600, "endTime": now + 3600}
    user = sign_in(did, Role.USER)
    give_up = time.monotonic() + 30
    while user.get("/api/user/usage-stats", params=range_).json()["summary"]["totalCalls"] < 3:
        assert time.monotonic() < give_up
        time.sleep(0.2)

    unarchived = stack.outputs["UnarchivedQueueUrl"]
    assert queue.receive_message(QueueUrl=unarchived, WaitTimeSeconds=20, VisibilityTimeout=0).get("Messages")
    assert list(replay_changes(stack)) == [
        f"{function}, unreadable: 1 changes, 1 failed" for function in ("CountCallsFunction", "ArchiveChangesFunction")
    ]
    queue.purge_queue(QueueUrl=url)
    queue.purge_queue(QueueUrl=unarchived)
    tables.delete_item(TableName=stack.resources["CallsTable"], Key={"id": strange["id"]})
