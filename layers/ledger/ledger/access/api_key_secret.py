"""API keys, `ul_<id>_<secret>`: how they are generated and verified. Of the secret only a hash is stored."""

import hashlib
import hmac
import secrets
import time
from typing import Final

from ledger.aws import dynamodb
from ledger.core import keys
from ledger.core.errors import Unauthenticated
from ledger.core.identity import Identity, Role

PREFIX: Final = "ul_"
_ID_LENGTH: Final = 16


def new() -> tuple[str, str, str]:
    """Returns the id of a new key, the key itself, and the hash of its secret."""
    key_id, secret = secrets.token_hex(_ID_LENGTH // 2), secrets.token_urlsafe(32)
    return key_id, f"{PREFIX}{key_id}_{secret}", _hash(secret)


def verify(table: str, key: str) -> Identity:
    """Returns the identity of a key. Raises Unauthenticated where it is unknown, revoked, expired or wrong."""
    key_id, _, secret = key.removeprefix(PREFIX).partition("_")
    item = dynamodb.get(table, {"id": {"S": keys.api_key(key_id)}}) if len(key_id) == _ID_LENGTH else None
    if item is None or not hmac.compare_digest(item["hash"]["S"], _hash(secret)):
        raise Unauthenticated("the API key is not valid")
    expires_at = int(item["expiresAt"]["N"]) if "expiresAt" in item else 0
    if 0 < expires_at <= time.time():
        raise Unauthenticated("the API key has expired")
    return Identity(item["did"]["S"], Role(item["role"]["S"]), expires_at, credential=f"key:{key_id}")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # 256 random bits need no slow hash
