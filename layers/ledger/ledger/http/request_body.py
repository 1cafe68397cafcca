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


_GZIP = b"\x1f\x8b"
_GZIP_IN_BASE64 = "H4sI"
_DAMAGED_GZIP = "\x1f\ufffd"


def read_body(event: Mapping[str, Any], largest: int = LARGEST_BODY) -> bytes:
    """Returns the body of an HTTP API event, decoded and, if it is gzip, decompressed.

    Whether it is gzip is decided by its first bytes, which neither JSON nor OTLP's protobuf begins with: the headers
    don't say what something on the way has done to it. Raises InvalidRequest for a body that can't be decoded, TooLarge
    for more than `largest` bytes.
    """
    body = _received(event)
    if body.startswith(_GZIP):
        body = _decompressed(body, largest)
    if len(body) > largest:
        raise TooLarge(f"a body holds at most {largest} bytes")
    return body


def _received(event: Mapping[str, Any]) -> bytes:
    """Returns the bytes of a body. API Gateway may pass bytes on as text where the Content-Type is that of a text."""
    text: str = event.get("body") or ""
    if text.startswith(_DAMAGED_GZIP):
        raise InvalidRequest(Problem("body", "gzip that was taken for text: send it as application/octet-stream"))
    try:
        if event.get("isBase64Encoded") or text.startswith(_GZIP_IN_BASE64):
            return base64.b64decode(text, validate=True)
        return text.encode("latin-1" if text.startswith(_GZIP.decode("latin-1")) else "utf-8")
    except (binascii.Error, UnicodeEncodeError):
        raise InvalidRequest(Problem("body", "neither UTF-8 nor base64")) from None


def _decompressed(body: bytes, largest: int) -> bytes:
    """Returns what a gzip body holds, cut after `largest` + 1 bytes: enough to see that it is too large."""
    decompressor = zlib.decompressobj(wbits=31)  # with the header and checksum of gzip
    try:
        content = decompressor.decompress(body, largest + 1)
    except zlib.error:
        raise InvalidRequest(Problem("body", "gzip that is damaged")) from None
    if len(content) <= largest and not decompressor.eof:
        raise InvalidRequest(Problem("body", "gzip that ends too early"))
    if decompressor.unused_data:
        raise InvalidRequest(Problem("body", "gzip with something behind it"))
    return content
