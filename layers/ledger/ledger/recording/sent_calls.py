"""The calls of a request, as a gateway sends them."""

from typing import Any, TypedDict, cast

from ledger.calls.call_input import CallInput
from ledger.core import exact_json
from ledger.core.errors import InvalidRequest, Problem, TooLarge

MOST_CALLS = 500


class SentCalls(TypedDict):
    """Calls as a gateway sends them together, each validated by itself."""

    calls: list[CallInput]


def sent_calls(body: str) -> list[Any]:
    """The calls in a body: one call, an array of them, or {"calls": [...]}; not yet validated.

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


def sent_id(value: Any) -> str | None:
    """The id of a call that is not valid, if it has one, cut at the length of an id."""
    call_id = cast("dict[str, Any]", value).get("id") if isinstance(value, dict) else None
    return call_id[:256].encode(errors="replace").decode() if isinstance(call_id, str) else None
