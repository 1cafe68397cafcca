"""Work that nobody waits for: a function is told to do it, and tells itself to go on when its time is up.

What is to be done, and how far it is, lies in the Registry table. So whoever finds a job left lying may tell the
function again.
"""

import json
from functools import cache
from typing import TYPE_CHECKING

from ledger.aws import clients

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@cache
def client() -> "LambdaClient":
    """The one client of this execution environment. It takes a while to make, so only who starts a job does."""
    return clients.client("lambda", connect_timeout=2, read_timeout=10, retries={"mode": "standard"})


def run_later(function: str, **payload: str) -> None:
    """Let a function work on this. Told twice it may do so twice at once."""
    client().invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(payload))
