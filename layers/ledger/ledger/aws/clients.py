"""Clients of AWS's services, made by boto3."""

from functools import cache
from typing import Any, Literal, get_args

import boto3
from botocore.config import Config

type Service = Literal["dynamodb", "dynamodbstreams", "lambda", "s3", "secretsmanager", "sns", "sqs"]
SERVICES: tuple[Service, ...] = get_args(Service.__value__)
"""All services that the functions use. The layer that `make build` makes describes no others."""


@cache
def session() -> boto3.Session:
    """The one session of this execution environment: what its first client loads, the next ones need not."""
    return boto3.Session()


def client(service: Service, **options: Any) -> Any:
    """A client with these options of botocore's Config. It may be shared between threads."""
    return session().client(service, config=Config(**options))
