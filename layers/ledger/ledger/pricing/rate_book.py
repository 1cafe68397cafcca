"""The rates by which calls are priced, and which of them apply to a call."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.calls.model_call import ModelCall
from ledger.core.moments import day_start
from ledger.pricing.prices import Steps
from ledger.pricing.providers import canonical
from ledger.pricing.rate_store import RateStore
from ledger.pricing.rates import RateInput


@dataclass(frozen=True, slots=True)
class PricedRate:
    """A rate by which calls are priced. `since` is the first second to which it applies."""

    name: str
    provider_id: str
    model: str
    since: int
    steps: Steps | None
    """None for a rate that has nothing but multipliers."""
    tiers: Mapping[str, Decimal]
    """By what the prices of tokens are multiplied for calls of a service tier."""

    @property
    def precedence(self) -> tuple[bool, bool, int, str, int, str]:
        """Of several rates that apply, the one with the greatest precedence counts.

        An exact model precedes a pattern, a provider precedes none, a longer pattern a shorter one, a later day an
        earlier one. No two rates have the same precedence, as provider, model and day are the key of a rate.
        """
        characters = len(self.model) - self.model.count("*")
        return "*" not in self.model, bool(self.provider_id), characters, self.model, self.since, self.provider_id

    def is_for(self, provider_id: str, models: Iterable[str]) -> bool:
        """Whether it applies to one of these models of a provider, whichever of its names the two use for that."""
        if self.provider_id and canonical(self.provider_id) != canonical(provider_id):
            return False
        return any(matches(self.model, model) for model in models)


@dataclass(frozen=True)
class RateBook:
    """The rates at one moment, those with the greatest precedence first; the credits per US dollar, latest first."""

    rates: Sequence[PricedRate]
    credits_per_usd: Sequence[tuple[int, Decimal]]

    @classmethod
    def read(cls, table: str) -> "RateBook":
        stored = RateStore(table).read()
        rates = [
            PricedRate(
                name=f"rate {rate['id']} of {rate['updatedAt']}",
                provider_id=rate["providerId"] or "",
                model=rate["model"],
                since=day_start(rate["effectiveFrom"]),
                steps=given.steps(),
                tiers=given.service_tiers,
            )
            for rate in stored["rates"]
            for given in [RateInput.of(rate)]
        ]
        values = [(day_start(value["effectiveFrom"]), value["creditsPerUsd"]) for value in stored["creditsPerUsd"]]
        return cls(sorted(rates, key=lambda rate: rate.precedence, reverse=True), sorted(values, reverse=True))

    def rates_of(self, provider_id: str, *models: str) -> list[PricedRate]:
        """Returns the rates that apply to one of some models at any time, those with the greatest precedence first."""
        provider_id = provider_id.lower()
        names = {name for model in models for name in (model.lower(), model.lower().removeprefix(f"{provider_id}/"))}
        return [rate for rate in self.rates if rate.is_for(provider_id, names)]

    def credits_per_usd_of(self, call: ModelCall) -> Decimal:
        """Returns the credits per US dollar at the time of a call: one where none are set."""
        return next((value for since, value in self.credits_per_usd if since <= call.call_time), Decimal(1))


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern, in which `*` stands for any number of characters, or none."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *middle, last = others
    if not (text.startswith(first) and len(text) >= len(first) + len(last) and text.endswith(last)):
        return False
    start, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True
