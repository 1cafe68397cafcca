"""A request of LiteLLM's generic_api callback: its calls are recorded, and rows that are no calls are set aside."""

import json
import time
from collections.abc import Sequence
from typing import Any, Final, TypedDict, cast

import msgspec

from ledger.aws import sqs
from ledger.aws.retries import REQUEST_ERRORS
from ledger.core.errors import InvalidRequest, Problem, TryAgain
from ledger.core.identity import Identity
from ledger.core.moments import iso
from ledger.gateways.litellm_call import call
from ledger.gateways.litellm_payload import Sent, picked, read
from ledger.gateways.receipts import counted
from ledger.gateways.received import Became, Client, ReceivedStore
from ledger.recording.recorder import Recorder, logger

_ROWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ROW: Final = msgspec.json.Decoder(msgspec.Raw)


class Intake(TypedDict):
    """How many rows were recorded, will be soon, and were set aside."""

    recorded: int
    accepted: int
    setAside: int


def record(body: str, client: Client, asker: Identity, recorder: Recorder, queue: str, store: ReceivedStore) -> Intake:
    """Record the rows of a body. An invalid row is put into the queue with the reason, and does not affect others.

    What came in is counted in the store, under the client.

    Raises InvalidRequest for a body that holds no rows, TryAgain where calls or rows could neither be stored nor
    queued: repeating the request does no harm.
    """
    calls: list[dict[str, Any]] = []
    good: list[Sent] = []
    refused: list[tuple[Sent, str]] = []
    for row in rows(body):
        try:
            if payload := read(row):
                calls.append(call(payload, asker.did))
                good.append(row)
        except InvalidRequest as error:
            refused.append((row, str(error)))
    unreadable = len(refused)
    receipt = recorder.record(calls, asker.writer)
    refused += [(good[each["index"]], each["error"]) for each in receipt["rejected"] if not each["retryable"]]
    is_kept = _set_aside(refused, queue)
    if not is_kept or any(each["retryable"] for each in receipt["rejected"]):
        raise TryAgain("the ledger is busy: send the same request again")
    received = counted(receipt, client)
    received.add(client, Became.SET_ASIDE, unreadable)
    store.add(received)
    return {"recorded": receipt["recorded"], "accepted": receipt.get("accepted", 0), "setAside": len(refused)}


def _set_aside(refused: list[tuple[Sent, str]], queue: str) -> bool:
    if not refused:
        return True
    try:
        asides = [{"reason": reason, "row": picked(row)} for row, reason in refused]
        sqs.send(queue, "rows", asides, gateway="litellm", receivedAt=iso(time.time()))
    except REQUEST_ERRORS:
        logger.exception("Rows can't be set aside")
        return False
    logger.warning("Rows were set aside", extra={"rows": len(refused)})
    return True


def rows(body: str) -> Sequence[Sent]:
    """The rows of a body: an array, objects line by line, or one object. A line that is not JSON is a row of text.

    Raises InvalidRequest for any other body.
    """
    try:
        return _ROWS.decode(body) if body.lstrip().startswith("[") else [_ROW.decode(body)]
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        value = json.loads(body)  # as LiteLLM writes it: it may have NaN in it
    except (ValueError, RecursionError):
        lines = [line for line in body.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
            raise InvalidRequest(Problem("body", "a JSON array, a JSON object, or one on each line")) from None
        return [_line(line) for line in lines]
    return cast("list[Sent]", value) if isinstance(value, list) else [value]


def _line(line: str) -> Sent:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line
