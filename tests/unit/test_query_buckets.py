"""The slots by which SQL finds the bucket of a call, against looking through the buckets."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.time_zones import named_zone
from ledger.query import buckets
from ledger.query.buckets import Slots

DAY = 86_400
FIRST = int(datetime(2027, 3, 1, tzinfo=UTC).timestamp())
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham", "America/St_Johns"]


@given(
    start=st.integers(FIRST, FIRST + 60 * DAY),
    length=st.integers(1, 5 * DAY) | st.integers(1, 100 * DAY),
    kind=st.sampled_from(["none", "minute", "hour", "day", "week", "month"]),
    zone=st.sampled_from(ZONES),
    data=st.data(),
)
def test_the_slot_of_a_second_is_one_of_its_bucket(
    start: int, length: int, kind: buckets.BucketKind, zone: str, data: st.DataObject
) -> None:
    length = min(length, 3 * DAY) if kind == "minute" else length
    found = buckets.between(start, start + length, kind, named_zone(zone))
    slots = Slots.of(start, found)
    for second in (start, start + length - 1, data.draw(st.integers(start, start + length - 1))):
        slot = (second - slots.origin) // slots.step
        mine = [number for number, first in enumerate(slots.firsts) if first <= slot < slots.ends[number]]
        assert mine == [next(number for number, bucket in enumerate(found) if second < bucket.end)]
    assert list(slots.timestamps) == [bucket.timestamp for bucket in found]
    assert slots.firsts[0] == 0
    assert list(slots.firsts[1:]) == list(slots.ends[:-1])


def test_days_are_found_by_as_few_slots_as_the_zone_allows() -> None:
    start = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
    utc = Slots.of(start, buckets.between(start, start + 365 * DAY, "day", UTC))
    assert (utc.step, utc.ends[-1]) == (DAY, 365)
    summer = Slots.of(start, buckets.between(start, start + 365 * DAY, "day", named_zone("Europe/Berlin")))
    assert summer.step == 3_600
