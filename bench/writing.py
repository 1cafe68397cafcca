"""Recording and counting: read and write units a call, calls a second.

A transaction costs two units for each kilobyte of each of its items, and a strongly consistent read one unit for an
item that is not there. DynamoDB Local reports fewer. They are therefore calculated here: writes from the sizes of the
items after them, reads from the number of keys.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import batched, islice
from typing import Any

from bench.engine import CALLS, COUNTERS, DIRECTORY, engine
from bench.figures import Figure
from bench.ledger_state import DAYS, USERS
from bench.meter import Metered, metered
from ledger.archive.archived_calls import ArchivedCalls
from ledger.archive.hot_days import HotDays
from ledger.aws import dynamodb
from ledger.calls.call_input import CallInput
from ledger.calls.call_item import to_item
from ledger.core import exact_json
from ledger.core.identity import Role, Writer
from ledger.core.moments import iso
from ledger.counting.stream import Counting
from ledger.pricing.pricing import Pricing
from ledger.recording.cold_calls import ColdCalls
from ledger.recording.recorder import Recorder
from ledger.recording.sent_calls import sent_calls
from tools.local.sample.calls import sample_calls

COLD_CALLS = ColdCalls(HotDays(CALLS, COUNTERS.table), ArchivedCalls(COUNTERS.table, bucket=""))
RECORDER = Recorder(CALLS, COLD_CALLS, DIRECTORY, Pricing(DIRECTORY.table), queue="")
WRITER = Writer("key:0123456789abcdef", Role.RECORDER)
BATCHES = (1, 100, 500)
KILOBYTE = 1024


def figures(number: int, now: int) -> Iterator[Figure]:
    """Record and count consecutive calls of that many, from the middle of their ninety days on."""
    logging.getLogger("ledger").setLevel(logging.CRITICAL)
    consecutive = list(islice(sample_calls(number, now=now, days=DAYS, users=USERS), number // 2, number // 2 + 2_200))
    with engine():
        yield _recorded("record-one", number, [[call] for call in consecutive[:50]])
        yield _recorded("record-batch", number, _batches(consecutive[100:1_100], 100), "batches of 100")
        yield _recorded("record-batch-500", number, _batches(consecutive[1_100:2_100], 500), "batches of 500")
        yield _counted("count-one", number, [[call] for call in consecutive[:50]], now, "a call that comes alone")
        yield _counted("count-batch", number, _batches(consecutive[100:1_100], 100), now, "batches of 100")
        yield _counted("count-batch-1000", number, _batches(consecutive[1_100:2_100], 1_000), now, "a batch of 1,000")


def _batches(calls: Iterable[Any], size: int) -> list[list[Any]]:
    return [list(batch) for batch in batched(calls, size)]


def _recorded(scenario: str, number: int, requests: Sequence[Sequence[Any]], note: str = "") -> Figure:
    """Measure recording, from request bodies to receipts. Users and apps have been stored by an earlier request."""
    bodies = [exact_json.dumps({"calls": calls}).decode() for calls in requests]
    for body in bodies:
        RECORDER.record(sent_calls(body), WRITER)
    fresh = [body.replace('"id":"0', '"id":"1') for body in bodies]  # calls that are not there yet
    with metered() as meter:
        receipts = [RECORDER.record(sent_calls(body), WRITER) for body in fresh]
    calls = sum(receipt["recorded"] for receipt in receipts)
    assert calls == sum(map(len, requests))  # noqa: S101 - nothing was rejected
    return _figure(scenario, number, calls, meter, meter.write_units, note, read_units=_keys(meter))


def _counted(scenario: str, number: int, events: Sequence[Sequence[Any]], now: int, note: str) -> Figure:
    counting = Counting(COUNTERS.table, fragments=1)
    changes = [[_change(fields, now, f"{scenario} {fields['id']}") for fields in calls] for calls in events]
    with metered() as meter:
        failed = [sequence_number for event in changes for sequence_number in counting.count(event, lambda: 900).failed]
    assert not failed  # noqa: S101 - all was counted
    return _figure(scenario, number, sum(map(len, changes)), meter, _transaction_units(meter), note)


def _change(fields: Any, now: int, event_id: str) -> Mapping[str, Any]:
    """Returns the record of the stream that says that a call was recorded."""
    call = CallInput.model_validate(fields).to_call(now)
    item = to_item(call, time_shards=CALLS.time_shards, expires_at=call.call_time + CALLS.retention)
    images = {"NewImage": {**item, "updatedAt": {"S": iso(call.call_time)}}, "SequenceNumber": event_id}
    return {"eventID": event_id, "dynamodb": images}


def _keys(meter: Metered) -> int:
    """Returns how many keys were read, of calls that are not there."""
    asked = [request.parameters["RequestItems"] for request in meter.requests if request.operation == "BatchGetItem"]
    return sum(len(of_table["Keys"]) for request in asked for of_table in request.values())


def _figure(
    scenario: str, number: int, calls: int, meter: Metered, units: float, note: str, *, read_units: float = 0
) -> Figure:
    return Figure(
        scenario,
        number,
        requests=len(meter.requests),
        read_units=read_units / calls,
        write_units=units / calls,
        seconds=meter.cpu / calls,
        engine_seconds=meter.engine / calls,
        wall_seconds=meter.wall / calls,
        calls_per_second=calls / meter.wall,
        note=f"of a call; {note}" if note else "of a call",
    )


def _transaction_units(meter: Metered) -> float:
    """Returns two units for each kilobyte of an item written in a transaction, and one for a single write."""
    writes = [write for request in meter.requests for write in request.parameters.get("TransactItems", [])]
    alone = sum("TransactItems" not in request.parameters for request in meter.requests)
    sizes: dict[str, int] = {}
    units = float(alone)
    for write in writes:
        put, update = write.get("Put"), write.get("Update")
        if put:
            units += 2 * -(-item_size(put["Item"]) // KILOBYTE)
            continue
        key = json.dumps(update["Key"])
        if key not in sizes:
            sizes[key] = item_size(dynamodb.get(update["TableName"], update["Key"]) or {})
        units += 2 * -(-sizes[key] // KILOBYTE)
    return units


def item_size(item: Mapping[str, Mapping[str, str]]) -> int:
    """Returns the bytes DynamoDB bills: names and texts in UTF-8, and numbers of half a byte a digit, plus one."""
    size = 0
    for name, value in item.items():
        ((kind, text),) = value.items()
        size += len(name) + (1 + -(-len(text.strip("-").replace(".", "")) // 2) if kind == "N" else len(text.encode()))
    return size
