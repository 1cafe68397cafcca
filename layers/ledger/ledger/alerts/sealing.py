"""Sealing: what nobody but the functions that send alerts may read, encrypted with a key of Secrets Manager."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken

from ledger.aws.secrets import get_secret


class Unreadable(Exception):
    """What was sealed was sealed with another secret."""


def seal(text: str, secret_arn: str) -> bytes:
    """Returns a text encrypted, and authenticated, with the key that a secret stands for."""
    return _key(secret_arn).encrypt(text.encode())


def unseal(sealed: bytes, secret_arn: str) -> str:
    """Returns the text that was sealed. Raises Unreadable."""
    try:
        return _key(secret_arn).decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable("sealed with another secret: create the channel again") from None


def _key(secret_arn: str) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(get_secret(secret_arn).encode()).digest()))
