"""The body of a request, as API Gateway hands it over."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from typing import Any

from ledger.core.errors import InvalidRequest, Problem, TooLarge

LARGEST_BODY = 4 * 1024 * 1024
"""The usual limit of a body, in bytes."""
LARGEST_BATCH = 32 * 1024 * 1024
"""The limit of a gateway's batch, in bytes after decompression. Compressed, Lambda takes up to 6 MB."""


def read_body(event: Mapping[str, Any], largest: int = LARGEST_BODY) -> bytes:
    """Returns the body of an HTTP API event, decoded and, if it is gzip, decompressed.

    Raises InvalidRequest for a body that is not encoded as its headers say, TooLarge for more than `largest` bytes.
    """
    text: str = event.get("body") or ""
    try:
        body = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidRequest(Problem("body", "not what its encoding says")) from None
    if event["headers"].get("content-encoding", "").lower() == "gzip":
        body = _decompressed(body, largest)
    if len(body) > largest:
        raise TooLarge(f"a body holds at most {largest} bytes")
    return body


def _decompressed(body: bytes, largest: int) -> bytes:
    """Returns what a gzip body holds, cut after `largest` + 1 bytes: enough to see that it is too large."""
    decompressor = zlib.decompressobj(wbits=31)  # with the header and checksum of gzip
    try:
        content = decompressor.decompress(body, largest + 1)
    except zlib.error:
        raise InvalidRequest(Problem("body", "not gzip, as its Content-Encoding says")) from None
    if len(content) <= largest and not decompressor.eof:
        raise InvalidRequest(Problem("body", "gzip that ends too early"))
    if decompressor.unused_data:
        raise InvalidRequest(Problem("body", "gzip with something behind it"))
    return content
