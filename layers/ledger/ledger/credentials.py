"""The credentials of a request: `Authorization: Bearer` with an API key or a JSON Web Token."""

from ledger import key_proof, tokens
from ledger.errors import Unauthenticated
from ledger.identity import Identity
from ledger.settings import Settings


def identify(authorization: str, settings: Settings) -> Identity:
    """The identity that an Authorization header proves. Raises Unauthenticated."""
    scheme, _, credentials = authorization.strip().partition(" ")
    credentials = credentials.strip()
    if scheme.lower() != "bearer" or not credentials:
        raise Unauthenticated("Authorization is not: Bearer, a token or an API key")
    if credentials.startswith(key_proof.PREFIX):
        return key_proof.verify(settings.registry_table, credentials)
    return tokens.verify(credentials, settings)
