"""The price of a call: what came with it, else the operator's rates, else the catalogue at the time of the call.

docs/pricing.md explains it.
"""

from dataclasses import replace
from decimal import Decimal

from ledger.calls.model_call import CostSource, ModelCall
from ledger.core.money import EXACT, ten_places
from ledger.pricing import catalogue
from ledger.pricing.rate_book import PricedRate, RateBook


class PriceList:
    """Prices calls by the rates as they were at one moment."""

    def __init__(self, rates: RateBook) -> None:
        self._rates = rates
        self._by_model: dict[tuple[str, ...], list[PricedRate]] = {}

    def price(self, call: ModelCall) -> ModelCall:
        """Returns the call with its price. Reported credits stay; reported US dollars without credits are converted."""
        if call.cost_source is CostSource.REPORTED:
            return call
        if call.cost_usd is not None:
            return self._priced(call, call.cost_usd, CostSource.REPORTED, None)
        return self.price_again(call)

    def price_again(self, call: ModelCall) -> ModelCall:
        """Returns the call with the price that the rates or the catalogue give, whatever price it has."""
        for rate in self._rates_of(call):
            if rate.since <= call.call_time and (cost := rate.prices.cost(call)) is not None:
                return self._priced(call, cost, CostSource.RATE, rate.name)
        for model in _models(call):
            listing = catalogue.listing(call.provider_id, model)
            if listing and (cost := listing.prices(call).cost(call)) is not None:
                return self._priced(call, cost, CostSource.CATALOGUE, listing.name)
        return replace(call, credits=Decimal(0), cost_usd=None, cost_source=CostSource.UNPRICED, priced_by=None)

    def _rates_of(self, call: ModelCall) -> list[PricedRate]:
        models = call.provider_id, *_models(call)
        if models not in self._by_model:
            self._by_model[models] = self._rates.rates_of(*models)
        return self._by_model[models]

    def _priced(self, call: ModelCall, cost: Decimal, source: CostSource, by: str | None) -> ModelCall:
        credits_ = ten_places(EXACT.multiply(cost, self._rates.credits_per_usd_of(call)))
        return replace(call, credits=credits_, cost_usd=cost, cost_source=source, priced_by=by)


def _models(call: ModelCall) -> tuple[str, ...]:
    """The models by which a call may be priced: the one that answered, then the one that was asked for."""
    return (call.response_model, call.model) if call.response_model else (call.model,)
