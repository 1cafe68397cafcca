"""SQS as the ledger uses it: a list of JSON values goes out in as few messages as hold it."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from ledger.aws import clients
from ledger.core import exact_json

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LARGEST_MESSAGE = 200_000
"""Bytes of the values in a message, well below the 256 KiB that every region takes."""
_NOT_IN_XML = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
"""SQS refuses these; in JSON they can be written otherwise. Control characters are escaped in any JSON."""


@cache
def client() -> "SQSClient":
    """The one client of this execution environment, made when something has to be queued, which is rare."""
    return clients.client(
        "sqs", connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
    )


def send(url: str, name: str, values: Iterable[Any], **about: Any) -> None:
    """Send messages `{name: [values], **about}`. Raises an error of boto's where one can't be sent.

    Each value has to fit into a message.
    """
    for texts in _packed(values):
        body = exact_json.dumps({**about, name: [orjson.Fragment(text) for text in texts]}).decode()
        client().send_message(QueueUrl=url, MessageBody=body.translate(_NOT_IN_XML))


def _packed(values: Iterable[Any]) -> Iterator[list[bytes]]:
    texts: list[bytes] = []
    size = 0
    for value in values:
        text = exact_json.dumps(value)
        if texts and size + len(text) > LARGEST_MESSAGE:
            yield texts
            texts, size = [], 0
        texts.append(text)
        size += len(text)
    if texts:
        yield texts
