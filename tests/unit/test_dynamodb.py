"""Reads and writes against a DynamoDB that takes a part, refuses, or fails."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectTimeoutError, HTTPClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.aws import dynamodb, dynamodb_writes, retries
from ledger.aws.retries import Backoff

TABLE = "calls"
type Answer = tuple[int, object] | Exception
type Script = Callable[[str, dict[str, Any]], Answer | None]


class Raw(BytesIO):
    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


class Engine:
    """A table behind the real client: what the script has no answer to, it does as DynamoDB would."""

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.pauses: list[float] = []
        self.script: Script = lambda _operation, _request: None

    def before_send(self, request: Any, **_: object) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        asked: dict[str, Any] = json.loads(request.body)
        self.requests.append((operation, asked))
        answer = self.script(operation, asked) or (200, getattr(self, operation)(asked))
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return AWSResponse(request.url, status, {}, Raw(text))  # pyright: ignore[reportArgumentType]

    def BatchWriteItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - DynamoDB's name
        puts = asked["RequestItems"][TABLE]
        assert len(puts) <= 25
        self.items |= {put["PutRequest"]["Item"]["id"]["S"]: put["PutRequest"]["Item"] for put in puts}
        return {"UnprocessedItems": {}}

    def BatchGetItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - DynamoDB's name
        keys = [key["id"]["S"] for key in asked["RequestItems"][TABLE]["Keys"]]
        assert len(keys) == len(set(keys)) <= 100
        return {"Responses": {TABLE: [self.items[key] for key in keys if key in self.items]}, "UnprocessedKeys": {}}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with engine_of(monkeypatch) as engine:
        yield engine


@contextmanager
def engine_of(monkeypatch: pytest.MonkeyPatch) -> Generator[Engine]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    engine = Engine()
    monkeypatch.setattr(time, "sleep", engine.pauses.append)
    dynamodb.client.cache_clear()
    cast("Any", dynamodb.client().meta.events).register_first("before-send.dynamodb", engine.before_send)
    yield engine
    dynamodb.client.cache_clear()


def error(code: str, status: int = 400) -> Answer:
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "as a test would have it"}


def made(number: int) -> list[dict[str, Any]]:
    return [{"id": {"S": f"id-{n}"}} for n in range(number)]


def written(request: Mapping[str, Any]) -> list[str]:
    return [put["PutRequest"]["Item"]["id"]["S"] for put in request["RequestItems"][TABLE]]


RETRYABLE = [
    error("ProvisionedThroughputExceededException"),
    error("ThrottlingException"),
    error("RequestLimitExceeded"),
    error("InternalServerError", 500),
    error("ServiceUnavailable", 503),
    ConnectTimeoutError(endpoint_url="https://dynamodb"),
    HTTPClientError(error="the connection was reset"),
]


class TestPutMany:
    @pytest.mark.parametrize("number", [0, 1, 25, 26, 500])
    def test_every_item_is_written_in_batches_that_dynamodb_takes(self, engine: Engine, number: int) -> None:
        assert dynamodb_writes.put_many(TABLE, made(number)) == []
        assert len(engine.items) == number
        assert len(engine.requests) == -(-number // 25)
        assert engine.pauses == []

    @settings(max_examples=10)
    @given(st.data())
    def test_whatever_dynamodb_leaves_out_no_item_is_lost(self, data: st.DataObject) -> None:
        with pytest.MonkeyPatch.context() as monkeypatch, engine_of(monkeypatch) as engine:
            seed = data.draw(st.randoms(use_true_random=False))
            generosity = data.draw(st.sampled_from([0.0, 0.2, 0.9]))

            def some(_operation: str, request: dict[str, Any]) -> Answer:
                puts = request["RequestItems"][TABLE]
                taken = [put for put in puts if seed.random() < generosity]
                if taken:
                    engine.BatchWriteItem({"RequestItems": {TABLE: taken}})
                return 200, {"UnprocessedItems": {TABLE: [put for put in puts if put not in taken]}}

            engine.script = some
            items = made(data.draw(st.integers(0, 60)))
            refused = dynamodb_writes.put_many(TABLE, items)
            ids = [item["id"]["S"] for item in refused]
            assert len(ids) == len(set(ids))
            assert sorted([*engine.items, *ids]) == sorted(item["id"]["S"] for item in items)

    def test_only_what_was_not_processed_is_sent_again_after_a_pause(self, engine: Engine) -> None:
        def first_time(_operation: str, request: dict[str, Any]) -> Answer | None:
            if len(engine.requests) > 1:
                return None
            puts = request["RequestItems"][TABLE]
            engine.BatchWriteItem({"RequestItems": {TABLE: puts[:7]}})
            return 200, {"UnprocessedItems": {TABLE: puts[7:]}}

        engine.script = first_time
        assert dynamodb_writes.put_many(TABLE, made(10)) == []
        assert [written(request) for _, request in engine.requests][1:] == [["id-7", "id-8", "id-9"]]
        assert len(engine.pauses) == 1

    @pytest.mark.parametrize("failure", RETRYABLE, ids=str)
    def test_a_failure_that_passes_is_waited_out(self, engine: Engine, failure: Answer) -> None:
        engine.script = lambda _operation, _request: failure if len(engine.requests) <= 6 else None
        assert dynamodb_writes.put_many(TABLE, made(3)) == []
        assert len(engine.items) == 3

    @pytest.mark.parametrize("failure", RETRYABLE, ids=str)
    def test_what_stays_refused_is_given_back_and_the_rest_is_written(self, engine: Engine, failure: Answer) -> None:
        engine.script = lambda _operation, request: failure if "id-30" in written(request) else None
        refused = dynamodb_writes.put_many(TABLE, made(60))
        assert [item["id"]["S"] for item in refused] == [f"id-{n}" for n in range(25, 50)]
        assert len(engine.items) == 35

    @pytest.mark.parametrize("code", ["ValidationException", "ResourceNotFoundException", "AccessDeniedException"])
    def test_an_error_that_does_not_pass_is_raised_at_once(self, engine: Engine, code: str) -> None:
        engine.script = lambda _operation, _request: error(code)
        with pytest.raises(ClientError, match=code):
            dynamodb_writes.put_many(TABLE, made(3))
        assert len(engine.requests) == 1


class TestGetMany:
    def test_items_are_found_by_their_keys_each_asked_for_once(self, engine: Engine) -> None:
        dynamodb_writes.put_many(TABLE, made(230))
        engine.requests.clear()
        asked = [f"id-{n}" for n in range(250)]
        assert dynamodb.get_many(TABLE, [*asked, *asked]) == engine.items
        assert len(engine.requests) == 3

    def test_no_keys_need_no_request(self, engine: Engine) -> None:
        assert dynamodb.get_many(TABLE, []) == {}
        assert engine.requests == []

    def test_keys_that_were_not_processed_are_asked_for_again(self, engine: Engine) -> None:
        dynamodb_writes.put_many(TABLE, made(5))

        def two_at_a_time(_operation: str, request: dict[str, Any]) -> Answer:
            keys = request["RequestItems"][TABLE]["Keys"]
            page = engine.BatchGetItem({"RequestItems": {TABLE: {"Keys": keys[:2]}}})
            return 200, page | ({"UnprocessedKeys": {TABLE: {"Keys": keys[2:]}}} if keys[2:] else {})

        engine.script = two_at_a_time
        assert dynamodb.get_many(TABLE, [f"id-{n}" for n in range(5)]) == engine.items

    def test_where_keys_stay_unprocessed_it_says_so_rather_than_leave_items_out(self, engine: Engine) -> None:
        engine.script = lambda _operation, request: (
            200,
            {"Responses": {TABLE: []}, "UnprocessedKeys": request["RequestItems"]},
        )
        with pytest.raises(retries.CapacityExceeded) as refusal:
            dynamodb.get_many(TABLE, ["id-0"])
        assert retries.is_retryable(refusal.value)


class TestQuery:
    def test_every_page_is_read_until_the_last(self, engine: Engine) -> None:
        def pages(_operation: str, request: dict[str, Any]) -> Answer:
            page = int(request.get("ExclusiveStartKey", {"page": {"N": "0"}})["page"]["N"])
            more = {"LastEvaluatedKey": {"page": {"N": str(page + 1)}}} if page < 3 else {}
            return 200, {"Items": made(page)} | more

        engine.script = pages
        assert list(dynamodb.query(TABLE, IndexName="byUser")) == [made(0), made(1), made(2), made(3)]

    def test_a_page_is_not_read_before_it_is_asked_for(self, engine: Engine) -> None:
        engine.script = lambda _operation, _request: (200, {"Items": made(1), "LastEvaluatedKey": {"id": {"S": "a"}}})
        pages = dynamodb.query(TABLE)
        assert engine.requests == []
        next(pages)
        assert len(engine.requests) == 1

    @pytest.mark.parametrize("failure", RETRYABLE, ids=str)
    def test_a_failure_that_passes_is_waited_out(self, engine: Engine, failure: Answer) -> None:
        engine.script = lambda _operation, _request: failure if len(engine.requests) <= 2 else (200, {"Items": made(2)})
        assert list(dynamodb.query(TABLE)) == [made(2)]

    @pytest.mark.parametrize("text", [b"", b"{", b'{"Count": 3}', b'{"Items": [{"id"'], ids=repr)
    def test_an_answer_that_was_cut_off_is_never_taken_for_an_empty_page(self, engine: Engine, text: bytes) -> None:
        engine.script = lambda _operation, _request: (200, text)
        with pytest.raises(Exception):  # noqa: B017 - whatever says that it went wrong
            list(dynamodb.query(TABLE))

    def test_an_error_keeps_its_code(self, engine: Engine) -> None:
        engine.script = lambda _operation, _request: error("ResourceNotFoundException")
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            list(dynamodb.query(TABLE))


def test_binary_attributes_are_base64_text_in_pages_and_bytes_in_single_items(engine: Engine) -> None:
    item = {"id": {"S": "packed"}, "pack": {"B": b64encode(b"\x00\xff").decode()}}
    engine.script = lambda operation, _request: (200, {"Items": [item]} if operation == "Query" else {"Item": item})
    assert list(dynamodb.query(TABLE)) == [[item]]
    assert dynamodb.get(TABLE, {"id": {"S": "packed"}}) == item | {"pack": {"B": b"\x00\xff"}}


def test_a_page_can_be_decoded_in_another_way(engine: Engine) -> None:
    """Also while other pages are read, which are decoded as usual."""
    engine.script = lambda _operation, _request: (200, {"Items": made(1), "LastEvaluatedKey": {"id": {"S": "a"}}})
    pages = dynamodb.query_as(lambda body: json.loads(body) | {"Items": body}, TABLE)
    assert isinstance(next(pages), bytes)
    assert next(dynamodb.query(TABLE)) == made(1)
    assert isinstance(next(pages), bytes)


class TestBackoff:
    def test_pauses_are_random_and_their_bound_doubles_up_to_the_longest(self, engine: Engine) -> None:
        assert list(Backoff(attempts=6, first_pause=0.1, longest_pause=0.5)) == [0, 1, 2, 3, 4, 5]
        bounds = (0.1, 0.2, 0.4, 0.5, 0.5)
        assert all(0 <= pause <= bound for pause, bound in zip(engine.pauses, bounds, strict=True))
        assert len(set(engine.pauses)) > 1

    def test_a_first_attempt_that_succeeds_is_not_waited_for(self, engine: Engine) -> None:
        assert next(iter(Backoff(attempts=2, first_pause=1, longest_pause=1))) == 0
        assert engine.pauses == []


@pytest.mark.parametrize("text", ["", "☃ 🦜", '"\\', "\u0000", "1E5"], ids=ascii)
def test_the_quick_parser_reads_what_dynamodb_wrote(engine: Engine, text: str) -> None:
    items = [
        {"id": {"S": text}, "n": {"N": "1.10"}, "l": {"L": [{"BOOL": True}, {"NULL": True}, {"M": {"a": {"S": text}}}]}}
    ]
    engine.script = lambda _operation, _request: (200, {"Items": items, "Count": 1})
    assert list(dynamodb.query(TABLE)) == [items]
