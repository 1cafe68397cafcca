"""The rates as calls are priced by them: which of them holds for a call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.calls.model_call import ModelCall
from ledger.core.moments import day_start
from ledger.pricing.prices import Prices
from ledger.pricing.rates import RatePrices, existing


@dataclass(frozen=True, slots=True)
class PricedRate:
    """A rate as calls are priced by it. `since` is the first second that it holds for."""

    name: str
    provider_id: str
    model: str
    since: int
    prices: Prices

    @property
    def precedence(self) -> tuple[bool, bool, int, str, int]:
        """An exact model before a pattern, a provider before none, more letters before fewer, and later before earlier.

        No two rates have the same: the place of a rate is its key.
        """
        letters = len(self.model) - self.model.count("*")
        return "*" not in self.model, bool(self.provider_id), letters, self.model, self.since

    def is_for(self, provider_id: str, models: Iterable[str]) -> bool:
        return self.provider_id in ("", provider_id) and any(matches(self.model, model) for model in models)


@dataclass(frozen=True)
class RateBook:
    """The rates as they were at some moment, most specific first; and the values of a US dollar, latest first."""

    rates: Sequence[PricedRate]
    credits_per_usd: Sequence[tuple[int, Decimal]]

    @classmethod
    def read(cls, table: str) -> "RateBook":
        known = existing(table)
        rates = [
            PricedRate(
                name=f"rate {rate['id']} of {rate['updatedAt']}",
                provider_id=rate["providerId"] or "",
                model=rate["model"],
                since=day_start(rate["effectiveFrom"]),
                prices=RatePrices.model_validate(rate["prices"]).of_one(),
            )
            for rate in known["rates"]
        ]
        values = [(day_start(value["effectiveFrom"]), value["creditsPerUsd"]) for value in known["creditsPerUsd"]]
        return cls(sorted(rates, key=lambda rate: rate.precedence, reverse=True), sorted(values, reverse=True))

    def rates_of(self, provider_id: str, model: str) -> list[PricedRate]:
        """Those that hold for a model at some time, the most specific first."""
        provider_id, model = provider_id.lower(), model.lower()
        models = (model, model.removeprefix(f"{provider_id}/"))
        return [rate for rate in self.rates if rate.is_for(provider_id, models)]

    def credits_of_a_usd(self, call: ModelCall) -> Decimal:
        """One, before anybody said otherwise."""
        return next((value for since, value in self.credits_per_usd if since <= call.call_time), Decimal(1))


def matches(pattern: str, text: str) -> bool:
    """Whether a text is what a pattern says, in which `*` stands for any letters or none."""
    first, *others = pattern.split("*")
    if not others:
        return text == pattern
    *middle, last = others
    if not (text.startswith(first) and len(text) >= len(first) + len(last) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
