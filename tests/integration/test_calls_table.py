"""Writes of calls to the Calls table, when DynamoDB refuses some of them."""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ledger.aws import dynamodb
from tests.integration.small_world import call, small_world
from tests.integration.world import World

IDS = [f"call-{number}" for number in range(6)]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with small_world() as world:
        yield world


@contextmanager
def refusing(ids: set[str]) -> Generator[None]:
    """DynamoDB has no capacity for the calls with these ids, nor for a batch that has one of them."""

    def refuse(params: Mapping[str, Any], model: Any, **_: object) -> None:
        if model.name == "BatchWriteItem":
            items = [put["PutRequest"]["Item"] for puts in params["RequestItems"].values() for put in puts]
        else:
            items = [params["Item"]]
        if not ids.isdisjoint(item["id"]["S"] for item in items if "id" in item):  # others are of other tables
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, model.name)

    events = cast("Any", dynamodb.client().meta.events)
    names = [f"before-parameter-build.dynamodb.{operation}" for operation in ("BatchWriteItem", "PutItem")]
    for name in names:
        events.register(name, refuse)
    try:
        yield
    finally:
        for name in names:
            events.unregister(name, refuse)


@given(refused=st.sets(st.sampled_from(IDS)), late=st.booleans())
def test_calls_that_cannot_be_written_are_returned_as_they_were_given(
    world: World, refused: set[str], late: bool
) -> None:
    """They are the same objects: nothing of them was encoded and decoded on the way."""
    now = int(time.time())
    calls = [call(call_id, now - 60, credits=Decimal("1.50"), other_usage={}) for call_id in IDS]
    put = world.calls.put_late if late else world.calls.put
    with refusing(refused):
        returned = put(calls, now)
    assert [id(one) for one in returned] == [id(one) for one in calls if one.id in refused]
    for one in calls:
        stored = world.calls.get(one.id, now)
        assert (stored is not None) == (one.id not in refused)
        dynamodb.client().delete_item(TableName=world.calls.table, Key={"id": {"S": one.id}})
