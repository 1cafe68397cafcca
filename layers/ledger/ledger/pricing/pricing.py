"""The pricing of calls as they are recorded, by rates that are at most a minute old."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from aws_lambda_powertools import Logger

from ledger.aws import retries
from ledger.calls.model_call import CostSource, ModelCall
from ledger.pricing.price_list import PriceList
from ledger.pricing.rate_book import RateBook

MAX_AGE = 60
"""Seconds for which rates are used before they are read again."""

logger = Logger()


@dataclass(frozen=True)
class Pricing:
    """Prices calls by the rates in the Registry table."""

    registry_table: str
    _cached: list[tuple[float, PriceList]] = field(default_factory=list[tuple[float, PriceList]])

    def price(self, calls: Sequence[ModelCall]) -> list[ModelCall]:
        """Returns the calls with their prices, in their order.

        Raises one of retries.REQUEST_ERRORS if the rates can't be read and never were, unless every call came with
        credits: these stay, and what the calls cost by list is not told then.
        """
        try:
            price_list = self.price_list()
        except retries.REQUEST_ERRORS:
            if any(call.cost_source is not CostSource.REPORTED for call in calls):
                raise
            logger.warning("The rates can't be read: what calls cost by list is not told", exc_info=True)
            return list(calls)
        return list(map(price_list.price, calls))

    def price_list(self) -> PriceList:
        """Returns the prices of this minute, or the last ones known while the Registry table can't be read.

        Raises one of retries.REQUEST_ERRORS if the rates can't be read and never were.
        """
        if not self._cached or time.time() - self._cached[0][0] > MAX_AGE:
            try:
                self._cached[:] = [(time.time(), PriceList(RateBook.read(self.registry_table)))]
            except retries.REQUEST_ERRORS:
                if not self._cached:
                    raise
                logger.warning("The rates can't be read: calls are priced by the last ones known", exc_info=True)
        return self._cached[0][1]
