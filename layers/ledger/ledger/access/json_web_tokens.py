"""JSON Web Tokens: verified for callers, minted for tools."""

import time
from functools import cache
from typing import Any

import jwt
from jwt import PyJWK, PyJWKClient

from ledger.aws.secrets import get_secret
from ledger.aws.settings import Settings
from ledger.core.errors import Unauthenticated
from ledger.core.identity import Identity, Role

_SHARED_SECRET = "HS256"  # noqa: S105 - the name of an algorithm
_PUBLIC_KEY = ("RS256", "ES256")
ASK_AGAIN_AFTER = 60
"""Seconds in which a key that is not known makes the authorizer ask for the keys at most once."""


def verify(token: str, settings: Settings) -> Identity:
    """The identity a token proves.

    HS256 is checked by the stack's own secret, RS256 and ES256 by the keys at the JWKS URL where one is set,
    together with the issuer and audience that are expected there. Raises Unauthenticated for anything else;
    PyJWKClientConnectionError where the keys can't be had, so that nobody is refused, and kept refused, for that.
    """
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        if algorithm == _SHARED_SECRET:
            claims = jwt.decode(
                token, get_secret(settings.jwt_secret_arn), [_SHARED_SECRET], options={"require": ["exp"]}
            )
        elif algorithm in _PUBLIC_KEY and settings.jwks_url:
            claims = jwt.decode(
                token,
                _jwks(settings.jwks_url).key_of(token),  # good for its own algorithm only
                [algorithm],
                issuer=settings.jwt_issuer or None,
                audience=settings.jwt_audience or None,
                options={"require": ["exp"], "verify_aud": bool(settings.jwt_audience)},
            )
        else:
            raise Unauthenticated("the token's algorithm is not accepted")
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("the token has expired") from None
    except jwt.PyJWKClientConnectionError:
        raise
    except jwt.PyJWTError:
        raise Unauthenticated("the token is not valid") from None
    return _identity(claims)


def mint(signing_secret: str, did: str, role: Role, *, lifetime: int) -> str:
    """A token signed by the stack's own secret, good for `lifetime` seconds."""
    now = int(time.time())
    claims = {"sub": did, "role": role.value, "iat": now, "exp": now + lifetime}
    return jwt.encode(claims, signing_secret, _SHARED_SECRET)


def _identity(claims: dict[str, Any]) -> Identity:
    did = claims.get("did") or claims.get("sub")
    role = claims.get("role") or Role.USER
    if not isinstance(did, str) or not did:
        raise Unauthenticated("the token names no user: `did` or `sub`")
    if role not in Role:
        raise Unauthenticated(f"the token's role is none of {', '.join(Role)}")
    return Identity(did, Role(role), int(claims["exp"]))


class _KeySet:
    """The keys at a URL, kept for an hour. One that is not among them has them asked for again, but not every time."""

    def __init__(self, url: str) -> None:
        self._client = PyJWKClient(url, lifespan=3_600, timeout=3)
        self._asked_again = 0.0

    def key_of(self, token: str) -> PyJWK:
        key_id = jwt.get_unverified_header(token).get("kid")
        found = self._find(key_id)
        if found is None and time.monotonic() - self._asked_again > ASK_AGAIN_AFTER:
            self._asked_again = time.monotonic()
            self._client.get_jwk_set(refresh=True)
            found = self._find(key_id)
        if found is None:
            raise Unauthenticated("the token's key is not known")
        return found

    def _find(self, key_id: str | None) -> PyJWK | None:
        return next((key for key in self._client.get_signing_keys() if key.key_id == key_id), None)


@cache
def _jwks(url: str) -> _KeySet:
    return _KeySet(url)
