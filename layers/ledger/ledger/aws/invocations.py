"""Asynchronous invocations of functions, which nobody waits for."""

import json
from functools import cache
from typing import TYPE_CHECKING

from ledger.aws import clients

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@cache
def client() -> "LambdaClient":
    """The client of this execution environment, made when it is first needed, because making it takes a while."""
    return clients.client("lambda", connect_timeout=2, read_timeout=10, retries={"mode": "standard"})


def invoke_async(function: str, **payload: str) -> None:
    """Invoke a function without waiting for its result. A retry may invoke it twice, even at the same time."""
    client().invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(payload))
