"""Reconciliation: whether the counters of a day equal its calls, compared as in the nightly run, without writing."""

import time
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, TypedDict

from pydantic import Field
from pydantic.alias_generators import to_camel

from ledger.aggregates.comparison import Compared, compare
from ledger.aggregates.counters_table import CounterTable
from ledger.calls.calls_table import Calls
from ledger.core.moments import CLOCK_SKEW, utc_day
from ledger.core.scopes import EVERYBODY
from ledger.counting import watermark
from ledger.counting.measures import Measures
from ledger.counting.series import SERIES_ATTRIBUTES
from ledger.http.query_parameters import Query

MOST_SHOWN = 100
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2099, 12, 31)


class DayQuery(Query):
    """A UTC day, such as 2026-11-22."""

    day: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
    """Such as 2026-11-22, in UTC; not before 1970 or after 2099."""


type Sums = dict[str, int | Decimal]


class Difference(TypedDict):
    scope: str
    """`all`, `user#…` or `app#…`."""
    series: dict[str, str]
    calls: Sums
    """The sums of the calls."""
    counters: Sums
    """The sums of the counters."""


class Reconciliation(TypedDict):
    """`drifted` is how many series differ. Calls recorded in the last seconds may be the cause: they are counted soon.

    A day whose calls have begun to expire can't be compared: `comparable` is false.
    """

    day: str
    comparable: bool
    series: int
    """How many were compared."""
    drifted: int
    calls: Sums
    """Everybody's sums, of the calls."""
    counters: Sums
    """Everybody's sums, of the counters."""
    differences: list[Difference]
    """The first hundred."""


def reconcile(calls: Calls, counters: CounterTable, day: str) -> Reconciliation:
    """Compare every series of every scope on a UTC day. Nothing is changed."""
    compared = compare(calls, counters, day, utc_day(time.time() + CLOCK_SKEW), watermark.read(counters.table).pending)
    drifted = sorted((one for one in compared if one.drift), key=lambda one: one.scoped_series)
    everybody = [one for one in compared if one.scope == EVERYBODY]
    return {
        "day": day,
        "comparable": all(one.calls is not None for one in compared),
        "series": len(compared),
        "drifted": len(drifted),
        "calls": _sums(slot for one in everybody for slot in (one.calls or {}).values()),
        "counters": _sums(slot for one in everybody for slot in one.counters.values()),
        "differences": [_difference(one) for one in drifted[:MOST_SHOWN]],
    }


def _difference(one: Compared) -> Difference:
    return {
        "scope": str(one.scope),
        "series": {name: text for name, text in zip(SERIES_ATTRIBUTES, one.series, strict=True) if text},
        "calls": _sums((one.calls or {}).values()),
        "counters": _sums(one.counters.values()),
    }


def _sums(parts: Iterable[Measures]) -> Sums:
    return {to_camel(name): value for name, value in Measures.sum(parts).to_dict().items()}
