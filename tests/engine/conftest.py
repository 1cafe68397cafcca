"""A DynamoDB Local for each module, and in it empty tables for each test."""

from collections.abc import Iterator

import boto3
import pytest

from ledger import dynamodb
from tests.engine.dynamodb_local import dynamodb_local
from tests.integration.harness import TABLES, make_table


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """The URL of a DynamoDB Local. Streams of tables that are gone slow down its writes: so each module has its own."""
    with dynamodb_local() as url:
        yield url


@pytest.fixture
def tables(engine: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The stack's tables, empty, where the code under test finds them."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", engine)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    dynamodb.client.cache_clear()
    for table in TABLES.values():
        make_table(table)
    yield
    for table in TABLES.values():
        boto3.client("dynamodb").delete_table(TableName=table)
    dynamodb.client.cache_clear()
