"""What is known of the traces whose spans came lately, so that spans of the same call find each other.

Spans come in several requests, in any order, and at the same time. Each trace has an item to which its spans are added;
the answer to that write has all of them, so whichever request comes last knows all that came before. The calls follow
from the spans alone, so the order does not matter.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched, chain
from operator import attrgetter
from typing import Any, Final

import msgspec
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from ledger.aws import concurrency, dynamodb
from ledger.aws.retries import REQUEST_ERRORS
from ledger.core import keys
from ledger.core.moments import HOUR
from ledger.gateways.reading import Reading
from ledger.gateways.same_call import Family, families, has_unique_response, is_of_an_sdk, is_of_callbacks, key

REMEMBERED: Final = 6 * HOUR
"""Seconds for which spans that come later still find those that came before."""
MOST_SPANS: Final = 64
"""Spans of a trace that are kept once there are twice as many: the families that ended last."""
_MOST_AT_ONCE: Final = 256
"""Spans that are added by one write. An item holds 400 KB, and a span takes about 300 bytes."""
_OF_SDKS: Final = frozenset({"anthropic"})
"""Providers whose own SDKs make spans, in traces of their own where the instrumentation around them has no span yet."""
_IS_GUEST, _IS_OF_CALLBACKS, _IS_HOST = range(3)
"""Of the spans of different traces with the same response, the higher ones take the lower ones into their traces.

What takes no others has no span below it, so that nothing stays behind in the trace that it leaves.
"""

_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Reading)

logger = Logger()


@dataclass(frozen=True)
class Traces:
    """The spans of models that came lately, by trace, in the Ingestion table."""

    table: str

    def add(self, readings: Iterable[Reading], credential: str) -> list[Family]:
        """Add spans. Returns the families that they are in now, with the spans that came before.

        Spans that came with another credential are not among them: nobody changes what is another's.

        Raises one of REQUEST_ERRORS where the table can't be written; adding the same again does no harm.
        """
        by_trace: defaultdict[str, dict[str, Reading]] = defaultdict(dict)
        for trace_id, reading in self._with_traces(list(readings), credential):
            by_trace[trace_id][reading.id] = reading
        added = [list(each.values()) for each in by_trace.values()]
        partitions = [keys.trace(credential, trace_id) for trace_id in by_trace]
        found = concurrency.threads().map(self._add_to_trace, partitions, added)
        return list(chain.from_iterable(found))

    def _with_traces(self, readings: Sequence[Reading], credential: str) -> Iterable[tuple[str, Reading]]:
        """Each span with the trace to which it is added, and those that other requests left to be added there too.

        Of the spans of different traces with the same response, some are added to the traces of others, whichever of
        them comes last.
        """
        meeting: defaultdict[tuple[str, str], list[Reading]] = defaultdict(list)
        for reading in readings:
            if _meets_others(reading):
                meeting[reading.provider, reading.response_id].append(reading)
        partitions = [keys.response(credential, *response) for response in meeting]
        met = dict(zip(meeting, concurrency.threads().map(self._update, partitions, meeting.values()), strict=True))
        for reading in readings:
            others, own = met.get((reading.provider, reading.response_id), []), _place(reading)
            highest = max(map(_place, others), default=own)
            if own < highest:
                yield from ((other.trace_id, reading) for other in others if _place(other) == highest)
            else:
                yield reading.trace_id, reading
                yield from ((reading.trace_id, other) for other in others if _place(other) < own)

    def _add_to_trace(self, partition: str, readings: Sequence[Reading]) -> list[Family]:
        found: dict[tuple[str, str], Family] = {}
        for batch in batched(sorted(readings, key=attrgetter("start")), _MOST_AT_ONCE):
            added = set(map(key, batch))
            known = families(self._update(partition, batch))
            for family in known:
                if any(key(span) in added for span in family.spans):
                    found |= dict.fromkeys(map(key, family.spans), family)
            self._forget(partition, known)
        return list({id(family): family for family in found.values()}.values())

    def _update(self, partition: str, readings: Sequence[Reading]) -> list[Reading]:
        """Add spans to an item, and keep those that are there. Returns all that are in it then.

        An item that is full is begun anew.
        """
        now = int(time.time())
        names = {f"#{number}": reading.id for number, reading in enumerate(readings)}
        values: dict[str, Any] = {
            f":{number}": {"B": _ENCODER.encode(reading)} for number, reading in enumerate(readings)
        }
        request: Any = {
            "TableName": self.table,
            "Key": _key(partition),
            "UpdateExpression": "SET #at = :at, "
            + ", ".join(f"#{number} = if_not_exists(#{number}, :{number})" for number in range(len(readings))),
            "ExpressionAttributeNames": {**names, "#at": "expiresAt"},
            "ExpressionAttributeValues": {**values, ":at": {"N": str(now + REMEMBERED)}},
            "ReturnValues": "ALL_NEW",
        }
        try:
            item = dynamodb.client().update_item(**request)["Attributes"]
        except ClientError as error:
            if not _is_full(error):
                raise
            dynamodb.client().delete_item(TableName=self.table, Key=_key(partition))
            item = dynamodb.client().update_item(**request)["Attributes"]
        return [_DECODER.decode(value["B"]) for value in item.values() if "B" in value]

    def _forget(self, partition: str, known: Sequence[Family]) -> None:
        """Remove the families that ended first from an item that has grown too large. A family is removed whole."""
        if sum(len(family.spans) for family in known) <= 2 * MOST_SPANS:
            return
        kept, removed = 0, list[str]()
        for family in sorted(known, key=lambda each: max(span.end for span in each.spans), reverse=True):
            if kept and kept + len(family.spans) > MOST_SPANS:
                removed += [span.id for span in family.spans]
            else:
                kept += len(family.spans)
        if not removed:
            return
        names = {f"#{number}": name for number, name in enumerate(removed)}
        try:
            dynamodb.client().update_item(
                TableName=self.table,
                Key=_key(partition),
                UpdateExpression="REMOVE " + ", ".join(names),
                ExpressionAttributeNames=names,
            )
        except REQUEST_ERRORS:
            logger.warning("A trace's oldest spans can't be removed", exc_info=True)


def _meets_others(reading: Reading) -> bool:
    """Whether it may be the same call as a span of another trace.

    Where a span is above one of the two, both are of one trace, but for those of a provider's own SDK.
    """
    if not has_unique_response(reading):
        return False
    is_first = not reading.parent_id or is_of_callbacks(reading)
    return is_first or (reading.provider in _OF_SDKS and not is_of_an_sdk(reading))


def _place(reading: Reading) -> int:
    if is_of_an_sdk(reading) and not reading.parent_id:
        return _IS_GUEST
    return _IS_OF_CALLBACKS if is_of_callbacks(reading) else _IS_HOST


def _is_full(error: ClientError) -> bool:
    """Whether an item would have become larger than an item may be."""
    answer: Any = error.response
    return answer["Error"]["Code"] == "ValidationException" and "size" in answer["Error"]["Message"]


def _key(partition: str) -> Mapping[str, Any]:
    return {"partition": {"S": partition}, "name": {"S": "spans"}}
