"""An account for each module, and in it empty tables for each test or for all tests of the module."""

import os
import time
from collections.abc import Iterator

import boto3
import pytest

from tests.integration.harness import QUEUES, TABLES, Api, account, make_table
from tools.build import page


@pytest.fixture(scope="session", autouse=True)
def built_page() -> None:
    """What the function of the dashboard serves."""
    page.build()


@pytest.fixture(scope="module")
def shared_api() -> Iterator[Api]:
    """The API of a module whose tests don't see each other's calls, or only read."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("TIME_SHARDS", "3")  # each costs moto a Query
        with account(monkeypatch):
            yield Api()


@pytest.fixture
def api(shared_api: Api) -> Api:
    """An API that nothing was recorded in, whose functions were never called."""
    assert shared_api
    for table in TABLES.values():
        boto3.client("dynamodb").delete_table(TableName=table)
        make_table(table)
    for variable, queue in QUEUES.items():
        boto3.client("sqs").delete_queue(QueueUrl=os.environ[variable])
        boto3.client("sqs").create_queue(QueueName=queue)
    return Api()


@pytest.fixture
def instantly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts take no time."""

    def no_pause(_: float) -> None:
        pass

    monkeypatch.setattr(time, "sleep", no_pause)
