"""GET /api/user/model-calls/{id}: one call with all its fields."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.call_rows import CallRows
from ledger.calls import Calls
from ledger.http import Api, PathName, answer
from ledger.identity import READERS
from ledger.registry import Registry
from ledger.settings import settings

api = Api(READERS)
rows = CallRows(Calls.of(settings()), Registry(settings().registry_table))


@api.get("/api/user/model-calls/<call_id>")
def get_call(call_id: PathName) -> Response[str]:
    return answer(rows.row(api.identity, call_id))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
