"""The prices of a model, the operator's or the catalogue's, and what a call costs by them."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final, Self

from ledger.calls.model_call import ModelCall
from ledger.core.money import EXACT, ten_places
from ledger.pricing.meters import PARTS, UNCACHED, WHOLES, Meter, usage

_ZERO: Final = Decimal(0)
_LIKE: Final = {
    Meter.CACHE_READ: Meter.INPUT,
    Meter.CACHE_CREATION: Meter.INPUT,
    **{part: bucket for bucket, parts in PARTS.items() for part in parts},
}
"""The meter whose price one has that has none of its own. Each comes after the one that it is like."""


@dataclass(frozen=True, slots=True)
class Charges:
    """What a call costs by some prices, in US dollars to ten decimals."""

    costs: Mapping[Meter, Decimal]
    """Of each meter. They add up to the cost, to the last decimal."""
    cache_savings: Decimal | None
    """What its cached tokens would have cost more without a cache, less what they cost more; None without any."""

    @property
    def cost(self) -> Decimal:
        total = _ZERO
        for cost in self.costs.values():
            total = EXACT.add(total, cost)
        return total


@dataclass(frozen=True)
class Prices:
    """US dollars for one of each meter: a token, an image, a second, a search, a request."""

    own: Mapping[Meter, Decimal]

    @cached_property
    def _all(self) -> Mapping[Meter, Decimal]:
        """With the prices of meters that have none of their own."""
        prices = dict(self.own)
        for meter, like in _LIKE.items():
            if meter not in prices and like in prices:
                prices[meter] = prices[like]
        return prices

    def times(self, multiplier: Decimal) -> Self:
        """Returns these with the prices of tokens multiplied. Fees stay."""
        tokens = {*PARTS, *_LIKE}
        return type(self)(
            {
                meter: EXACT.multiply(price, multiplier) if meter in tokens else price
                for meter, price in self.own.items()
            }
        )

    def charges(self, call: ModelCall) -> Charges | None:
        """Returns what a call costs, or None where these prices don't determine it.

        They don't where tokens or searches that were used have no price, unless an image, a second or a request has
        one, in which they are then included. Nor do they where nothing that was used has a price, or where a successful
        call has no reported usage. A call that did not succeed and used nothing costs nothing.
        """
        used, prices = usage(call), self._all
        if any(meter not in prices and meter not in WHOLES for meter in used) and prices.keys().isdisjoint(WHOLES):
            return None
        priced = [(meter, number, prices[meter]) for meter, number in used.items() if meter in prices]
        if not priced and Meter.REQUEST in used:
            return None
        costs: dict[Meter, Decimal] = {}
        exact = rounded = _ZERO
        for meter, number, price in priced:
            exact, before = EXACT.fma(number, price, exact), rounded
            rounded = ten_places(exact)
            costs[meter] = EXACT.subtract(rounded, before)  # so that they add up to the rounded sum
        return Charges(costs, self._saved(used))

    def _saved(self, used: Mapping[Meter, int | Decimal]) -> Decimal | None:
        saved: Decimal | None = None
        for meter, uncached in UNCACHED.items():
            if meter in used and meter in self._all and uncached in self._all:
                difference = EXACT.subtract(self._all[uncached], self._all[meter])
                saved = EXACT.fma(used[meter], difference, saved or _ZERO)
        return None if saved is None else ten_places(saved)


@dataclass(frozen=True, slots=True)
class Steps:
    """Prices that depend on the number of input tokens: above each limit the next prices apply to every token."""

    limits: tuple[int, ...]
    prices: tuple[Prices, ...]
    """One more than there are limits."""

    def of(self, call: ModelCall) -> Prices:
        incoming = call.input_tokens + call.cache_read_input_tokens + call.cache_creation_input_tokens
        return self.prices[bisect_left(self.limits, incoming)]
