"""Quick parsing of DynamoDB's answers to Query and BatchGetItem.

botocore walks the shape of every value, which takes ten times as long as decoding the JSON. So these answers are taken
as JSON has them. The items differ from those of boto3's client in one respect: binary attributes are Base64 text, not
bytes.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from zlib import crc32

import orjson
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse

type JsonItem = dict[str, Any]
"""An item as DynamoDB's JSON has it: {"id": {"S": "…"}, "pack": {"B": "<Base64>"}}."""

type Decode = Callable[[bytes], dict[str, Any]]
"""Decodes the body of an answer. Raises ValueError for what is not JSON."""

_decode: ContextVar[Decode] = ContextVar("_decode", default=orjson.loads)


@contextmanager
def decoding(decode: Decode) -> Generator[None]:
    """Decode the answers that arrive within the context by this function instead of orjson's."""
    token = _decode.set(decode)
    try:
        yield
    finally:
        _decode.reset(token)


def register(events: Any) -> None:
    """Parse the answers of a client quickly, given its events, and check that every answer arrived whole."""
    events.register("before-parse.dynamodb.Query", _parse_quickly)
    events.register("before-parse.dynamodb.BatchGetItem", _parse_quickly)
    events.register("after-call.dynamodb", _check_checksum)


def _parse_quickly(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Decode an answer in botocore's place. Errors, and text that is not JSON, are left to botocore, which retries."""
    if response_dict["status_code"] >= 300:
        return
    try:
        page = _decode.get()(response_dict["body"])
    except ValueError:
        return
    customized_response_dict.update(page)
    response_dict["body"] = b"{}"


def _check_checksum(http_response: "AWSResponse", **_: object) -> None:
    """Raises ResponseParserError for a truncated answer. Without retries left, botocore would take it for empty."""
    checksum = http_response.headers.get("x-amz-crc32")
    if checksum is not None and int(checksum) != crc32(http_response.content):
        raise ResponseParserError("the answer is not what DynamoDB sent")
