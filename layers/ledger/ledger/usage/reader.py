"""Usage of a range: daily aggregates, what was ingested since, and the calls of quarter hours that a boundary splits.

All of it is additive: the usage between two moments is the same however it is put together.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Self

from ledger.aggregates.counters_table import Aggregate, CounterTable
from ledger.aggregates.day_totals import DayTotals
from ledger.archive.archived_calls import ArchivedCalls
from ledger.archive.hot_days import HotDays
from ledger.aws import concurrency
from ledger.aws.concurrency import ParallelQueries
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import ModelCall
from ledger.core.moments import CLOCK_AHEAD, CLOCK_SKEW, HOUR, utc_day
from ledger.core.scopes import Scope
from ledger.counting import watermark
from ledger.counting.live_counters import LiveCounter
from ledger.counting.measures import Measures
from ledger.counting.series import Series, Usage, added_up, counted, finest
from ledger.counting.watermark import Progress
from ledger.usage.aggregate_reads import Reads
from ledger.usage.plan import Plan
from ledger.usage.split_calls import SplitCalls

KNOWN_FOR = 600
"""Seconds for which the progress of the nightly run is taken as known. Less than a day."""


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
    archived: ArchivedCalls
    _known: list[Progress] = field(default_factory=list[Progress])

    @classmethod
    def of(cls, settings: Settings) -> Self:
        counters = CounterTable.of(settings)
        return cls(Calls.of(settings), counters, ArchivedCalls(counters.table, settings.archive_bucket))

    @cached_property
    def _split(self) -> SplitCalls:
        return SplitCalls(self.calls, HotDays(self.calls, self.counters.table), self.archived)

    def read(self, asked: Mapping[Scope, Sequence[int]]) -> dict[Scope, Reading]:
        """For each scope, what was used between its boundaries: ascending Unix seconds, each up to the next."""
        now = int(time.time())
        expired, latest = self.calls.expired(now), now + CLOCK_AHEAD + CLOCK_SKEW
        plans = {scope: Plan.of(boundaries, expired, latest) for scope, boundaries in asked.items()}
        splits = {scope: plan.split for scope, plan in plans.items()}
        hot_since = concurrency.threads().submit(self._split.hot_since, chain.from_iterable(splits.values()), now)
        days = self._days_to_read(now)
        reads = {scope: Reads.of(scope, plan) for scope, plan in plans.items()}
        named = ParallelQueries(self.counters.named(chain.from_iterable(of_scope.names for of_scope in reads.values())))
        in_rows = {scope: ParallelQueries(self._in_rows(scope, of_scope)) for scope, of_scope in reads.items()}
        live = self._live(plans, days)
        users = {scope for scope in plans if scope.kind == "user"}
        since = hot_since.result()
        own_calls = {scope: ParallelQueries(self._split.of_user(scope.did, splits[scope], since)) for scope in users}
        starts = set(chain.from_iterable(splits[scope] for scope in plans if scope not in users))
        calls = ParallelQueries(self._split.of_everybody(starts, since))
        by_name: defaultdict[Scope, list[Aggregate]] = defaultdict(list)
        for aggregate in named:
            by_name[aggregate.scope].append(aggregate)
        return {
            scope: _put_together(
                scope,
                plan,
                chain(by_name[scope], in_rows[scope]),
                live[scope],
                own_calls.get(scope, calls),
            )
            for scope, plan in plans.items()
        }

    def _days_to_read(self, now: int) -> frozenset[str]:
        """The days of ingestion whose live counters are read: those not aggregated when last asked, and the days since.

        They have to be known before the aggregates are read. To read one that is aggregated by then does no harm, as
        each aggregate says what it holds; to leave one out that is not would.
        """
        if not self._known or now - self._known[0].read_at >= KNOWN_FOR:
            self._known[:] = [watermark.read(self.counters.table)]
        known = self._known[0]
        return known.pending | {utc_day(second) for second in (known.read_at, now, now + CLOCK_SKEW)}

    def _in_rows(self, scope: Scope, reads: Reads) -> Iterator[Iterator[Aggregate]]:
        totals = (self.counters.totals(scope, *days) for days in reads.totals)
        slots = (self.counters.slots(scope, *days) for days in reads.slots)
        return chain[Iterator[Aggregate]](totals, slots)

    def _live(self, plans: Mapping[Scope, Plan], days: Collection[str]) -> dict[Scope, Iterable[LiveCounter]]:
        """The live counters of each scope."""
        live: dict[Scope, Iterable[LiveCounter]] = dict.fromkeys(plans, ())
        for scope, plan in plans.items():
            if plan.spans:
                first, last = plan.spans[0].start // HOUR * HOUR, plan.spans[-1].end
                live[scope] = ParallelQueries(
                    chain.from_iterable(self.counters.live(scope, day, first, last) for day in days)
                )
        return live


def _put_together(
    scope: Scope,
    plan: Plan,
    aggregates: Iterable[Aggregate],
    live: Iterable[LiveCounter],
    calls: Iterable[ModelCall],
) -> Reading:
    parts: list[list[tuple[Series, Measures]]] = [[] for _ in plan.boundaries[1:]]
    through: dict[str, str] = {}
    from_live = from_calls = 0
    for aggregate in aggregates:
        if isinstance(aggregate, DayTotals):
            interval = plan.whole_days.get(aggregate.day)
            if interval is not None:
                through[aggregate.day] = aggregate.through
                parts[interval] += aggregate.measures.items()
        else:
            through[aggregate.day] = aggregate.through
            for span in plan.spans_of(aggregate.day):
                parts[span.interval] += aggregate.between(span.start, span.end)
    from_daily = sum(measures.calls for of_interval in parts for _, measures in of_interval)
    for counter in live:
        if counter.ingestion_day > through.get(counter.call_day, ""):
            for start, measures in counter.slots.items():
                interval = plan.interval_of_slot(start)
                if interval is not None:
                    parts[interval].append((counter.series, measures))
                    from_live += measures.calls
    for call in calls:
        if plan.is_split(call.call_time):
            for of, series in counted(finest(call)):
                if of == scope:
                    parts[plan.interval_of_call(call.call_time)].append((series, Measures.of(call)))
                    from_calls += 1
    return Reading([added_up(of_interval) for of_interval in parts], from_daily, from_live, from_calls)
