"""Recording calls: each call that a gateway sends is validated, priced and written, or waits in a queue for that."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, NamedTuple, NotRequired, TypedDict

from aws_lambda_powertools import Logger

from ledger.aws import sqs
from ledger.aws.retries import REQUEST_ERRORS, CapacityExceeded
from ledger.aws.settings import Settings
from ledger.calls.call_input import CallInput, validate_call
from ledger.calls.calls_table import Calls, Origin
from ledger.calls.directory import Directory
from ledger.calls.model_call import ModelCall
from ledger.core import exact_json
from ledger.core.errors import InvalidRequest
from ledger.core.identity import Role, Writer
from ledger.core.moments import iso, unix
from ledger.pricing.pricing import Pricing
from ledger.recording.cold_calls import TOO_LARGE, ColdCalls, Judged
from ledger.recording.erased_users import erased_at
from ledger.recording.sent_calls import sent_id

ANOTHERS = "id: another key recorded a call with this id, and only that key or an administrator's may replace it"
BUSY = "the ledger is busy: send this call again"

logger = Logger()


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


class Unwritten(NamedTuple):
    """The calls that were not written, by their ids. Those that are archived as they were sent are recorded."""

    refused: Mapping[str, str]
    """With the reason."""
    left: Mapping[str, ValidCall]
    """They can't be written for now."""


@dataclass(frozen=True)
class Recorder:
    """Writes calls. Those that can't be written now wait in a queue, to be written from there by `record_late`.

    A stored call is replaced only by who recorded it, or by an administrator (docs/decisions/0018), and only while it
    is hot.
    """

    calls: Calls
    cold_calls: ColdCalls
    directory: Directory
    pricing: Pricing
    queue: str

    @classmethod
    def of(cls, settings: Settings) -> "Recorder":
        calls = Calls.of(settings)
        return cls(
            calls,
            ColdCalls.of(settings),
            Directory(settings.registry_table),
            Pricing(settings.registry_table),
            settings.waiting_calls_queue,
        )

    def record(self, sent: Sequence[Any], writer: Writer) -> Receipt:
        """Record the calls of one request. Of two with the same id the last counts, and both are recorded by it."""
        received_at = time.time()
        accepted: dict[int, ValidCall] = {}
        rejected: list[Rejection] = []
        for index, value in enumerate(sent):
            try:
                accepted[index] = self._validate(value, received_at)
            except InvalidRequest as error:
                rejected.append({"index": index, "id": sent_id(value), "error": str(error), "retryable": False})
        unwritten = self._write(accepted.values(), writer, received_at, self.calls.put)
        are_queued = self._queue(unwritten.left.values(), writer, received_at)
        recorded = waiting = 0
        for index, (_, call) in accepted.items():
            if error := unwritten.refused.get(call.id):
                rejected.append({"index": index, "id": call.id, "error": error, "retryable": False})
            elif call.id not in unwritten.left:
                recorded += 1
            elif are_queued:
                waiting += 1
            else:
                rejected.append({"index": index, "id": call.id, "error": BUSY, "retryable": True})
        rejected.sort(key=itemgetter("index"))
        if waiting:
            return {"recorded": recorded, "accepted": waiting, "rejected": rejected}
        return {"recorded": recorded, "rejected": rejected}

    def record_late(self, message: str) -> None:
        """Record the calls of a message of the queue, unless later versions are there, or their user was erased since.

        A message may come any number of times, and in any order. Raises InvalidRequest, or one of
        REQUEST_ERRORS: CapacityExceeded where a call can't be written for now.
        """
        body = exact_json.loads(message)
        received_at = unix(body["receivedAt"])
        # A message of the version before this one names no writer.
        writer = Writer(body.get("recordedBy", ""), Role(body.get("role", Role.RECORDER)))
        valid = [self._validate(value, received_at) for value in body["calls"]]
        erased = erased_at(self.directory.table, {each.call.user_did for each in valid})
        kept = [each for each in valid if erased.get(each.call.user_did, "") < body["receivedAt"]]
        unwritten = self._write(kept, writer, received_at, self.calls.put_late)
        if unwritten.refused:
            reasons = Counter(unwritten.refused.values())
            logger.warning("Calls that waited are refused", extra={"reasons": reasons})
        if unwritten.left or TOO_LARGE in unwritten.refused.values():
            raise CapacityExceeded(self.calls.table)

    def _validate(self, value: Any, received_at: float) -> ValidCall:
        sent = validate_call(value, now=int(received_at), retention=self.calls.retention)
        return ValidCall(sent, sent.to_call(int(received_at)))

    def _write(
        self,
        valid: Iterable[ValidCall],
        writer: Writer,
        received_at: float,
        put: Callable[[Sequence[ModelCall], float], list[ModelCall]],
    ) -> Unwritten:
        own = {each.call.id: each for each in valid}
        refused: dict[str, str] = {}
        try:
            origins = self.calls.origins(own)
            cold = self.cold_calls.judge({one: each.call for one, each in own.items()}, origins)
            refused = {**cold.refused, **self._anothers(writer, origins, cold)}
            own = {one: each for one, each in own.items() if one not in refused and one not in cold.archived}
            sent = [each.sent for each in own.values()]
            self.directory.learn(
                ((call.user_did, call.user_info) for call in sent if call.user_info),
                ((call.app_did, call.app_info) for call in sent if call.app_did and call.app_info),
            )
            calls = [_written_by(writer, each.call, origins.get(one)) for one, each in own.items()]
            left = put(self.pricing.price(calls), received_at)
        except REQUEST_ERRORS:
            logger.exception("Calls can't be written")
            return Unwritten(refused, own)
        return Unwritten(refused, {call.id: own[call.id] for call in left})

    def _anothers(self, writer: Writer, origins: Mapping[str, Origin], cold: Judged) -> dict[str, str]:
        """The calls that the writer may not replace, with the reason."""
        recorded_by = {one: origin.recorded_by for one, origin in origins.items()}
        recorded_by |= {one: call.recorded_by for one, call in cold.archived.items()}
        return {one: ANOTHERS for one, by in recorded_by.items() if not writer.may_replace(by)}

    def _queue(self, valid: Iterable[ValidCall], writer: Writer, received_at: float) -> bool:
        """Whether all of these wait in the queue now."""
        values = [{**sent.to_json(), "id": call.id, "callTime": call.call_time} for sent, call in valid]
        if not values:
            return True
        try:
            about = {"receivedAt": iso(received_at), "recordedBy": writer.credential, "role": writer.role.value}
            sqs.send(self.queue, "calls", values, **about)
        except REQUEST_ERRORS:
            logger.exception("Calls can't be queued")
            return False
        logger.warning("Calls wait to be written", extra={"calls": len(values)})
        return True


def _written_by(writer: Writer, call: ModelCall, replaced: Origin | None) -> ModelCall:
    return replace(call, recorded_by=writer.credential or None, created_at=replaced.created_at if replaced else None)
