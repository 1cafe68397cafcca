"""Exact decimals for amounts: credits, US dollars, durations, and every other quantity that may have a fraction."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

DECIMALS = 10
"""The most decimals of an amount."""
EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
"""Its precision is enough for every product of a price and a quantity."""
_LAST_PLACE = Decimal(1).scaleb(-DECIMALS)


def ten_places(amount: Decimal) -> Decimal:
    """Returns an amount rounded to DECIMALS decimals, half to even."""
    return EXACT.quantize(amount, _LAST_PLACE)


def to_units(amount: Decimal) -> int:
    """Returns an amount as a whole number of units of 10^-DECIMALS, so that sums are exact and quick."""
    return int(amount.scaleb(DECIMALS))


def from_units(units: int) -> Decimal:
    """Returns the amount of a number of units of 10^-DECIMALS."""
    return Decimal(units).scaleb(-DECIMALS)
