"""A question about calls, as data: what is compiled to SQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.archive.conditions import Condition
from ledger.core.time_zones import TimeBucket


@dataclass(frozen=True)
class Order:
    """What groups are in order of: a metric, a dimension or `timestamp`. Groups that have none come last."""

    by: str
    descending: bool


@dataclass(frozen=True)
class Question:
    """The groups of the calls that meet every condition, told apart by dimensions and, if it has any, by buckets."""

    start: int
    end: int
    """Unix seconds; it is excluded."""
    metrics: Sequence[str]
    dimensions: Sequence[str] = ()
    buckets: Sequence[TimeBucket] | None = None
    """The buckets of time that cover the range."""
    conditions: Sequence[Condition] = ()
    order: Sequence[Order] = ()
    """Groups that are alike in this are in the order of their keys."""
    first: int = 0
    """How many groups are before the page."""
    limit: int = 10_000
    """How many are on it, at the most."""
