"""GET /api/user/model-calls/{id}: one call with all its fields."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.call_log.answers import CallRow
from ledger.call_log.rows import CallRows
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Registry
from ledger.core.identity import READERS
from ledger.http.api import Answer, Api, PathName, answer

api = Api(READERS)
rows = CallRows(Calls.of(settings()), Registry(settings().registry_table))


@api.get("/api/user/model-calls/<id>")
def get_call(id: PathName) -> Answer[CallRow]:
    """One call with all its fields

    Your own, or any for an administrator. A call of somebody else's is not found. An id with a slash in it can't be
    asked for by its path: search for it in the list, with `searchFields=id`.
    """
    return answer(rows.row(api.identity, id))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
