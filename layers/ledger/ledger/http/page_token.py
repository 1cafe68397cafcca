"""nextToken: a place in a list, sealed, so that it is good for nothing but going on from there."""

import base64
import hashlib
import hmac

from ledger.core.errors import InvalidRequest, Problem

_SEAL = 16


def seal(position: str, context: bytes, secret: str) -> str:
    """A token for a position. `context` says whose list it is and how it is filtered."""
    return base64.urlsafe_b64encode(_mac(position.encode(), context, secret) + position.encode()).decode().rstrip("=")


def unseal(token: str, context: bytes, secret: str) -> str:
    """The position of a token. Raises InvalidRequest for one that was not sealed for this context."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        sealed = b""
    mac, position = sealed[:_SEAL], sealed[_SEAL:]
    if not hmac.compare_digest(mac, _mac(position, context, secret)):
        raise InvalidRequest(Problem("nextToken", "a token of the same list, with the same filters"))
    return position.decode()


def _mac(position: bytes, context: bytes, secret: str) -> bytes:
    return hmac.digest(secret.encode(), hashlib.sha256(context).digest() + position, "sha256")[:_SEAL]
