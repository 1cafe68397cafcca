"""The stack's tables on an engine."""

from collections.abc import Generator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from ledger.aws import dynamodb, s3
from tests.integration.harness import ARCHIVE, TABLES, make_table
from tools.operate.stack import EMULATOR_KEY


@contextmanager
def archive_bucket() -> Generator[None]:
    """An empty archive beside the tables, on an S3 in this process."""
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws(config={"core": {"mock_credentials": False}}):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.us-east-1.amazonaws.com")
        s3.client.cache_clear()
        boto3.client("s3").create_bucket(Bucket=ARCHIVE)
        yield
    s3.client.cache_clear()


@contextmanager
def tables_on(url: str) -> Generator[None]:
    """Empty tables, where the code under test finds them."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", EMULATOR_KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", EMULATOR_KEY)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        dynamodb.client.cache_clear()
        for table in TABLES.values():
            make_table(table)
        try:
            yield
        finally:
            for table in TABLES.values():
                boto3.client("dynamodb").delete_table(TableName=table)
            dynamodb.client.cache_clear()
