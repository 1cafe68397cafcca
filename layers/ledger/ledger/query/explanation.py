"""Why what calls cost has changed from one period to another, split into volume, price and mix.

Volume is what the change would be had all groups grown alike, at their prices of before. Price is what the calls of
after cost more than they would have cost before. Mix is the rest of a group's change: what its share of the calls does.
A group that was not there before is all mix, as it had no price. Amounts are rounded to ten decimals where they are
made, and the mix is a difference, so that the three add up exactly: in each group, and in all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Self

from ledger.core.money import EXACT, ten_places

type Key = tuple[str | None, ...]
"""The text that a group has in each dimension."""
ZERO = Decimal(0)


class Spent(NamedTuple):
    """Calls, and their credits."""

    calls: int = 0
    credits: Decimal = ZERO


@dataclass(frozen=True)
class Effects:
    """Credits more, or less, because of each."""

    volume: Decimal = ZERO
    price: Decimal = ZERO
    mix: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return EXACT.add(EXACT.add(self.volume, self.price), self.mix)

    @classmethod
    def sum(cls, effects: Iterable[Self]) -> Self:
        volume, price, mix = ZERO, ZERO, ZERO
        for one in effects:
            volume = EXACT.add(volume, one.volume)
            price = EXACT.add(price, one.price)
            mix = EXACT.add(mix, one.mix)
        return cls(volume, price, mix)


@dataclass(frozen=True)
class Change:
    """What a group spent before and after."""

    key: Key
    before: Spent
    after: Spent
    effects: Effects


def changes(before: Mapping[Key, Spent], after: Mapping[Key, Spent]) -> list[Change]:
    """The change of each group, the largest first."""
    calls = tuple(sum(spent.calls for spent in groups.values()) for groups in (before, after))
    found = [_change(key, before.get(key, Spent()), after.get(key, Spent()), *calls) for key in {**before, **after}]
    return sorted(found, key=lambda change: (-abs(change.effects.difference), _sortable(change.key)))


def _change(key: Key, before: Spent, after: Spent, calls_before: int, calls_after: int) -> Change:
    difference = EXACT.subtract(after.credits, before.credits)
    if not calls_before:
        return Change(key, before, after, Effects(volume=difference))
    if not before.calls:
        return Change(key, before, after, Effects(mix=difference))
    volume = _part(before.credits, calls_after - calls_before, calls_before)
    price = EXACT.subtract(after.credits, _part(before.credits, after.calls, before.calls))
    mix = EXACT.subtract(EXACT.subtract(difference, volume), price)
    return Change(key, before, after, Effects(volume, price, mix))


def _part(amount: Decimal, dividend: int, divisor: int) -> Decimal:
    return ten_places(EXACT.divide(EXACT.multiply(amount, Decimal(dividend)), Decimal(divisor)))


def _sortable(key: Key) -> Sequence[tuple[bool, str]]:
    return [(text is None, text or "") for text in key]
