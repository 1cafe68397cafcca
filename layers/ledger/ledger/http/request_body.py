"""The bodies of requests, as API Gateway hands them on."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

from ledger.core.errors import InvalidRequest, Problem, TooLarge

LARGEST_BODY = 4 * 1024 * 1024
LARGEST_BATCH = 32 * 1024 * 1024
"""Of what a gateway sends, unpacked. Packed it may be what Lambda takes, which is 6 MB."""


def body_of(event: Mapping[str, Any], largest: int = LARGEST_BODY) -> bytes:
    """The body of an HTTP API event, decoded and, where it is gzip, unpacked.

    Raises InvalidRequest for a body that is not what it says it is, TooLarge for more bytes than `largest`.
    """
    text: str = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidRequest(Problem("body", "not what its encoding says")) from None
    if event["headers"].get("content-encoding", "").lower() == "gzip":
        body = _unpacked(body, largest)
    if len(body) > largest:
        raise TooLarge(f"a body holds at most {largest} bytes")
    return body


def _unpacked(body: bytes, largest: int) -> bytes:
    """No more than what shows that the body is too large."""
    unpacking = zlib.decompressobj(wbits=31)  # a gzip header and checksum
    try:
        unpacked = unpacking.decompress(body, largest + 1)
    except zlib.error:
        raise InvalidRequest(Problem("body", "not gzip, as its Content-Encoding says")) from None
    if len(unpacked) <= largest and not unpacking.eof:
        raise InvalidRequest(Problem("body", "gzip that ends too early"))
    if unpacking.unused_data:
        raise InvalidRequest(Problem("body", "gzip with something behind it"))
    return unpacked
