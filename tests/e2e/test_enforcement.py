"""A function can do what its policy in the template says, and nothing else."""

from typing import Any

import pytest

from tests.e2e.probes import add_function, invoke
from tools.operate.stack import Stack

PROBE = """
import os

from botocore.exceptions import ClientError

from ledger.aws import clients


def handler(event, context):
    arguments = {"TableName": os.environ[event["table"]], **event["arguments"]}
    try:
        getattr(clients.client("dynamodb"), event["operation"])(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""
CALL = {"id": {"S": "a call"}}
OF_USER = {
    "IndexName": "byUser",
    "KeyConditionExpression": "userDid = :did",
    "ExpressionAttributeValues": {":did": {"S": "somebody"}},
}
IN_SHARD = {
    "IndexName": "byTime",
    "KeyConditionExpression": "timeShard = :shard",
    "ExpressionAttributeValues": {":shard": {"N": "0"}},
}


@pytest.fixture(scope="module")
def as_usage_stats(stack: Stack) -> str:
    """A function with the execution role of the one that answers a user's statistics."""
    add_function(stack, "probe", PROBE, like="GetUsageStatsFunction")
    return "probe"


@pytest.fixture(scope="module")
def as_trends(stack: Stack) -> str:
    """A function with the execution role of the one that answers trends, whose rights are a shared policy."""
    add_function(stack, "probe-trends", PROBE, like="GetTrendsFunction")
    return "probe-trends"


def test_its_own_query_is_allowed(stack: Stack, as_usage_stats: str) -> None:
    event = {"table": "CALLS_TABLE", "operation": "query", "arguments": OF_USER}
    assert invoke(stack, as_usage_stats, event) == "allowed"


@pytest.mark.parametrize(
    ("table", "operation", "arguments"),
    [
        ("CALLS_TABLE", "put_item", {"Item": CALL}),
        ("CALLS_TABLE", "delete_item", {"Key": CALL}),
        ("CALLS_TABLE", "get_item", {"Key": CALL}),
        ("CALLS_TABLE", "scan", {}),
        ("CALLS_TABLE", "scan", {"IndexName": "byUser"}),
        ("CALLS_TABLE", "query", IN_SHARD),
        ("REGISTRY_TABLE", "get_item", {"Key": {"id": {"S": "a key"}}}),
    ],
)
def test_anything_else_is_refused(
    stack: Stack, as_usage_stats: str, table: str, operation: str, arguments: dict[str, Any]
) -> None:
    event = {"table": table, "operation": operation, "arguments": arguments}
    assert invoke(stack, as_usage_stats, event) == "AccessDeniedException"


@pytest.mark.parametrize("arguments", [OF_USER, IN_SHARD])
def test_what_a_shared_policy_names_is_allowed(stack: Stack, as_trends: str, arguments: dict[str, Any]) -> None:
    event = {"table": "CALLS_TABLE", "operation": "query", "arguments": arguments}
    assert invoke(stack, as_trends, event) == "allowed"


@pytest.mark.parametrize(
    ("table", "operation", "arguments"),
    [
        ("CALLS_TABLE", "put_item", {"Item": CALL}),
        ("CALLS_TABLE", "get_item", {"Key": CALL}),
        ("CALLS_TABLE", "scan", {"IndexName": "byTime"}),
        ("REGISTRY_TABLE", "get_item", {"Key": {"id": {"S": "a key"}}}),
    ],
)
def test_what_a_shared_policy_does_not_name_is_refused(
    stack: Stack, as_trends: str, table: str, operation: str, arguments: dict[str, Any]
) -> None:
    event = {"table": table, "operation": operation, "arguments": arguments}
    assert invoke(stack, as_trends, event) == "AccessDeniedException"
