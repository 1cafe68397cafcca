"""Clients of AWS's services, made by botocore: nothing here uses what boto3 adds, and each cold start would load it."""

from functools import cache
from typing import Any, Literal, get_args

from botocore.config import Config
from botocore.session import Session, get_session

type Service = Literal["dynamodb", "lambda", "s3", "secretsmanager", "sqs"]
SERVICES: tuple[Service, ...] = get_args(Service.__value__)
"""All that the functions use; the layer that `make build` builds knows no other."""


@cache
def session() -> Session:
    """The one session of this execution environment: what its first client loads, the next need not."""
    return get_session()


def client(service: Service, **options: Any) -> Any:
    """A client with these options of botocore's Config; safe to share between threads."""
    return session().create_client(service, config=Config(**options))
