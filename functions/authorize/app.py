"""The Lambda authorizer of every route under /api: identifies the caller by a JSON Web Token or an API key.

It lets every request through, with the caller's identity or the reason why there is none. `ledger.http.api` turns that
reason into a 401 with the same body as every other error, which API Gateway would not do (docs/decisions/0002).
"""

from typing import TYPE_CHECKING, Any

from ledger.access import credentials
from ledger.aws.settings import settings
from ledger.core.errors import Unauthenticated

if TYPE_CHECKING:  # every cold request waits for this function, which needs nothing of Powertools
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    try:
        context = credentials.identify(event["headers"].get("authorization", ""), settings()).to_context()
    except Unauthenticated as refusal:
        context = {"refusal": str(refusal)}
    return {"isAuthorized": True, "context": context}
