"""What a call costs: what came with it, else the operator's rates, else the catalogue at the call's time.

docs/pricing.md tells it to people.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from aws_lambda_powertools import Logger

from ledger.aws import retries
from ledger.calls.model_call import CostSource, ModelCall
from ledger.core.money import EXACT, ten_places
from ledger.pricing import catalogue
from ledger.pricing.rate_book import PricedRate, RateBook

KNOWN_FOR = 60
"""Seconds for which rates are taken as known."""

logger = Logger()


class PriceList:
    """Prices calls by one state of the rates."""

    def __init__(self, rates: RateBook) -> None:
        self._rates = rates
        self._by_model: dict[tuple[str, str], list[PricedRate]] = {}

    def price(self, call: ModelCall) -> ModelCall:
        """The call with its price. One that came with credits keeps them; US dollars without credits are converted."""
        if call.cost_source is CostSource.REPORTED:
            return call
        if call.cost_usd is not None:
            return self._priced(call, call.cost_usd, CostSource.REPORTED, None)
        return self.price_again(call)

    def price_again(self, call: ModelCall) -> ModelCall:
        """The call with the price that the ledger finds for it now, whatever it had."""
        for rate in self._rates_of(call):
            if rate.since <= call.call_time and (cost := rate.prices.cost(call)) is not None:
                return self._priced(call, cost, CostSource.RATE, rate.name)
        listing = catalogue.listing(call.provider_id, call.model)
        if listing and (cost := listing.prices(call).cost(call)) is not None:
            return self._priced(call, cost, CostSource.CATALOGUE, listing.name)
        return replace(call, credits=Decimal(0), cost_usd=None, cost_source=CostSource.UNPRICED, priced_by=None)

    def _rates_of(self, call: ModelCall) -> list[PricedRate]:
        model = call.provider_id, call.model
        if model not in self._by_model:
            self._by_model[model] = self._rates.rates_of(*model)
        return self._by_model[model]

    def _priced(self, call: ModelCall, cost: Decimal, source: CostSource, by: str | None) -> ModelCall:
        credits_ = ten_places(EXACT.multiply(cost, self._rates.credits_of_a_usd(call)))
        return replace(call, credits=credits_, cost_usd=cost, cost_source=source, priced_by=by)


@dataclass(frozen=True)
class Pricing:
    """Prices calls by the rates in the Registry, as they were at most a minute ago."""

    registry_table: str
    _known: list[tuple[float, PriceList]] = field(default_factory=list[tuple[float, PriceList]])

    def price(self, calls: Sequence[ModelCall]) -> list[ModelCall]:
        """The calls with their prices, in their order. Nothing is read where every call came with credits."""
        if all(call.cost_source is CostSource.REPORTED for call in calls):
            return list(calls)
        return list(map(self.price_list().price, calls))

    def price_list(self) -> PriceList:
        """The prices of this minute. While the Registry can't be read, those that were last known.

        Raises one of retries.REQUEST_ERRORS where none are known.
        """
        if not self._known or time.time() - self._known[0][0] > KNOWN_FOR:
            try:
                self._known[:] = [(time.time(), PriceList(RateBook.read(self.registry_table)))]
            except retries.REQUEST_ERRORS:
                if not self._known:
                    raise
                logger.warning("The rates can't be read: calls are priced by those last known", exc_info=True)
        return self._known[0][1]
