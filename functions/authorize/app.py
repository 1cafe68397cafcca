"""The Lambda authorizer of every route under /api: finds out who asks, by a JSON Web Token or an API key.

It lets every request through and says who it is from, or why that is not known; `ledger.http.api` turns the latter into
a 401 with the body of every other error, which API Gateway itself would not (docs/decisions/0002).
"""

from typing import TYPE_CHECKING, Any

from ledger.access import credentials
from ledger.aws.settings import settings
from ledger.core.errors import Unauthenticated

if TYPE_CHECKING:  # it waits before every request that starts cold, and has no use for Powertools
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    try:
        context = credentials.identify(event["headers"].get("authorization", ""), settings()).to_context()
    except Unauthenticated as refusal:
        context = {"refusal": str(refusal)}
    return {"isAuthorized": True, "context": context}
