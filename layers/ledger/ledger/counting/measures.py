"""Measures: the quantities that are counted of a call. A new measure is added here, and nowhere else in counting."""

from collections.abc import Iterable
from decimal import Decimal
from operator import add, neg
from typing import NamedTuple, Self

from ledger.calls.model_call import CallStatus, ModelCall
from ledger.core.money import from_units, to_units


class Measures(NamedTuple):
    """Sums over calls. Durations are in seconds, times to first byte (ttfb) in milliseconds.

    `durations` and `ttfbs` are how many calls have one. Calls that are neither successes nor failures are still
    processing. Every sum is a whole number, so that adding is exact and quick: amounts are stored in units of their
    last decimal, and properties give them as Decimals.
    """

    calls: int = 0
    successes: int = 0
    failures: int = 0
    unpriced: int = 0
    total_usage_units: int = 0
    credits_units: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    duration_units: int = 0
    durations: int = 0
    ttfb_units: int = 0
    ttfbs: int = 0

    @property
    def total_usage(self) -> Decimal:
        return from_units(self.total_usage_units)

    @property
    def credits(self) -> Decimal:
        return from_units(self.credits_units)

    @property
    def duration(self) -> Decimal:
        return from_units(self.duration_units)

    @property
    def ttfb(self) -> Decimal:
        return from_units(self.ttfb_units)

    @property
    def tokens(self) -> int:
        """The sum of the four token buckets."""
        return self.input_tokens + self.output_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens

    @classmethod
    def of(cls, call: ModelCall) -> Self:
        """The measures of one call."""
        return cls(
            calls=1,
            successes=int(call.status is CallStatus.SUCCESS),
            failures=int(call.status is CallStatus.FAILED),
            unpriced=int(call.is_unpriced),
            total_usage_units=to_units(call.total_usage),
            credits_units=to_units(call.credits),
            input_tokens=call.input_tokens,
            output_tokens=call.output_tokens,
            cache_read_input_tokens=call.cache_read_input_tokens,
            cache_creation_input_tokens=call.cache_creation_input_tokens,
            duration_units=to_units(call.duration or Decimal(0)),
            durations=int(call.duration is not None),
            ttfb_units=to_units(call.ttfb or Decimal(0)),
            ttfbs=int(call.ttfb is not None),
        )

    def calls_with(self, status: str | None) -> int:
        """The number of calls with a status, or of all calls (None)."""
        match status:
            case CallStatus.SUCCESS:
                return self.successes
            case CallStatus.FAILED:
                return self.failures
            case CallStatus.PROCESSING:
                return self.calls - self.successes - self.failures
            case _:
                return self.calls

    @classmethod
    def sum(cls, parts: Iterable[Self]) -> Self:
        return cls(*map(sum, zip(*parts, strict=True)))

    def __add__(self, other: Self) -> Self:  # pyright: ignore[reportIncompatibleMethodOverride] - no longer tuple
        return self._make(map(add, self, other))

    def __neg__(self) -> Self:
        return self._make(map(neg, self))

    def __bool__(self) -> bool:
        """False where every sum is zero."""
        return any(self)

    def to_dict(self) -> dict[str, int | Decimal]:
        """Every sum by its name, amounts as Decimals."""
        return {name: getattr(self, name) for name in NAMES}


NAMES = tuple(field.removesuffix("_units") for field in Measures._fields)
"""The names of the measures, without `_units`."""
ZERO = Measures()
