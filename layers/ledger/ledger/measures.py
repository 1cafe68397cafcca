"""What is counted of a call. Nothing else decides that."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Self

from ledger.model_call import CallStatus, ModelCall

_ZERO = Decimal(0)


@dataclass(slots=True)
class Measures:
    """Sums over calls. Durations are seconds, ttfbs milliseconds; both are counted, as not every call has them.

    Calls that are neither successes nor failures are still processing.
    """

    calls: int = 0
    successes: int = 0
    failures: int = 0
    unpriced: int = 0
    total_usage: Decimal = _ZERO
    credits: Decimal = _ZERO
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    duration: Decimal = _ZERO
    durations: int = 0
    ttfb: Decimal = _ZERO
    ttfbs: int = 0

    @property
    def tokens(self) -> int:
        """All four buckets."""
        return self.input_tokens + self.output_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens

    @classmethod
    def of(cls, call: ModelCall) -> Self:
        """What one call adds."""
        return cls(
            calls=1,
            successes=int(call.status is CallStatus.SUCCESS),
            failures=int(call.status is CallStatus.FAILED),
            unpriced=int(call.is_unpriced),
            total_usage=call.total_usage,
            credits=call.credits,
            input_tokens=call.input_tokens,
            output_tokens=call.output_tokens,
            cache_read_input_tokens=call.cache_read_input_tokens,
            cache_creation_input_tokens=call.cache_creation_input_tokens,
            duration=call.duration or _ZERO,
            durations=int(call.duration is not None),
            ttfb=call.ttfb or _ZERO,
            ttfbs=int(call.ttfb is not None),
        )

    def __iadd__(self, other: Self) -> Self:
        # Written out: a loop over the names takes four times as long, and this is where the time of an answer goes.
        self.calls += other.calls
        self.successes += other.successes
        self.failures += other.failures
        self.unpriced += other.unpriced
        self.total_usage += other.total_usage
        self.credits += other.credits
        self.input_tokens += other.input_tokens
        self.output_tokens += other.output_tokens
        self.cache_read_input_tokens += other.cache_read_input_tokens
        self.cache_creation_input_tokens += other.cache_creation_input_tokens
        self.duration += other.duration
        self.durations += other.durations
        self.ttfb += other.ttfb
        self.ttfbs += other.ttfbs
        return self

    def __add__(self, other: Self) -> "Measures":
        return Measures(
            self.calls + other.calls,
            self.successes + other.successes,
            self.failures + other.failures,
            self.unpriced + other.unpriced,
            self.total_usage + other.total_usage,
            self.credits + other.credits,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_input_tokens + other.cache_read_input_tokens,
            self.cache_creation_input_tokens + other.cache_creation_input_tokens,
            self.duration + other.duration,
            self.durations + other.durations,
            self.ttfb + other.ttfb,
            self.ttfbs + other.ttfbs,
        )

    def __neg__(self) -> "Measures":
        return Measures(
            -self.calls,
            -self.successes,
            -self.failures,
            -self.unpriced,
            -self.total_usage,
            -self.credits,
            -self.input_tokens,
            -self.output_tokens,
            -self.cache_read_input_tokens,
            -self.cache_creation_input_tokens,
            -self.duration,
            -self.durations,
            -self.ttfb,
            -self.ttfbs,
        )

    def __bool__(self) -> bool:
        """Whether anything is counted: false where every sum is zero."""
        return any(self.values())

    def values(self) -> tuple[int | Decimal, ...]:
        """The sums in the order of NAMES."""
        return (
            self.calls,
            self.successes,
            self.failures,
            self.unpriced,
            self.total_usage,
            self.credits,
            self.input_tokens,
            self.output_tokens,
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
            self.duration,
            self.durations,
            self.ttfb,
            self.ttfbs,
        )

    @classmethod
    def sum(cls, parts: Iterable[Self]) -> Self:
        total = cls()
        for part in parts:
            total += part
        return total


NAMES = tuple(field.name for field in fields(Measures))
ZEROS = Measures().values()
KINDS = tuple(type(zero) for zero in ZEROS)
"""What each measure is, int or Decimal, in the order of NAMES."""


def parsed(texts: Iterable[str]) -> Measures:
    """Measures from the digits of their values, in the order of NAMES."""
    calls, successes, failures, unpriced, usage, credits_, fresh, output, read, written, *times = texts
    duration, durations, ttfb, ttfbs = times
    return Measures(
        int(calls),
        int(successes),
        int(failures),
        int(unpriced),
        Decimal(usage),
        Decimal(credits_),
        int(fresh),
        int(output),
        int(read),
        int(written),
        Decimal(duration),
        int(durations),
        Decimal(ttfb),
        int(ttfbs),
    )
