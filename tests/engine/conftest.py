"""A DynamoDB Local for each module, and in it empty tables for each test."""

from collections.abc import Iterator

import pytest

from tests.engine.tables import tables_on
from tools.local.dynamodb_local import dynamodb_local


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    """The URL of a DynamoDB Local. Streams of tables that are gone slow down its writes: so each module has its own."""
    with dynamodb_local() as url:
        yield url


@pytest.fixture
def tables(engine: str) -> Iterator[None]:
    with tables_on(engine):
        yield
