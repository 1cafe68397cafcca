"""JSON Web Tokens: verified for callers, signed for tools and tests."""

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
REFRESH_INTERVAL = 60
"""Seconds between two refreshes of the keys because of a token whose key is unknown."""


def verify(token: str, settings: Settings) -> Identity:
    """Returns the identity that a token proves.

    HS256 is verified with the stack's own secret. RS256 and ES256 are verified with the keys at the JWKS URL, if one is
    set, together with the issuer and the audience. Raises Unauthenticated for every other token. Where the keys can't
    be fetched it raises PyJWKClientConnectionError, since API Gateway would cache a refusal.
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
                _jwks(settings.jwks_url).key_of(token),  # a key is valid for its own algorithm only
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
    """Returns a token that is signed with the stack's own secret and valid for `lifetime` seconds."""
    now = int(time.time())
    claims = {"sub": did, "role": role.value, "iat": now, "exp": now + lifetime}
    return jwt.encode(claims, signing_secret, _SHARED_SECRET)


def _identity(claims: dict[str, Any]) -> Identity:
    did = claims.get("did") or claims.get("sub")
    role = claims.get("role") or Role.USER
    if not isinstance(did, str) or not did:
        raise Unauthenticated("the token has no user (`did` or `sub`)")
    if role not in Role:
        raise Unauthenticated(f"the token's role must be one of {', '.join(Role)}")
    return Identity(did, Role(role), int(claims["exp"]))


class _KeySet:
    """The keys at a JWKS URL, cached for an hour. An unknown key makes them be fetched again, at most once a minute."""

    def __init__(self, url: str) -> None:
        self._client = PyJWKClient(url, lifespan=3_600, timeout=3)
        self._refreshed_at = 0.0

    def key_of(self, token: str) -> PyJWK:
        key_id = jwt.get_unverified_header(token).get("kid")
        found = self._find(key_id)
        if found is None and time.monotonic() - self._refreshed_at > REFRESH_INTERVAL:
            self._refreshed_at = time.monotonic()
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
