"""The usage of each user or app among everybody's, which counters don't rank: from the archive, a few minutes old."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ledger.archive import conditions
from ledger.archive.conditions import Condition
from ledger.calls.call_filter import CallFilter, Conditions
from ledger.core.moments import TimeLeft
from ledger.core.money import to_units
from ledger.core.time_zones import TimeBucket
from ledger.counting.measures import ZERO, Measures
from ledger.counting.series import Series
from ledger.query import filters
from ledger.query.engine import OpenCalls, QueryEngine
from ledger.query.filters import Exists, OneOf
from ledger.query.metrics import METRICS, Kind
from ledger.query.question import Order, Question
from ledger.query.statement import Row

type Grouped = Literal["user", "app"]

_MEASURES = (
    *("calls", "successCalls", "failedCalls", "unpricedCalls", "totalUsage", "credits"),
    *("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"),
    *("sumDuration", "countDuration", "sumTtfb", "countTtfb"),
)
"""The metrics that measures are, in their order."""
_LAST = "lastCallTime"


class UsedGroup(NamedTuple):
    """A user or an app: what it has used, and the Unix second of its last call."""

    series: Series
    measures: Measures
    last_call: int


class Page(NamedTuple):
    """Some groups, and how many there are in all."""

    groups: Sequence[UsedGroup]
    number: int


@dataclass(frozen=True)
class ArchivedGroups:
    """The users and apps of the calls of [start, end) that meet some conditions.

    A call without an app has the app "".
    """

    calls: OpenCalls
    start: int
    end: int
    conditions: Sequence[Condition]

    @property
    def as_of(self) -> int:
        """The Unix second at which the calls were so."""
        return self.calls.as_of

    def page(
        self, by: Grouped, metric: str, most: int, *, first: int = 0, descending: bool = True, named: bool = False
    ) -> Page:
        """Those that have most of a metric, or least of it, behind the `first` ones; `named`: without the app ""."""
        named_only = [filters.condition(Exists(dimension=by, op="exists", value=True))] if named else []
        order = [Order(metric, descending), Order("calls", descending)]
        metrics = [*_MEASURES, *({metric} - {*_MEASURES}), _LAST]
        question = Question(
            self.start, self.end, metrics, [by], None, [*self.conditions, *named_only], order, first, most
        )
        statement = self.calls.ask(question)
        groups = [UsedGroup(_series(by, row[0]), _measures(row[1:]), row[-1]) for row in statement.rows]
        return Page(groups, statement.number)

    def over_time(
        self, by: Grouped, groups: Sequence[UsedGroup], buckets: Sequence[TimeBucket]
    ) -> dict[Series, list[Measures]]:
        """What each of some groups has used in each of the buckets that cover the range."""
        found = {group.series: [ZERO] * len(buckets) for group in groups}
        if not groups:
            return found
        dids = [group.series.user_did or group.series.app_did or None for group in groups]
        these = filters.condition(OneOf(dimension=by, op="in", value=dids))
        rows = len(dids) * len(buckets)
        question = Question(self.start, self.end, _MEASURES, [by], buckets, [*self.conditions, these], limit=rows)
        numbers = {bucket.timestamp: number for number, bucket in enumerate(buckets)}
        for timestamp, did, *row in self.calls.ask(question).rows:
            found[_series(by, did)][numbers[timestamp]] = _measures(row)
        return found


@dataclass(frozen=True)
class GroupedUsage:
    """Opens the archive for questions about users and apps."""

    engine: QueryEngine

    @contextmanager
    def open(self, start: int, end: int, equal: Conditions, time_left: TimeLeft) -> Generator[ArchivedGroups]:
        """The users and apps of the calls of [start, end) that meet conditions. Raises RangeTooLong."""
        wanted = [conditions.of_filter(CallFilter(equal))]
        with self.engine.open(start, end, time_left) as calls:
            yield ArchivedGroups(calls, start, end, wanted)


def _series(by: Grouped, did: str | None) -> Series:
    return Series(user_did=did or "") if by == "user" else Series(app_did=did or "")


def _measures(row: Row) -> Measures:
    return Measures(
        *(
            to_units(value) if METRICS[name].kind is Kind.AMOUNT else value
            for name, value in zip(_MEASURES, row, strict=False)
        )
    )
