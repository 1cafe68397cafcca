"""Usage of a range: daily aggregates, what was ingested since, and the calls of quarter hours that a boundary splits.

All of it is additive: the usage between two moments is the same however it is put together.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from ledger import keys, progress
from ledger.calls import Calls
from ledger.counter_table import CounterTable
from ledger.counters import LiveCounter
from ledger.day_slots import DaySlots
from ledger.day_totals import DayTotals
from ledger.days import QUARTER_HOUR
from ledger.dynamodb import Wave
from ledger.inputs import AHEAD
from ledger.measures import Measures
from ledger.model_call import ModelCall
from ledger.progress import Progress
from ledger.usage_plan import Plan
from ledger.views import Series, Usage, added_up, board, finest, views

SLOT_DAYS = 8
"""Days whose slots one Query reads, so that they fit into one page of a megabyte."""
KNOWN_FOR = 600
"""Seconds for which the progress of the nightly run is taken as known. Less than a day."""
SKEW = 60
"""Seconds by which a recorder's clock may be ahead of this one."""


@dataclass
class Reading:
    """What was used in each interval of a scope, and how many of its calls were found where."""

    intervals: list[Usage]
    from_daily: int
    from_live: int
    from_calls: int


@dataclass(frozen=True)
class UsageReader:
    """Reads the usage of scopes: in one round trip where no range needs more than a page, in two now and then."""

    calls: Calls
    counters: CounterTable
    _known: list[Progress] = field(default_factory=list[Progress])

    def read(self, asked: Mapping[str, Sequence[int]]) -> dict[str, Reading]:
        """For each scope, what was used between its boundaries: ascending Unix seconds, each up to the next."""
        now = int(time.time())
        expired, latest = self.calls.expired(now), now + AHEAD + SKEW
        plans = {scope: Plan.of(boundaries, expired, latest) for scope, boundaries in asked.items()}
        days = self._days_to_read(now)
        totals = {scope: Wave(self._totals(scope, plan)) for scope, plan in plans.items()}
        slots = {scope: Wave(self._slots(scope, plan)) for scope, plan in plans.items()}
        live = {scope: Wave(self._live(scope, plan, days)) for scope, plan in plans.items()}
        users = {scope for scope in plans if scope.startswith(keys.user(""))}
        own_calls = {scope: Wave(self._calls_of_user(scope, plans[scope])) for scope in users}
        calls = Wave(self._calls_of_all(plan for scope, plan in plans.items() if scope not in users))
        return {
            scope: _put_together(scope, plan, totals[scope], slots[scope], live[scope], own_calls.get(scope, calls))
            for scope, plan in plans.items()
        }

    def _days_to_read(self, now: int) -> frozenset[str]:
        """The days of ingestion whose live counters are read: those not aggregated when last asked, and the days since.

        They have to be known before the aggregates are read. To read one that is aggregated by then does no harm, as
        each aggregate says what it holds; to leave one out that is not would.
        """
        if not self._known or now - self._known[0].read_at >= KNOWN_FOR:
            self._known[:] = [progress.read(self.counters.table)]
        known = self._known[0]
        return known.pending | {keys.utc_day(second) for second in (known.read_at, now, now + SKEW)}

    def _totals(self, scope: str, plan: Plan) -> Iterable[Iterator[DayTotals]]:
        days = plan.whole_days
        return self.counters.totals(scope, min(days), max(days)) if days else ()

    def _slots(self, scope: str, plan: Plan) -> Iterable[Iterator[DaySlots]]:
        ranges = _ranges(plan.cut_days)
        return chain.from_iterable(self.counters.slots(scope, first, last) for first, last in ranges)

    def _live(self, scope: str, plan: Plan, days: Iterable[str]) -> Iterable[Iterator[LiveCounter]]:
        if not plan.spans:
            return ()
        first, last = plan.spans[0].start // keys.HOUR * keys.HOUR, plan.spans[-1].end
        return chain.from_iterable(self.counters.live(scope, day, first, last) for day in days)

    def _calls_of_user(self, scope: str, plan: Plan) -> Iterable[Iterator[ModelCall]]:
        did = scope.removeprefix(keys.user(""))
        return (self.calls.of_user(did, *_slot_keys(start)) for start in plan.split)

    def _calls_of_all(self, plans: Iterable[Plan]) -> Iterable[Iterator[ModelCall]]:
        starts = {start for plan in plans for start in plan.split}
        return chain.from_iterable(self.calls.of_shards(*_slot_keys(start)) for start in starts)


def _put_together(
    scope: str,
    plan: Plan,
    totals: Iterable[DayTotals],
    slots: Iterable[DaySlots],
    live: Iterable[LiveCounter],
    calls: Iterable[ModelCall],
) -> Reading:
    parts: list[list[tuple[Series, Measures]]] = [[] for _ in plan.boundaries[1:]]
    whole_days, spans = plan.whole_days, {day: list(plan.spans_of(day)) for day in plan.cut_days}
    through: dict[tuple[str, int], str] = {}
    from_daily = from_live = from_calls = 0
    for total in totals:
        if total.day in whole_days:
            through[total.day, total.part] = total.through
            parts[whole_days[total.day]] += total.measures.items()
            from_daily += sum(measures.calls for measures in total.measures.values())
    for day in slots:
        if day.day in spans:
            through[day.day, day.part] = day.through
            for span in spans[day.day]:
                used = list(day.between(span.start, span.end))
                parts[span.interval] += used
                from_daily += sum(measures.calls for _, measures in used)
    for counter in live:
        series = _series_in(scope, counter)
        part = keys.aggregate_part(scope, series.user_did)
        if counter.ingestion_day > through.get((counter.call_day, part), ""):
            for start, measures in counter.slots.items():
                interval = plan.interval_of_slot(start)
                if interval is not None:
                    parts[interval].append((series, measures))
                    from_live += measures.calls
    for call in calls:
        if plan.is_split(call.call_time):
            for of, series in views(finest(call)):
                if of == scope:
                    parts[plan.interval_of_call(call.call_time)].append((series, Measures.of(call)))
                    from_calls += 1
    return Reading([added_up(of_interval) for of_interval in parts], from_daily, from_live, from_calls)


def _series_in(scope: str, counter: LiveCounter) -> Series:
    """The series of a counter in the scope that is read, which may be the board that it is on."""
    on_board = board(counter.scope)
    return on_board[1] if on_board and on_board[0] == scope else counter.series


def _ranges(days: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Ascending days as ranges of days that follow each other, none longer than SLOT_DAYS."""
    run: list[str] = []
    for day in days:
        follows = run and date.fromisoformat(day).toordinal() == date.fromisoformat(run[-1]).toordinal() + 1
        if run and (not follows or len(run) == SLOT_DAYS):
            yield run[0], run[-1]
            run = []
        run.append(day)
    if run:
        yield run[0], run[-1]


def _slot_keys(start: int) -> tuple[str, str]:
    return keys.from_second(start), keys.through_second(start + QUARTER_HOUR - 1)
