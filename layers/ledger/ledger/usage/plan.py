"""The plan of a reading: which days, slots and calls the usage between some boundaries is the sum of."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise, takewhile

from ledger.core.moments import DAY, QUARTER_HOUR, ceil_quarter_hour, day_start, floor_quarter_hour, utc_day


@dataclass(frozen=True)
class Span:
    """The part of an interval that quarter-hour slots cover, in Unix seconds, `end` excluded."""

    interval: int
    start: int
    end: int


@dataclass(frozen=True)
class Plan:
    """What has to be read for the intervals between some boundaries, ascending, in Unix seconds.

    The quarter hours that a boundary splits are read from the calls. Exceptions are a quarter hour whose calls have
    begun to expire, and one in the future: the whole of it counts for the interval that holds its start.
    """

    boundaries: Sequence[int]
    spans: Sequence[Span]
    split: Sequence[int]
    """The quarter hours that are read from the calls, by their start."""

    @classmethod
    def of(cls, boundaries: Sequence[int], expired: int, latest: int) -> "Plan":
        """`expired` is the last second whose calls have expired, `latest` the last one that a call can have."""
        cut = {floor_quarter_hour(second) for second in boundaries if second % QUARTER_HOUR}
        splits = sorted(start for start in cut if expired < start <= latest)
        spans: list[Span] = []
        for interval, (start, end) in enumerate(pairwise(boundaries)):
            last = floor_quarter_hour(end) if floor_quarter_hour(end) in splits else ceil_quarter_hour(end)
            if ceil_quarter_hour(start) < last:
                spans.append(Span(interval, ceil_quarter_hour(start), last))
        return cls(boundaries, spans, splits)

    @cached_property
    def whole_days(self) -> dict[str, int]:
        """The UTC days that lie in one interval, with that interval."""
        return {utc_day(day): span.interval for span in self.spans for day in _days_within(span)}

    @cached_property
    def cut_days(self) -> list[str]:
        """The UTC days in which an interval begins or ends."""
        touched = {utc_day(day) for span in self.spans for day in range(_day(span.start), span.end, DAY)}
        return sorted(touched - self.whole_days.keys())

    def cut_of(self, day: str) -> int | None:
        """The Unix time that cuts a day in two; None where the day is cut otherwise."""
        start = day_start(day)
        cuts = {edge for span in self.spans_of(day) for edge in (span.start, span.end)} - {start, start + DAY}
        return cuts.pop() if len(cuts) == 1 else None

    def interval_of_slot(self, start: int) -> int | None:
        """The interval that a slot counts for; None where it lies outside, or is read from the calls."""
        index = bisect_right(self._starts, start) - 1
        return self.spans[index].interval if index >= 0 and start < self.spans[index].end else None

    @cached_property
    def _starts(self) -> list[int]:
        return [span.start for span in self.spans]

    def spans_of(self, day: str) -> Iterator[Span]:
        """The parts of a day that belong to an interval."""
        start = day_start(day)
        end = start + DAY
        first = bisect_right(self.spans, start, key=lambda span: span.end)
        for span in takewhile(lambda span: span.start < end, islice(self.spans, first, None)):
            yield Span(span.interval, max(span.start, start), min(span.end, end))

    def is_split(self, second: int) -> bool:
        """Whether a call of this second is read from the calls."""
        return floor_quarter_hour(second) in self.split and self.boundaries[0] <= second < self.boundaries[-1]

    def interval_of_call(self, second: int) -> int:
        return bisect_right(self.boundaries, second) - 1


def _day(second: int) -> int:
    return second // DAY * DAY


def _days_within(span: Span) -> Iterator[int]:
    first = -(-span.start // DAY) * DAY
    return iter(range(first, span.end - DAY + 1, DAY))
