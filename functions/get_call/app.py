"""GET /api/user/model-calls/{id}: one call with all its fields."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.call_body import CallRow
from ledger.call_rows import CallRows
from ledger.calls import Calls
from ledger.http import Answer, Api, PathName, answer
from ledger.identity import READERS
from ledger.registry import Registry
from ledger.settings import settings

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
