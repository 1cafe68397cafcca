"""GET /api/user/model-calls/{id}: one call with all its fields."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.call_log.answers import CallRow
from ledger.call_log.rows import CallRows
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core.identity import READERS
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse

api = Api(READERS)
rows = CallRows(Calls.of(settings()), Directory(settings().registry_table))


@api.get("/api/user/model-calls/<id>")
def get_call(id: PathParameter) -> JsonResponse[CallRow]:
    """One call with all its fields

    Returns one of your own calls, or any call for those who may read all. Another user's call is not found. For
    an id of other characters than letters, digits, `.`, `_`, `~` and `-`, ask `/api/user/model-calls?id=`.
    """
    return JsonResponse(rows.row(api.identity, id))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
