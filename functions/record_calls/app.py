"""POST /api/model-calls: records the calls that a gateway made."""

from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ledger.access.quota import Quota
from ledger.aws.settings import settings
from ledger.calls.call_input import CallInput
from ledger.core.errors import TryAgain
from ledger.core.identity import WRITERS
from ledger.gateways.receipts import counted
from ledger.gateways.received import Client, ReceivedStore
from ledger.http.api import Api, body_type
from ledger.http.json_response import JsonResponse
from ledger.recording.recorder import Receipt, Recorder
from ledger.recording.sent_calls import SentCalls, sent_calls

api = Api(WRITERS, quota=Quota.of(settings()))
recorder = Recorder.of(settings())
received = ReceivedStore(settings().ingestion_table)


@api.post(
    "/api/model-calls",
    responses={
        HTTPStatus.OK: {"description": "All calls are recorded"},
        HTTPStatus.ACCEPTED: {"description": "All calls are accepted; some wait to be recorded"},
        HTTPStatus.MULTI_STATUS: {"description": "Some calls are recorded or accepted, others are rejected"},
        HTTPStatus.BAD_REQUEST: {"description": "Every call is rejected, or the body holds no calls"},
    },
)
@body_type(CallInput | list[CallInput] | SentCalls)
def record_calls() -> JsonResponse[Receipt]:
    """Record calls

    Takes one call, an array of up to 500 calls, or an object that holds the array; up to 4 MB, which may be compressed
    with gzip. Each call is validated by itself. A call whose id exists already replaces the former one: repeating a
    request changes nothing, and a `processing` call is replaced by its final version. Only the API key that recorded a
    call may replace it, or an administrator; a call of another key is rejected. A retryable rejection, like a
    503 for the whole request, means that the database has no capacity for now: send the same again.
    """
    receipt = recorder.record(sent_calls(api.current_event.body or ""), api.identity.writer)
    status = _status(receipt)
    received.add(counted(receipt, Client.of(api.current_event.headers.get("user-agent", ""))))
    return JsonResponse(receipt, status)


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
