"""A request of LiteLLM's generic_api callback: calls are recorded, what is none is set aside for somebody to see."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypedDict, cast

import orjson

from ledger import queues
from ledger.dynamodb import FAILURES
from ledger.errors import InvalidRequest, Problem, TryAgain
from ledger.fields import Fields, whole, within
from ledger.litellm import call, tags
from ledger.model_call import iso
from ledger.recording import Recorder, logger

_PICKED: Final = (
    *("litellm_call_id", "id", "trace_id", "session_id", "call_type", "stream", "status", "response_cost", "cache_hit"),
    *("custom_llm_provider", "model", "model_group", "model_id", "end_user", "request_tags", "error_str"),
    *("prompt_tokens", "completion_tokens", "total_tokens", "startTime", "endTime", "completionStartTime"),
)
_PICKED_WITHIN: Final[Mapping[str, tuple[str, ...]]] = {
    "model_parameters": ("user", "n"),
    "error_information": ("error_message",),
    "metadata": (
        *("user_api_key_hash", "user_api_key_alias", "user_api_key_user_id", "user_api_key_user_email"),
        *("user_api_key_team_id", "user_api_key_team_alias", "user_api_key_org_id", "user_api_key_end_user_id"),
    ),
}
_USAGE: Final = ("cache_read_input_tokens", "cache_creation_input_tokens", "output_image_count", "seconds")
_DETAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt_tokens_details": ("cached_tokens", "cache_creation_tokens"),
    "completion_tokens_details": ("reasoning_tokens",),
}
_NUMBERS: Final = frozenset(
    {
        *("prompt_tokens", "completion_tokens", "total_tokens", "startTime", "endTime", "completionStartTime"),
        *("response_cost", "n", *_USAGE, *(name for names in _DETAILS.values() for name in names)),
    }
)
"""What stands here and is no number is not kept: it could be anything."""
_LONGEST_TEXT: Final = 2_000


class Intake(TypedDict):
    """How many rows were recorded, will be soon, and were set aside."""

    recorded: int
    accepted: int
    setAside: int


def record(body: str, asker: str, recorder: Recorder, queue: str) -> Intake:
    """Record the rows of a body. One that is no good call is put into the queue with the reason, and fails no other.

    Raises InvalidRequest for a body that holds no rows, TryAgain where calls or rows could be kept nowhere: repeating
    the request does no harm.
    """
    calls: list[dict[str, Any]] = []
    sent: list[Any] = []
    refused: list[tuple[Any, str]] = []
    for row in rows(body):
        if row is None:  # LiteLLM sends it for a call that it could not describe itself
            continue
        try:
            calls.append(call(row, asker))
            sent.append(row)
        except InvalidRequest as error:
            refused.append((row, str(error)))
    receipt = recorder.record(calls)
    refused += [(sent[each["index"]], each["error"]) for each in receipt["rejected"] if not each["retryable"]]
    is_kept = _set_aside(refused, queue)
    if not is_kept or any(each["retryable"] for each in receipt["rejected"]):
        raise TryAgain("the ledger is busy: send the same request again")
    return {"recorded": receipt["recorded"], "accepted": receipt.get("accepted", 0), "setAside": len(refused)}


def _set_aside(refused: list[tuple[Any, str]], queue: str) -> bool:
    if not refused:
        return True
    try:
        asides = [{"reason": reason, "row": picked(row)} for row, reason in refused]
        queues.send(queue, "rows", asides, gateway="litellm", receivedAt=iso(time.time()))
    except FAILURES:
        logger.exception("Rows can't be set aside")
        return False
    logger.warning("Rows were set aside", extra={"rows": len(refused)})
    return True


def rows(body: str) -> list[Any]:
    """The rows of a body: an array, objects line by line, or one object. A line that is no JSON is a row of text.

    Raises InvalidRequest for a body that is nothing of these.
    """
    try:
        value = _parsed(body)
    except ValueError as error:
        lines = [line for line in body.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
            raise InvalidRequest(Problem("body", "a JSON array, a JSON object, or one on each line")) from error
        return [_line(line) for line in lines]
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _line(line: str) -> Any:
    try:
        return _parsed(line)
    except ValueError:
        return line


def _parsed(text: str) -> Any:
    """As LiteLLM writes JSON: it may have NaN in it, and halves of characters that a provider cut in two."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError(str(error)) from None


def picked(row: Any) -> Any:
    """What may be kept of a row that is no call: the fields that are read of one, where they are numbers or short."""
    if not isinstance(row, dict):
        return {"type": type(row).__name__}
    fields = cast("Fields", row)
    kept = dict(_plain(fields, _PICKED))
    for name, names in _PICKED_WITHIN.items():
        if isinstance(fields.get(name), dict):
            kept[name] = dict(_plain(fields[name], names))
    usage = within(within(fields, "metadata"), "usage_object")
    if usage:
        details = {name: dict(_plain(within(usage, name), names)) for name, names in _DETAILS.items()}
        kept["metadata"]["usage_object"] = dict(_plain(usage, _USAGE)) | {name: v for name, v in details.items() if v}
    return kept


def _plain(fields: Fields, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in names:
        value = fields.get(name)
        if name == "request_tags" and isinstance(value, list):
            yield name, tags(fields)
        elif isinstance(value, str) and name not in _NUMBERS:
            yield name, whole(value[:_LONGEST_TEXT])
        elif isinstance(value, bool | int | float) and abs(value) < 2**63:
            yield name, value
