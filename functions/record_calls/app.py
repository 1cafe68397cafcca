"""POST /api/model-calls: a gateway writes the calls it made."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.errors import TryAgain
from ledger.http import Api, answer
from ledger.identity import WRITERS
from ledger.recording import Receipt, Recorder, sent_calls
from ledger.settings import settings

api = Api(WRITERS)
recorder = Recorder.of(settings())


@api.post("/api/model-calls")
def record_calls() -> Response[str]:
    receipt = recorder.record(sent_calls(api.current_event.body or ""))
    return answer(receipt, _status(receipt))


def _status(receipt: Receipt) -> HTTPStatus:
    taken = receipt["recorded"] + receipt.get("accepted", 0)
    if taken and receipt["rejected"]:
        return HTTPStatus.MULTI_STATUS
    if taken:
        return HTTPStatus.ACCEPTED if "accepted" in receipt else HTTPStatus.OK
    if any(rejection["retryable"] for rejection in receipt["rejected"]):
        raise TryAgain("the ledger is busy: send the same request again")
    return HTTPStatus.BAD_REQUEST


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.resolve(event, context)
