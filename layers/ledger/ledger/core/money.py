"""Exact amounts: credits, US dollars, durations and every other quantity that may have decimals."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

DECIMALS = 10
"""The decimals that an amount has at most."""
EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
"""Enough digits that no product of a price and a quantity is rounded."""
_LAST_PLACE = Decimal(1).scaleb(-DECIMALS)


def ten_places(amount: Decimal) -> Decimal:
    """An amount rounded to DECIMALS decimals, half to even."""
    return EXACT.quantize(amount, _LAST_PLACE)


def to_units(amount: Decimal) -> int:
    """An amount as a whole number of units of its last decimal, so that sums are exact and quick."""
    return int(amount.scaleb(DECIMALS))


def from_units(units: int) -> Decimal:
    """The amount of so many units."""
    return Decimal(units).scaleb(-DECIMALS)
