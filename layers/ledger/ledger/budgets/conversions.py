"""How many credits a US dollar is worth, day by day, as it was at most a minute ago."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from ledger.core.moments import day_start
from ledger.core.money import EXACT
from ledger.pricing.rate_store import RateStore

MAX_AGE = 60
"""Seconds for which they are used before they are read again."""


class Conversion(NamedTuple):
    """Credits of a US dollar from a second on, with which a UTC day begins."""

    since: int
    credits_per_usd: Decimal


@dataclass(frozen=True)
class Conversions:
    """Those of the Registry table. Every method raises one of retries.REQUEST_ERRORS where it can't be read."""

    store: RateStore
    _cached: list[tuple[float, Sequence[Conversion]]] = field(default_factory=list[tuple[float, Sequence[Conversion]]])

    def all(self) -> Sequence[Conversion]:
        """The latest first. Before the first that is set, a US dollar is a credit."""
        if not self._cached or time.time() - self._cached[0][0] > MAX_AGE:
            stored = self.store.read()["creditsPerUsd"]
            found = [Conversion(day_start(each["effectiveFrom"]), each["creditsPerUsd"]) for each in stored]
            self._cached[:] = [(time.time(), [*sorted(found, reverse=True), Conversion(0, Decimal(1))])]
        return self._cached[0][1]

    def in_usd(self, credits_: Decimal, second: int) -> Decimal:
        """What credits of a moment are worth in US dollars."""
        return EXACT.divide(credits_, next(each.credits_per_usd for each in self.all() if each.since <= second))
