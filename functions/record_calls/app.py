"""POST /api/model-calls: a gateway writes the calls it made."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.calls import Calls
from ledger.errors import TryAgain
from ledger.http import Api, answer
from ledger.identity import WRITERS
from ledger.recording import Receipt, record, sent_calls
from ledger.registry import Registry
from ledger.settings import settings

api = Api(WRITERS)
calls = Calls.of(settings())
registry = Registry(settings().registry_table)


@api.post("/api/model-calls")
def record_calls() -> Response[str]:
    receipt = record(sent_calls(api.current_event.body or ""), calls, registry)
    return answer(receipt, _status(receipt))


def _status(receipt: Receipt) -> HTTPStatus:
    if not receipt["rejected"]:
        return HTTPStatus.OK
    if receipt["recorded"]:
        return HTTPStatus.MULTI_STATUS
    if any(rejection["retryable"] for rejection in receipt["rejected"]):
        raise TryAgain("the ledger is busy: send the same request again")
    return HTTPStatus.BAD_REQUEST


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
