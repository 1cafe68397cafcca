"""Recording calls: each call that a gateway sends is validated, priced and written, or waits in a queue for that."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple, NotRequired, TypedDict, cast

from aws_lambda_powertools import Logger

from ledger.aws import sqs
from ledger.aws.retries import REQUEST_ERRORS, CapacityExceeded
from ledger.aws.settings import Settings
from ledger.calls.call_input import CallInput, validate_call
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.calls.model_call import ModelCall
from ledger.core import exact_json
from ledger.core.errors import InvalidRequest, Problem, TooLarge
from ledger.core.moments import iso, unix
from ledger.pricing.pricing import Pricing
from ledger.recording.erased_users import erased_at

MOST_CALLS = 500

logger = Logger()


class SentCalls(TypedDict):
    """Calls as a gateway sends them together, each validated by itself."""

    calls: list[CallInput]


class Rejection(TypedDict):
    """A call that was not written. A retryable one may be sent again as it is; another has to be mended first."""

    index: int
    """Of the call, in the order in which they were sent, from 0."""
    id: str | None
    error: str
    """Each field that is wrong, and what it may be."""
    retryable: bool
    """Whether the call may be sent again as it is."""


class Receipt(TypedDict):
    """Every call of a request is recorded, accepted or rejected. One that is accepted will be recorded soon."""

    recorded: int
    """How many calls."""
    accepted: NotRequired[int]
    """How many calls wait to be recorded; missing where none does."""
    rejected: list[Rejection]


class ValidCall(NamedTuple):
    """A valid call: as it was sent, with the details that came with it, and as it will be stored."""

    sent: CallInput
    call: ModelCall


@dataclass(frozen=True)
class Recorder:
    """Writes calls. Those that can't be written now wait in a queue, to be written from there by `record_late`."""

    calls: Calls
    directory: Directory
    pricing: Pricing
    queue: str

    @classmethod
    def of(cls, settings: Settings) -> "Recorder":
        return cls(
            Calls.of(settings),
            Directory(settings.registry_table),
            Pricing(settings.registry_table),
            settings.waiting_calls_queue,
        )

    def record(self, sent: Sequence[Any]) -> Receipt:
        """Record the calls of one request. Of two with the same id the last counts, and both are recorded by it."""
        received_at = time.time()
        accepted: dict[int, ValidCall] = {}
        rejected: list[Rejection] = []
        for index, value in enumerate(sent):
            try:
                accepted[index] = self._validate(value, received_at)
            except InvalidRequest as error:
                rejected.append({"index": index, "id": _id(value), "error": str(error), "retryable": False})
        left = self._write(accepted.values(), received_at, self.calls.put)
        unwritten = {valid.call.id for valid in left}
        late = {index: valid for index, valid in accepted.items() if valid.call.id in unwritten}
        waiting = self._queue(left, received_at)
        if not waiting:
            busy = "the ledger is busy: send this call again"
            for index, valid in late.items():
                rejected.append({"index": index, "id": valid.call.id, "error": busy, "retryable": True})
        rejected.sort(key=itemgetter("index"))
        recorded = len(accepted) - len(late)
        if late and waiting:
            return {"recorded": recorded, "accepted": len(late), "rejected": rejected}
        return {"recorded": recorded, "rejected": rejected}

    def record_late(self, message: str) -> None:
        """Record the calls of a message of the queue, unless later versions are there, or their user was erased since.

        A message may come any number of times, and in any order. Raises InvalidRequest, or one of
        REQUEST_ERRORS: CapacityExceeded where a call can't be written for now.
        """
        body = exact_json.loads(message)
        received_at = unix(body["receivedAt"])
        valid = [self._validate(value, received_at) for value in body["calls"]]
        erased = erased_at(self.directory.table, {each.call.user_did for each in valid})
        kept = [each for each in valid if erased.get(each.call.user_did, "") < body["receivedAt"]]
        if self._write(kept, received_at, self.calls.put_late):
            raise CapacityExceeded(self.calls.table)

    def _validate(self, value: Any, received_at: float) -> ValidCall:
        sent = validate_call(value, now=int(received_at), retention=self.calls.retention)
        return ValidCall(sent, sent.to_call(int(received_at)))

    def _write(
        self,
        valid: Iterable[ValidCall],
        received_at: float,
        put: Callable[[Sequence[ModelCall], float], list[ModelCall]],
    ) -> list[ValidCall]:
        """Returns what can't be written for now."""
        last = {each.call.id: each for each in valid}
        sent = [each.sent for each in last.values()]
        try:
            self.directory.learn(
                ((call.user_did, call.user_info) for call in sent if call.user_info),
                ((call.app_did, call.app_info) for call in sent if call.app_did and call.app_info),
            )
            left = put(self.pricing.price([each.call for each in last.values()]), received_at)
        except REQUEST_ERRORS:
            logger.exception("Calls can't be written")
            return list(last.values())
        return [last[call.id] for call in left]

    def _queue(self, valid: Sequence[ValidCall], received_at: float) -> bool:
        """Whether all of these wait in the queue now."""
        if not valid:
            return True
        values = [{**sent.to_json(), "id": call.id, "callTime": call.call_time} for sent, call in valid]
        try:
            sqs.send(self.queue, "calls", values, receivedAt=iso(received_at))
        except REQUEST_ERRORS:
            logger.exception("Calls can't be queued")
            return False
        logger.warning("Calls wait to be written", extra={"calls": len(values)})
        return True


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


def _id(value: Any) -> str | None:
    call_id = cast("dict[str, Any]", value).get("id") if isinstance(value, dict) else None
    return call_id[:256].encode(errors="replace").decode() if isinstance(call_id, str) else None
