"""JSON Web Tokens: verified for callers, signed for tools and tests."""

import time
from functools import cache
from typing import Any

import jwt
from jwt import PyJWK, PyJWKClient

from ledger.access import provider_claims
from ledger.aws.secrets import get_secret
from ledger.aws.settings import Settings
from ledger.core.errors import Unauthenticated
from ledger.core.identity import LEEWAY, Identity, Role

_SHARED_SECRET = "HS256"  # noqa: S105 - the name of an algorithm
_PUBLIC_KEY = ("RS256", "ES256")
FRESH = 600
"""Seconds after which the keys of an identity provider are fetched again."""
KEPT = 3_600
"""Seconds for which keys are used while the provider does not answer."""
REFRESH_INTERVAL = 60
"""Seconds between two attempts to fetch keys for the same reason, while there are some."""


def verify(token: str, settings: Settings) -> Identity:
    """Returns the identity that a token proves.

    HS256 is verified with the stack's own secret. RS256 and ES256 are verified with the keys of the identity provider,
    if one is set, together with its issuer and the audience. Raises Unauthenticated for every other token. Where there
    are no keys to verify with, it raises PyJWKClientConnectionError, since API Gateway would cache a refusal.
    """
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        if algorithm == _SHARED_SECRET:
            secret = get_secret(settings.jwt_secret_arn)
            claims = jwt.decode(token, secret, [_SHARED_SECRET], leeway=LEEWAY, options={"require": ["exp"]})
            return _own_identity(claims)
        if algorithm not in _PUBLIC_KEY or not settings.jwks_url:
            raise Unauthenticated("the token's algorithm is not accepted")
        claims = jwt.decode(
            token,
            _jwks(settings.jwks_url).key_of(token),  # a key is valid for its own algorithm only
            [algorithm],
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            leeway=LEEWAY,
            options={"require": ["exp", "iss", "aud"]},
        )
        return provider_claims.identity(claims, settings)
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("the token has expired") from None
    except jwt.PyJWKClientConnectionError:
        raise
    except jwt.PyJWTError:
        raise Unauthenticated("the token is not valid") from None


def mint(signing_secret: str, did: str, role: Role, *, lifetime: int) -> str:
    """Returns a token that is signed with the stack's own secret and valid for `lifetime` seconds."""
    now = int(time.time())
    claims = {"sub": did, "role": role.value, "iat": now, "exp": now + lifetime}
    return jwt.encode(claims, signing_secret, _SHARED_SECRET)


def _own_identity(claims: dict[str, Any]) -> Identity:
    """Returns whom a token of the stack itself names: only who has the stack's secret can sign one."""
    did = claims.get("did") or claims.get("sub")
    role = claims.get("role") or Role.USER
    if not isinstance(did, str) or not did:
        raise Unauthenticated("the token has no user (`did` or `sub`)")
    if role not in Role:
        raise Unauthenticated(f"the token's role must be one of {', '.join(Role)}")
    return Identity(did, Role(role), int(claims["exp"]), LEEWAY, f"token:{did}")


class _KeySet:
    """The keys at a JWKS URL."""

    def __init__(self, url: str) -> None:
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=3)
        self._keys: dict[str | None, PyJWK] = {}
        self._fetched_at = self._tried_at = self._sought_at = -float(KEPT)

    def key_of(self, token: str) -> PyJWK:
        """Returns the key that a token names. An unknown one makes the keys be fetched again, at most once a minute."""
        key_id = jwt.get_unverified_header(token).get("kid")
        now = time.monotonic()
        if not self._keys or (now - self._fetched_at > FRESH and now - self._tried_at > REFRESH_INTERVAL):
            self._fetch(now)
        if key_id not in self._keys and now - self._sought_at > REFRESH_INTERVAL:
            self._sought_at = now
            self._fetch(now)
        if key_id not in self._keys:
            raise Unauthenticated("the token's key is not known")
        return self._keys[key_id]

    def _fetch(self, now: float) -> None:
        """Fetch the keys, or keep those that are there where that fails and they are not too old.

        Raises PyJWKClientConnectionError where none are left, whatever it is that the provider answers.
        """
        self._tried_at = now
        try:
            self._keys = {key.key_id: key for key in self._client.get_signing_keys()}
            self._fetched_at = now
        except (jwt.PyJWTError, ValueError) as error:  # ValueError where the answer is no JSON
            if now - self._fetched_at > KEPT:
                self._keys = {}
            if not self._keys:
                raise jwt.PyJWKClientConnectionError("the identity provider shows no keys") from error


@cache
def _jwks(url: str) -> _KeySet:
    return _KeySet(url)
