"""What the integration tests have in common beside the harness."""

import json
import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from io import BytesIO
from typing import Any, cast

import boto3
from botocore.awsrequest import AWSResponse

from ledger.aws import dynamodb
from ledger.core import exact_json
from tests.integration.harness import RESOURCES, ROOT, Answer, Api, token

DAY = 86_400
type Call = dict[str, Any]


def sent(value: object) -> str:
    """JSON text with every digit of its Decimals."""
    return exact_json.dumps(value).decode()


def record(api: Api, token: str, value: object) -> Answer:
    """Send a value to be recorded."""
    return api.request("POST", "/api/model-calls", token=token, body=sent(value))


def shown(api: Api, call_id: str) -> dict[str, Any]:
    """A call as an administrator sees it."""
    answer = api.get(f"/api/user/model-calls/{call_id}", token("root", "admin", lifetime=10 * DAY))
    assert answer.status == 200, answer
    return answer.body


def count(api: Api) -> None:
    """Hand the changes of the Calls table to the function that counts them, where the template has a stream."""
    if "StreamSpecification" in RESOURCES["CallsTable"]["Properties"]:
        _deliver(api, "count_calls")


def archive(api: Api) -> None:
    """Hand the changes of the Calls table to the function that archives them."""
    _deliver(api, "archive_changes")


def evaluate(api: Api) -> None:
    """Hand all live counters, as the stream of Counters brings them, to the function that evaluates budgets."""
    counters = [item for item in items("CountersTable") if item["scope"]["S"].startswith("live#")]
    changes = [{"eventName": "MODIFY", "dynamodb": {"NewImage": item}} for item in counters]
    assert api.handle("evaluate_budgets", {"Records": changes}) == {"batchItemFailures": []}


def _deliver(api: Api, function: str) -> None:
    """Hand a function the changes of the Calls table of the last day that it has not got yet, as Lambda would."""
    streams = cast("Any", boto3).client("dynamodbstreams")
    iterator = api.positions.get(function) or _beginning(streams)
    found = streams.get_records(ShardIterator=iterator)
    api.positions[function] = found["NextShardIterator"]
    changed = [one for one in found["Records"] if one["dynamodb"].get("OldImage") != one["dynamodb"].get("NewImage")]
    changes: list[Any] = json.loads(json.dumps(changed, default=lambda moment: moment.timestamp()))
    dropped = time.time() - DAY
    changes = [one for one in changes if one["dynamodb"]["ApproximateCreationDateTime"] > dropped]
    assert api.handle(function, {"Records": changes}) == {"batchItemFailures": []}


def _beginning(streams: Any) -> str:
    arn: str = streams.list_streams(TableName="CallsTable")["Streams"][0]["StreamArn"]
    shard: str = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    return streams.get_shard_iterator(**start)["ShardIterator"]


def refusal(answer: Answer, status: int, code: str, *fields: str) -> str:
    """The text of a refusal, which has the shape of every other and names these fields."""
    assert answer.status == status, answer
    assert set(answer.body) == {"error", "code", "details", "requestId"}
    assert answer.body["code"] == code
    assert answer.body["requestId"]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    for detail in answer.body["details"]:
        assert set(detail) == {"field", "message"}
        assert detail["message"]
        assert f"{detail['field']}: {detail['message']}" in answer.body["error"]
    assert {detail["field"] for detail in answer.body["details"]} == set(fields), answer.body
    return answer.body["error"]


def items(table: str) -> list[dict[str, Any]]:
    """Everything in a table."""
    return dynamodb.client().scan(TableName=table)["Items"]


def messages(queue: str) -> list[dict[str, Any]]:
    """Take all messages out of a queue, by the variable that tells functions of it, as Lambda hands them over."""
    sqs, url = boto3.client("sqs"), os.environ[queue]
    found: list[dict[str, Any]] = []
    while page := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in cast("Any", page):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append({"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs"})
    return found


def write_waiting(api: Api, waiting: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Hand messages to the function that writes calls which wait. Answers those that stay in the queue."""
    failures = api.handle("write_waiting_calls", {"Records": waiting})["batchItemFailures"]
    failed = {failure["itemIdentifier"] for failure in failures}
    return [message for message in waiting if message["messageId"] in failed]


def functions() -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))


@contextmanager
def dynamodb_answers(
    operation: str, answer: Callable[[Mapping[str, Any]], tuple[int, object] | None]
) -> Generator[None]:
    """Let something else than the table answer the requests that `answer` has an answer to: a status and a body."""

    def before_send(request: Any, **_: object) -> AWSResponse | None:
        status_and_body = answer(json.loads(request.body))
        if status_and_body is None:
            return None
        status, body = status_and_body
        request.url = "http://elsewhere"  # every handler is asked: moto leaves alone what is not AWS's
        return AWSResponse(request.url, status, {}, _Raw(json.dumps(body).encode()))  # pyright: ignore[reportArgumentType]

    events = cast("Any", dynamodb.client().meta.events)
    events.register_first(f"before-send.dynamodb.{operation}", before_send)
    try:
        yield
    finally:
        events.unregister(f"before-send.dynamodb.{operation}", before_send)


@contextmanager
def writes_answered(answer: Callable[[Mapping[str, Any]], tuple[int, object] | None]) -> Generator[None]:
    """As `dynamodb_answers`, to the requests that write calls, alone or many."""
    with dynamodb_answers("BatchWriteItem", answer), dynamodb_answers("PutItem", answer):
        yield


class _Raw(BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def error(code: str) -> dict[str, str]:
    """The body of an error of DynamoDB."""
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "as a test would have it"}


def total(calls: Sequence[Call], field: str) -> Decimal:
    return sum((Decimal(call.get(field) or 0) for call in calls), Decimal(0))
