"""POST /api/model-calls: a gateway writes the calls it made."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.aws.settings import settings
from ledger.calls.call_input import CallInput
from ledger.core.errors import TryAgain
from ledger.core.identity import WRITERS
from ledger.http.api import Answer, Api, answer, takes
from ledger.recording.recorder import Receipt, Recorder, SentCalls, sent_calls

api = Api(WRITERS)
recorder = Recorder.of(settings())


@api.post(
    "/api/model-calls",
    responses={
        HTTPStatus.OK: {"description": "All calls are recorded"},
        HTTPStatus.ACCEPTED: {"description": "All calls are taken; some wait to be recorded"},
        HTTPStatus.MULTI_STATUS: {"description": "Some calls are taken, others rejected"},
        HTTPStatus.BAD_REQUEST: {"description": "Each call is rejected, or the body is none of calls"},
    },
)
@takes(CallInput | list[CallInput] | SentCalls)
def record_calls() -> Answer[Receipt]:
    """Record calls

    One call, an array of up to 500, or an object with them; up to 4 MB, which may be compressed with gzip. Each call
    is judged by itself. Recording an id again replaces the call: repeating a request changes nothing, and a
    `processing` call becomes its final one. A rejection that is retryable, like a 503 for the whole request, says that
    the database refused for now.
    """
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
