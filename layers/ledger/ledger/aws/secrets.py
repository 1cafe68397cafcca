"""Secrets from Secrets Manager. A rotated secret is noticed within five minutes."""

import time
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from ledger.aws import clients

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_AGE = 300
"""Seconds after which a secret is read again."""


@cache
def client() -> "SecretsManagerClient":
    """The client of this execution environment."""
    return clients.client("secretsmanager", connect_timeout=2, read_timeout=3, retries={"mode": "standard"})


def get_secret(arn: str) -> str:
    """The current value of a secret, which is text."""
    return _get_secret(arn, int(time.monotonic() // MAX_AGE))


@lru_cache(maxsize=4)
def _get_secret(arn: str, _period: int) -> str:
    """The number of the period is part of the cache's key, so a value is cached for one period at most."""
    return client().get_secret_value(SecretId=arn)["SecretString"]
