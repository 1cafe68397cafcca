"""Secrets Manager, asked once every five minutes so that a rotated secret is noticed."""

import time
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from ledger.aws import clients

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_AGE = 300


@cache
def client() -> "SecretsManagerClient":
    """The one client of this execution environment."""
    return clients.client("secretsmanager", connect_timeout=2, read_timeout=3, retries={"mode": "standard"})


def secret(arn: str) -> str:
    """The current value of a secret, which is text."""
    return _read(arn, int(time.monotonic() // MAX_AGE))


@lru_cache(maxsize=4)
def _read(arn: str, _span: int) -> str:
    """Read once in each span of time."""
    return client().get_secret_value(SecretId=arn)["SecretString"]
