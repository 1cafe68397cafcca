"""What is counted of a call. Nothing else decides that."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Self

from ledger.model_call import CallStatus, CostSource, ModelCall


@dataclass(slots=True)
class Measures:
    """Sums over calls. Durations are seconds, ttfbs milliseconds; both are counted, as not every call has them.

    Calls that are neither successes nor failures are still processing.
    """

    calls: int = 0
    successes: int = 0
    failures: int = 0
    unpriced: int = 0
    total_usage: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    duration: Decimal = Decimal(0)
    durations: int = 0
    ttfb: Decimal = Decimal(0)
    ttfbs: int = 0

    @classmethod
    def of(cls, call: ModelCall) -> Self:
        """What one call adds."""
        return cls(
            calls=1,
            successes=int(call.status is CallStatus.SUCCESS),
            failures=int(call.status is CallStatus.FAILED),
            unpriced=int(call.cost_source is CostSource.UNPRICED and call.status is CallStatus.SUCCESS),
            total_usage=call.total_usage,
            credits=call.credits,
            input_tokens=call.input_tokens,
            output_tokens=call.output_tokens,
            cache_read_input_tokens=call.cache_read_input_tokens,
            cache_creation_input_tokens=call.cache_creation_input_tokens,
            duration=call.duration or Decimal(0),
            durations=int(call.duration is not None),
            ttfb=call.ttfb or Decimal(0),
            ttfbs=int(call.ttfb is not None),
        )

    def __iadd__(self, other: Self) -> Self:
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self

    @classmethod
    def sum(cls, parts: Iterable[Self]) -> Self:
        total = cls()
        for part in parts:
            total += part
        return total


NAMES = tuple(field.name for field in fields(Measures))
