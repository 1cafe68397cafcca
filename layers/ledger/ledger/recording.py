"""Recording calls: what a gateway sends is judged call by call and written."""

import time
from operator import itemgetter
from typing import Any, TypedDict, cast

from ledger import exact_json
from ledger.call_input import CallInput, judge
from ledger.calls import Calls
from ledger.errors import InvalidRequest, Problem, TooLarge
from ledger.model_call import ModelCall
from ledger.registry import Registry

MOST_CALLS = 500


class Rejection(TypedDict):
    """A call that was not written. A retryable one may be sent again as it is; another has to be mended first."""

    index: int
    id: str | None
    error: str
    retryable: bool


class Receipt(TypedDict):
    """Every call of a request is either recorded or rejected."""

    recorded: int
    rejected: list[Rejection]


def record(sent: list[Any], calls: Calls, registry: Registry) -> Receipt:
    """Write the calls of one request. Of two with the same id the last counts, and both are recorded by it."""
    now = time.time()
    accepted: dict[int, tuple[CallInput, ModelCall]] = {}
    rejected: list[Rejection] = []
    for index, value in enumerate(sent):
        try:
            call_input = judge(value, now=int(now), retention=calls.retention)
        except InvalidRequest as error:
            rejected.append({"index": index, "id": _id(value), "error": str(error), "retryable": False})
        else:
            accepted[index] = call_input, call_input.to_call(int(now))
    registry.learn(
        ((call.user_did, call.user_info) for call, _ in accepted.values() if call.user_info),
        ((call.app_did, call.app_info) for call, _ in accepted.values() if call.app_did and call.app_info),
    )
    last = {call.id: call for _, call in accepted.values()}
    unwritten = {call.id for call in calls.put(list(last.values()), time.time())}
    for index, (_, call) in accepted.items():
        if call.id in unwritten:
            error = "the ledger is busy: send this call again"
            rejected.append({"index": index, "id": call.id, "error": error, "retryable": True})
    rejected.sort(key=itemgetter("index"))
    return {"recorded": len(sent) - len(rejected), "rejected": rejected}


def sent_calls(body: str) -> list[Any]:
    """The calls in a body: one call, an array of them, or {"calls": [...]}; not yet judged.

    Raises InvalidRequest for anything else, TooLarge for more than 500 calls.
    """
    try:
        value = exact_json.loads(body)
    except ValueError as error:
        raise InvalidRequest(Problem("body", f"not JSON: {error}")) from None
    if isinstance(value, dict):
        one = cast("dict[str, Any]", value)
        value = one.get("calls", [one])
    calls = cast("list[Any]", value) if isinstance(value, list) else []
    if not calls:
        raise InvalidRequest(Problem("body", 'a call, an array of calls, or {"calls": […]}'))
    if len(calls) > MOST_CALLS:
        raise TooLarge(f"a request holds at most {MOST_CALLS} calls, this one {len(calls)}")
    return calls


def _id(value: Any) -> str | None:
    call_id = cast("dict[str, Any]", value).get("id") if isinstance(value, dict) else None
    return call_id[:256].encode(errors="replace").decode() if isinstance(call_id, str) else None
