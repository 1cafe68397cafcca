"""Which daily aggregates the usage of a scope is read from, and by which requests.

The cuts of everybody's days and the slots of single days are read by their keys, in one BatchGetItem for all scopes.
Small aggregates of consecutive days are read by a Query, which costs no more than its bytes: the totals of a month are
a few kilobytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.aggregates.counters_table import Name
from ledger.core import keys
from ledger.core.moments import DAY, day_start
from ledger.core.scopes import EVERYBODY, Scope
from ledger.usage.plan import Plan

SLOT_DAYS = 16
"""Days whose slots one Query reads, so that they usually fit into one page of a megabyte."""
FEW = 2
"""Consecutive days, at most, whose slots are read by their keys."""

type Days = tuple[str, str]
"""A first and a last day, both inclusive."""


@dataclass(frozen=True)
class Reads:
    """The keys of aggregates, and the consecutive days whose totals and whose slots are read by a Query."""

    names: list[Name]
    totals: list[Days]
    slots: list[Days]

    @classmethod
    def of(cls, scope: Scope, plan: Plan) -> "Reads":
        halves = _halves(plan) if scope == EVERYBODY else {}
        runs = list(_runs(day for day in plan.cut_days if day not in halves))
        buckets = [keys.cut_bucket(day, cut) for day, cut in halves.items()]
        buckets += (keys.slots_bucket(day) for run in runs if len(run) <= FEW for day in run)
        return cls(
            names=[(keys.aggregate_partition(scope), bucket) for bucket in buckets],
            totals=[(min(plan.whole_days), max(plan.whole_days))] if plan.whole_days else [],
            slots=[(run[0], run[-1]) for run in runs if len(run) > FEW],
        )


def _halves(plan: Plan) -> dict[str, int]:
    """The days that are cut in two, with the Unix time of the cut."""
    return {day: cut for day in plan.cut_days if (cut := plan.cut_of(day)) is not None}


def _runs(days: Iterable[str]) -> Iterator[list[str]]:
    """Ascending days as runs of consecutive days, none longer than SLOT_DAYS."""
    run: list[str] = []
    for day in days:
        if run and (len(run) == SLOT_DAYS or day_start(day) != day_start(run[-1]) + DAY):
            yield run
            run = []
        run.append(day)
    if run:
        yield run
