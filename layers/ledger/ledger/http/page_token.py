"""The token of the next page, `nextToken`: a signed position in a list.

Its signature covers whose list it is and how it is filtered, so that it continues this list and no other.
"""

import base64
import hashlib
import hmac

from ledger.core.errors import InvalidRequest, Problem

_SIGNATURE_LENGTH = 16


def sign(position: str, context: bytes, secret: str) -> str:
    """Returns the token of a position. `context` says whose list it is and how it is filtered."""
    signed = _signature(position.encode(), context, secret) + position.encode()
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")


def verify(token: str, context: bytes, secret: str) -> str:
    """Returns the position of a token. Raises InvalidRequest for one that was not signed for this context."""
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        signed = b""
    signature, position = signed[:_SIGNATURE_LENGTH], signed[_SIGNATURE_LENGTH:]
    if not hmac.compare_digest(signature, _signature(position, context, secret)):
        raise InvalidRequest(Problem("nextToken", "a token of the same list, with the same filters"))
    return position.decode()


def _signature(position: bytes, context: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), hashlib.sha256(context).digest() + position, "sha256")[:_SIGNATURE_LENGTH]
