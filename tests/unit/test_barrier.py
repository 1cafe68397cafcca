"""A barrier has so many items that no lane of the stream is left out, however many lanes there are."""

import math
import random
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from ledger.aws import clients
from ledger.counting import barrier

LANES = (1, 2, 3, 10, 16, 40, 160, 1_000)


@given(lanes=st.integers(1, 100_000))
def test_a_barrier_misses_a_lane_less_than_once_in_a_million_times(lanes: int) -> None:
    items = barrier.items_for(lanes)
    missed = lanes * math.exp(items * math.log1p(-1 / lanes)) if lanes > 1 else 0
    assert missed < 1e-6


@pytest.mark.parametrize("lanes", LANES)
def test_simulated_barriers_reach_every_lane(lanes: int) -> None:
    rng = random.Random(lanes)
    for _ in range(20):
        assert reached(rng, lanes, barrier.items_for(lanes)) == lanes


@pytest.mark.parametrize("lanes", [160, 1_000])
def test_the_simulation_notices_a_barrier_that_is_too_small(lanes: int) -> None:
    """512 items, as barriers once had, leave out lanes of a large stream nearly always."""
    rng = random.Random(lanes)
    assert sum(reached(rng, lanes, 512) == lanes for _ in range(20)) < 10


@pytest.mark.parametrize("shares", [[2, 1, 1], [1, 1, 2, 2, 2]], ids=["of three shards", "of five shards"])
def test_shards_of_split_partitions_are_reached_although_they_are_smaller_than_others(
    monkeypatch: pytest.MonkeyPatch, shares: list[int]
) -> None:
    lanes = stream_lanes(monkeypatch, [{} for _ in shares], per_shard=10)
    share = sum(shares) // min(shares)
    assert lanes >= share * 10


def reached(rng: random.Random, lanes: int, items: int) -> int:
    """Returns how many lanes get an item, where each item is as likely to come into any of them."""
    return len({rng.randrange(lanes) for _ in range(items)})


def test_lanes_are_those_of_the_open_shards_of_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = {"EndingSequenceNumber": "2"}
    assert stream_lanes(monkeypatch, [{}, closed], [{}, {}, {}, closed], per_shard=3) == 12
    assert stream_lanes(monkeypatch, [closed, {}], per_shard=1) == 1


def stream_lanes(monkeypatch: pytest.MonkeyPatch, *pages: list[dict[str, str]], per_shard: int) -> int:
    """Returns the lanes of a stream that DescribeStream answers with these pages of shards."""
    client: Any = boto3.client(
        "dynamodbstreams", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/Calls/stream/2026-11-24T00:00:00.000"
    with Stubber(client) as stubber:
        start = dict[str, str]()
        for number, page in enumerate(pages):
            shards: list[Any] = [
                {
                    "ShardId": f"shardId-{number:010}-{index:010}",
                    "SequenceNumberRange": {"StartingSequenceNumber": "1" * 21}
                    | {name: value * 21 for name, value in end.items()},
                }
                for index, end in enumerate(page)
            ]
            answer: dict[str, Any] = {"StreamArn": arn, "Shards": shards}
            if number + 1 < len(pages):
                answer["LastEvaluatedShardId"] = shards[-1]["ShardId"]
            stubber.add_response("describe_stream", {"StreamDescription": answer}, {"StreamArn": arn, **start})
            start = {"ExclusiveStartShardId": shards[-1]["ShardId"]}
        monkeypatch.setattr(clients, "client", {"dynamodbstreams": client}.__getitem__)
        return barrier.lanes(arn, per_shard)
