"""SQS as the ledger uses it: a list of JSON values is sent in as few messages as hold it."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson

from ledger.aws import clients
from ledger.core import exact_json

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LARGEST_MESSAGE = 200_000
"""The most bytes of the values in a message. Every region takes messages of 256 KiB."""
_NOT_IN_XML = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}
"""SQS refuses these characters, so they are escaped. JSON always escapes control characters."""


@cache
def client() -> "SQSClient":
    """The client of this execution environment, made when it is first needed, because that is seldom."""
    return clients.client(
        "sqs", connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}
    )


def send(url: str, name: str, values: Iterable[Any], **attributes: Any) -> None:
    """Send messages `{name: [values], **attributes}`. Each value has to fit into one message.

    Raises one of `retries.REQUEST_ERRORS`.
    """
    for texts in _messages(values):
        body = exact_json.dumps({**attributes, name: [orjson.Fragment(text) for text in texts]}).decode()
        client().send_message(QueueUrl=url, MessageBody=body.translate(_NOT_IN_XML))


def _messages(values: Iterable[Any]) -> Iterator[list[bytes]]:
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
