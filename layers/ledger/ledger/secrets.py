"""Secrets Manager, asked once every five minutes so that a rotated secret is noticed."""

from aws_lambda_powertools.utilities import parameters

MAX_AGE = 300


def secret(arn: str) -> str:
    """The current value of a secret."""
    value = parameters.get_secret(arn, max_age=MAX_AGE)
    assert isinstance(value, str)  # noqa: S101 - the stack's secrets are text
    return value
