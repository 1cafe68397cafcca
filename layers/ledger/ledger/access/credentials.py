"""The credentials of a request: an API key or a JSON Web Token in `Authorization: Bearer …`."""

from ledger.access import api_key_secret, json_web_tokens
from ledger.aws.settings import Settings
from ledger.core.errors import Unauthenticated
from ledger.core.identity import Identity


def identify(authorization: str, settings: Settings) -> Identity:
    """Returns the identity that an Authorization header proves. Raises Unauthenticated."""
    # OpenTelemetry's environment variables hold headers percent-encoded, and some programs send them as they are.
    scheme, _, credentials = authorization.strip().replace("%20", " ", 1).partition(" ")
    credentials = credentials.strip()
    if scheme.lower() != "bearer" or not credentials:
        raise Unauthenticated("the Authorization header must be Bearer and a token or an API key")
    if credentials.startswith(api_key_secret.PREFIX):
        return api_key_secret.verify(settings.registry_table, credentials)
    return json_web_tokens.verify(credentials, settings)
