"""Live counters: measures in quarter-hour slots, one item for a scope, an hour, a day of ingestion and a series.

The users' items of a day of ingestion are stored together in a few partitions, in the order of digests, so that the
nightly run finds those of many users by a Query. The counters that every call changes are stored in fragments, one for
each worker that counts, so that concurrent transactions do not conflict.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.moments import DAY, HOUR, QUARTER_HOUR, utc_day
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting.measures import NAMES, ZERO, Measures
from ledger.counting.series import Series, counted, finest, series_attributes, series_of

LIFETIME = 31 * DAY
"""Seconds after which a live counter expires. Until then readers need it, should the nightly run fail for weeks."""
_CODES = "abcdefghijklmn"
_INDEXES = {f"{code}{slot}": (slot, index) for index, code in enumerate(_CODES) for slot in range(4)}
"""The slot of the hour, and the index among the measures, of each attribute that counts."""
assert len(_CODES) == len(NAMES)  # noqa: S101 - one letter for each measure, never given to another


@dataclass(frozen=True)
class CounterKey:
    """Which live counter a delta is added to: the scope, the hour of the call, the day of ingestion and the series."""

    scope: Scope
    hour: int
    ingestion_day: str
    series: Series

    def to_key(self, fragment: int) -> dict[str, Any]:
        is_user = self.scope.kind == "user"
        part = keys.users_part(keys.spread(self.scope.did)) if is_user else keys.shared_part(fragment)
        bucket = keys.live_bucket(self.scope, self.hour, keys.digest(*self.series))
        return {"scope": {"S": keys.live_partition(self.ingestion_day, part)}, "bucket": {"S": bucket}}


type Delta = dict[int, Measures]
"""What is added to a live counter, by slot of the hour (0 to 3)."""


def deltas(old: ModelCall | None, new: ModelCall | None, ingestion_day: str) -> dict[CounterKey, Delta]:
    """What a change of a call adds to the live counters: the new image less the old one.

    Everybody's counter is written even where it does not change: the nightly run finds by it what to aggregate.
    """
    found: defaultdict[CounterKey, Delta] = defaultdict(dict)
    for call, sign in ((old, -1), (new, 1)):
        if call is None:
            continue
        measures = Measures.of(call) if sign > 0 else -Measures.of(call)
        hour, slot = call.call_time // HOUR * HOUR, call.call_time % HOUR // QUARTER_HOUR
        for scope, series in counted(finest(call)):
            delta = found[CounterKey(scope, hour, ingestion_day, series)]
            delta[slot] = delta.get(slot, ZERO) + measures
    return {key: delta for key, delta in found.items() if key.scope == EVERYBODY or any(delta.values())}


def update(table: str, key: CounterKey, delta: Delta, fragment: int, now: int) -> dict[str, Any]:
    """The part of a transaction that adds a delta to a live counter."""
    settings: dict[str, Any] = {name: {"S": text} for name, text in series_attributes(key.series).items()}
    settings |= {"view": {"S": str(key.scope)}, "expiresAt": {"N": str(now + LIFETIME)}}
    numbers = {
        f"{_CODES[index]}{slot}": {"N": str(value)}
        for slot, measures in delta.items()
        for index, value in enumerate(measures)
        if value
    }
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in settings)
    if numbers:
        expression += " ADD " + ", ".join(f"{name} :{name}" for name in numbers)
    return {
        "Update": {
            "TableName": table,
            "Key": key.to_key(fragment),
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {f"#{name}": name for name in settings},
            "ExpressionAttributeValues": {f":{name}": value for name, value in (settings | numbers).items()},
        }
    }


@dataclass(frozen=True)
class LiveCounter:
    """A live counter as it is read; `slots` by the Unix time at which each begins."""

    scope: Scope
    ingestion_day: str
    call_day: str
    series: Series
    slots: Mapping[int, Measures]


def hour_of(item: Mapping[str, Any]) -> int:
    """The Unix time at which the hour of an item begins."""
    return int(item["bucket"]["S"].split("#")[-2])


def from_item(item: Mapping[str, Any]) -> LiveCounter:
    hour = hour_of(item)
    sums: dict[int, list[int]] = {}
    for name, value in item.items():
        if name in _INDEXES:
            slot, index = _INDEXES[name]
            if slot not in sums:
                sums[slot] = list(ZERO)
            sums[slot][index] = int(value["N"])
    return LiveCounter(
        scope=Scope.parse(item["view"]["S"]),
        ingestion_day=item["scope"]["S"].split("#")[1],
        call_day=utc_day(hour),
        series=series_of(item),
        slots={hour + slot * QUARTER_HOUR: Measures(*of_slot) for slot, of_slot in sums.items()},
    )
