"""A request of an OpenTelemetry exporter: the calls among its spans are recorded, each once."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.aws.retries import REQUEST_ERRORS
from ledger.aws.settings import Settings
from ledger.core.errors import InvalidRequest, TryAgain
from ledger.core.identity import Identity, Writer
from ledger.core.moments import iso
from ledger.gateways import span_call, span_reading
from ledger.gateways.otlp import Span
from ledger.gateways.reading import Reading
from ledger.gateways.receipts import refused
from ledger.gateways.received import OTHERS, Became, Client, Received, ReceivedStore
from ledger.gateways.same_call import Family, families
from ledger.gateways.traces import Traces
from ledger.recording.erased_users import erased_at
from ledger.recording.recorder import Recorder, logger

_BUSY: Final = "the ledger is busy: send the same request again"


@dataclass(frozen=True)
class Outcome:
    """What became of the spans of a request."""

    rejected: Sequence[str]
    """The reason for each span that can't be read."""
    received: Received

    @property
    def lost(self) -> dict[tuple[Client, Became], int]:
        """How many spans that have tokens or a model became no calls and are no part of any, by client and reason."""
        return {
            (client, reason): counts[reason]
            for client, counts in self.received.counts.items()
            for reason in (Became.SET_ASIDE, Became.UNKNOWN_OPERATION)
            if counts[reason]
        }

    @property
    def warning(self) -> str:
        """What whoever runs the exporter should know. Empty where all is well."""
        unknown = sum(counts[Became.UNKNOWN_OPERATION] for counts in self.received.counts.values())
        return (
            f"{unknown} spans with tokens or a model have an operation that is not known to be a call"
            if unknown
            else ""
        )


@dataclass(frozen=True)
class SpanBatches:
    """Records the calls among spans."""

    recorder: Recorder
    traces: Traces
    received: ReceivedStore

    @classmethod
    def of(cls, settings: Settings) -> "SpanBatches":
        table = settings.ingestion_table
        return cls(Recorder.of(settings), Traces(table), ReceivedStore(table))

    def record(self, spans: Iterable[Span], asker: Identity) -> Outcome:
        """Record the calls among spans. A call without a user gets the asker's.

        Raises TryAgain where calls could neither be stored nor queued: repeating the request does no harm.
        """
        outcome = Outcome(rejected := [], received := Received())
        received_at = iso(time.time())
        readings: dict[str, tuple[Reading, Client]] = {}
        for span in spans:
            client = Client(span.scope, span.version)
            try:
                found = span_reading.read(span, asker.did, received_at)
            except InvalidRequest as error:
                rejected.append(str(error))
                received.add(client, Became.SET_ASIDE)
            else:
                if isinstance(found, Became):
                    received.add(OTHERS if found is Became.OF_NO_MODEL else client, found)
                else:
                    readings[found.id] = found, client
        calls = self._record([reading for reading, _ in readings.values()], asker.writer, received_at)
        for call_id, (_, client) in readings.items():
            error = calls.get(call_id, "")
            became = refused(error) if error else Became.RECORDED if call_id in calls else Became.MERGED
            received.add(client, became)
        rejected += filter(None, calls.values())
        self.received.add(received)
        return outcome

    def _record(self, readings: Sequence[Reading], writer: Writer, received_at: str) -> Mapping[str, str]:
        """Record the calls that these spans are, together with those that came before.

        Returns the ids of the calls, each with the reason why it is refused, if it is.
        """
        if not readings:
            return {}
        found = self._families(readings, writer, received_at)
        calls = [call for family in found for call in span_call.calls(family)]
        receipt = self.recorder.record(calls, writer)
        # A call that only this request knows of was never recorded, so it need not be withdrawn.
        changed = [family for family in found if family.has_earlier(received_at)]
        withdrawn = {each: family.revision for family in changed for each in family.withdrawn}
        left = self.recorder.calls.withdraw(withdrawn, writer, time.time())
        if left or any(each["retryable"] for each in receipt["rejected"]):
            raise TryAgain(_BUSY)
        return dict.fromkeys((call["id"] for call in calls), "") | {
            calls[each["index"]]["id"]: each["error"] for each in receipt["rejected"]
        }

    def _families(self, readings: Sequence[Reading], writer: Writer, received_at: str) -> list[Family]:
        """The families that these spans are in, without what was received of users before they were erased.

        Where the spans that came before can't be read, those of this request are all that is known.
        """
        try:
            found = self.traces.add(readings, writer.credential)
            earlier = [span for family in found for span in family.spans if span.received_at != received_at]
            erased = erased_at(
                self.recorder.directory.table, [did for span in earlier for did in (span.user, span.asker)]
            )
        except REQUEST_ERRORS:
            logger.exception("Spans can't be compared with those that came before")
            return families(readings)
        gone = {span.id for span in earlier if span.received_at <= erased.get(span.user or span.asker, "")}
        if not gone:
            return found
        return families(span for family in found for span in family.spans if span.id not in gone)
