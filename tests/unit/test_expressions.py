"""The tests' own judge of expressions refuses what DynamoDB refuses."""

from typing import Any

import pytest

from tests.integration.expressions import Refused, judge

PUT: dict[str, Any] = {"TableName": "t", "Item": {}}


REFUSED: list[dict[str, Any]] = [
    {"ConditionExpression": "status = :a", "ExpressionAttributeValues": {":a": {}}},
    {"UpdateExpression": "SET Name = :a", "ExpressionAttributeValues": {":a": {}}},
    {"ProjectionExpression": "id, size"},
    {"ProjectionExpression": "id, a.day"},
    {"ConditionExpression": "attribute_not_exists(scope)"},
    {"ConditionExpression": "#a = :b", "ExpressionAttributeValues": {":b": {}}},
    {"ConditionExpression": "id = :b"},
    {"ConditionExpression": "id = :b", "ExpressionAttributeValues": {":b": {}, ":c": {}}},
    {"ExpressionAttributeNames": {"#a": "a"}},
    {"TransactItems": [{"Put": PUT}, {"Update": {"UpdateExpression": "REMOVE owner"}}]},
    {"RequestItems": {"t": {"Keys": [], "ProjectionExpression": "id, name"}}},
]
TAKEN: list[dict[str, Any]] = [
    PUT,
    {
        "KeyConditionExpression": "#day = :day AND id BETWEEN :a AND :b",
        "ExpressionAttributeNames": {"#day": "day"},
        "ExpressionAttributeValues": {":day": {}, ":a": {}, ":b": {}},
    },
    {
        "ConditionExpression": "attribute_not_exists(id) AND size (userDid) > :a",
        "ExpressionAttributeValues": {":a": {}},
    },
    {"RequestItems": {"t": [{"PutRequest": {"Item": {}}}]}},
]


@pytest.mark.parametrize("request_", REFUSED, ids=str)
def test_what_dynamodb_refuses(request_: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        judge(request_)


@pytest.mark.parametrize("request_", TAKEN, ids=str)
def test_what_dynamodb_takes(request_: dict[str, Any]) -> None:
    judge(request_)
