"""A secret is asked for rarely, and a rotated one is noticed."""

import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ledger.aws import clients, secrets


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        for remembered in (clients.session, secrets.client):
            remembered.cache_clear()
        yield boto3.client("secretsmanager")
    for remembered in (clients.session, secrets.client):
        remembered.cache_clear()


def test_it_is_asked_for_once_in_five_minutes(manager: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 3_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    arn = manager.create_secret(Name="rotated", SecretString="before")["ARN"]
    asked: list[str] = []

    def note(params: dict[str, Any], **_: object) -> None:
        asked.append(params["SecretId"])

    secrets.client().meta.events.register("provide-client-params.secretsmanager", note)
    assert secrets.get_secret(arn) == "before"
    manager.put_secret_value(SecretId=arn, SecretString="after")
    now += secrets.MAX_AGE - 1
    assert secrets.get_secret(arn) == "before"
    now += 1
    assert secrets.get_secret(arn) == "after"
    assert asked == [arn, arn]


def test_one_that_could_not_be_read_is_asked_for_again(manager: Any) -> None:
    with pytest.raises(Exception, match="ResourceNotFound"):
        secrets.get_secret("later")
    manager.create_secret(Name="later", SecretString="there")
    assert secrets.get_secret("later") == "there"
