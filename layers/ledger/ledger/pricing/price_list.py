"""The price of a call: what came with it, else the operator's rates, else the catalogue at the time of the call.

docs/pricing.md explains it.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from ledger.calls.model_call import CostSource, ModelCall
from ledger.core import exact_json
from ledger.core.money import EXACT, ten_places
from ledger.pricing import catalogue
from ledger.pricing.prices import Charges, Prices
from ledger.pricing.rate_book import PricedRate, RateBook
from ledger.pricing.tiers import special_tier


class PriceList:
    """Prices calls by the rates as they were at one moment."""

    def __init__(self, rates: RateBook) -> None:
        self._rates = rates
        self._by_model: dict[tuple[str, ...], list[PricedRate]] = {}

    def price(self, call: ModelCall) -> ModelCall:
        """Returns the call with its price. Reported credits stay; reported US dollars without credits are converted.

        What it costs by the rates or the catalogue is told of every call, beside what was reported.
        """
        priced = self.price_again(call)
        if call.cost_source is not CostSource.REPORTED and call.cost_usd is None:
            return priced
        listed = replace(
            call,
            list_cost_usd=priced.list_cost_usd,
            list_costs=priced.list_costs,
            cache_savings=priced.cache_savings,
        )
        if call.cost_source is CostSource.REPORTED or call.cost_usd is None:
            return listed
        credits_ = self._credits(call, call.cost_usd)
        return replace(listed, credits=credits_, cost_source=CostSource.REPORTED, priced_by=None)

    def price_again(self, call: ModelCall) -> ModelCall:
        """Returns the call with the price that the rates or the catalogue give, whatever price it has."""
        rates = [rate for rate in self._rates_of(call) if rate.since <= call.call_time]
        tier = special_tier(call)
        multiplier = next((rate.tiers[tier] for rate in rates if tier in rate.tiers), None) if tier else None
        for rate in rates:
            if rate.steps and (charges := _charges(rate.steps.of(call), multiplier, call)):
                return self._priced(call, charges, CostSource.RATE, rate.name + _served(tier, multiplier))
        for model in _models(call):
            if listing := catalogue.listing(call.provider_id, model):
                prices, is_of_tier = listing.prices(call, tier)
                factor = None if is_of_tier else multiplier
                if charges := _charges(prices, factor, call):
                    served = f", {tier}" if is_of_tier else _served(tier, factor)
                    return self._priced(call, charges, CostSource.CATALOGUE, listing.name + served)
        return replace(
            call,
            credits=Decimal(0),
            cost_usd=None,
            cost_source=CostSource.UNPRICED,
            priced_by=None,
            list_cost_usd=None,
            list_costs=None,
            cache_savings=None,
        )

    def _rates_of(self, call: ModelCall) -> Sequence[PricedRate]:
        models = call.provider_id, *_models(call)
        if models not in self._by_model:
            self._by_model[models] = self._rates.rates_of(*models)
        return self._by_model[models]

    def _priced(self, call: ModelCall, charges: Charges, source: CostSource, by: str) -> ModelCall:
        cost = ten_places(charges.cost)
        return replace(
            call,
            credits=self._credits(call, cost),
            cost_usd=cost,
            cost_source=source,
            priced_by=by,
            list_cost_usd=cost,
            list_costs={meter.value: part for meter, part in charges.costs.items()} or None,
            cache_savings=charges.cache_savings,
        )

    def _credits(self, call: ModelCall, cost: Decimal) -> Decimal:
        return ten_places(EXACT.multiply(cost, self._rates.credits_per_usd_of(call)))


def _charges(prices: Prices, multiplier: Decimal | None, call: ModelCall) -> Charges | None:
    return (prices if multiplier is None else prices.times(multiplier)).charges(call)


def _served(tier: str | None, multiplier: Decimal | None) -> str:
    """What the name of a price says of a tier that the price list has no prices of."""
    if tier is None:
        return ""
    return f", {tier} as standard" if multiplier is None else f", {tier} × {exact_json.plain(multiplier)}"


def _models(call: ModelCall) -> tuple[str, ...]:
    """The models by which a call may be priced: the one that answered, then the one that was asked for."""
    return (call.response_model, call.model) if call.response_model else (call.model,)
