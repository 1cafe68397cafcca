"""GET /api/user/model-calls/{id}: one call with all its fields."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.call_log.answers import CallRow
from ledger.call_log.single_call import CallQuery, SingleCall
from ledger.core.identity import READERS
from ledger.http.api import Api, PathParameter
from ledger.http.json_response import JsonResponse

api = Api(READERS)
single_call = SingleCall.of(settings())


@api.get("/api/user/model-calls/<id>")
def get_call(id: PathParameter, query: Annotated[CallQuery, Query()]) -> JsonResponse[CallRow]:
    """One call with all its fields

    Returns one of your own calls, or any call for those who may read all. Another user's call is not found. A call of
    a cold day is found with its `callTime`, which rows of the log have. For an id of other characters than letters,
    digits, `.`, `_`, `~` and `-`, ask `/api/user/model-calls?id=`.
    """
    return JsonResponse(single_call.row(api.identity, id, query))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
