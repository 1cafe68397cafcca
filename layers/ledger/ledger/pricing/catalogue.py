"""The catalogue: what providers charge according to the genai-prices library, whose data is bundled with it.

The library takes a tenth of a second to import, so it is imported only once a call is priced by it.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from ledger.calls.model_call import CallType, ModelCall
from ledger.core.money import EXACT
from ledger.pricing.prices import Prices
from ledger.pricing.providers import catalogue_name

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_MILLION, _THOUSAND = Decimal(1_000_000), Decimal(1_000)
_HOUR = Decimal(3_600)
_OUTPUT = {CallType.IMAGE_GENERATION: "output_image_mtok", CallType.AUDIO_GENERATION: "output_audio_mtok"}
"""The output of these types of call has a price of its own for some models."""


@dataclass(frozen=True, slots=True)
class _Steps:
    """Prices that depend on the number of input tokens: above each limit the next prices apply to every token."""

    limits: tuple[int, ...]
    prices: tuple[Prices, ...]

    def of(self, call: ModelCall) -> Prices:
        incoming = call.input_tokens + call.cache_read_input_tokens + call.cache_creation_input_tokens
        return self.prices[bisect_left(self.limits, incoming)]


@dataclass(frozen=True)
class Listing:
    """A model in the catalogue. `name` is the catalogue's version and the model's id there."""

    name: str
    _model: "ModelInfo"
    _steps: dict[tuple[int, CallType], _Steps] = field(default_factory=dict[tuple[int, CallType], _Steps])

    def prices(self, call: ModelCall) -> Prices:
        """Returns the prices of the model at the time of a call."""
        prices = self._model.get_prices(datetime.fromtimestamp(call.call_time, UTC))
        key = id(prices), call.type  # the library keeps one object for each, as long as the model
        if key not in self._steps:
            self._steps[key] = _steps(prices, call.type)
        return self._steps[key].of(call)


@lru_cache(4_096)
def listing(provider_id: str, model: str) -> Listing | None:
    """Returns the model in the catalogue, or None if it is not there."""
    providers = _providers()
    for provider_name, model_name in _candidates(provider_id, model):
        provider = providers[provider_name]
        if found := provider.find_model(model_name, all_providers=list(providers.values())):
            return Listing(f"genai-prices {version('genai-prices')}: {provider.id}/{found.id}", found)
    return None


def _steps(prices: "ModelPrice", call_type: CallType) -> _Steps:
    from genai_prices.types import TieredPrices

    stored: dict[str, Decimal | TieredPrices] = {
        name: price for name, price in vars(prices).items() if price is not None
    }
    tiered = (price for price in stored.values() if isinstance(price, TieredPrices))
    limits = sorted({tier.start for price in tiered for tier in price.tiers})

    def at(incoming: int, per: Decimal, *names: str) -> Decimal | None:
        for name in names:
            price = stored.get(name)
            if isinstance(price, TieredPrices):
                price = next((tier.price for tier in reversed(price.tiers) if incoming > tier.start), price.base)
            if price is not None:
                return EXACT.divide(price, per)
        return None

    def beyond(incoming: int) -> Prices:
        return Prices(
            input=at(incoming, _MILLION, "input_mtok"),
            output=at(incoming, _MILLION, _OUTPUT.get(call_type, "output_mtok"), "output_mtok"),
            cache_read=at(incoming, _MILLION, "cache_read_mtok"),
            cache_creation=at(incoming, _MILLION, "cache_write_mtok"),
            second=at(incoming, _HOUR, "audio_hours", "input_audio_hours"),
            request=at(incoming, _THOUSAND, "requests_kcount"),
        )

    return _Steps(tuple(limits), (beyond(0), *(beyond(limit + 1) for limit in limits)))


def _candidates(provider_id: str, model: str) -> Iterator[tuple[str, str]]:
    """Yields the providers and names under which to look for a model: as it was sent, then without its prefixes.

    LiteLLM sends `openai/gpt-4o`, `azure/eu/gpt-4o`, `bedrock/us-east-1/anthropic.claude-…`. The prefix names the
    provider only where the call's own provider is not in the catalogue, such as a router.
    """
    own = _provider(provider_id)
    if own:
        yield own, model
    prefix, *parts = model.split("/")
    serves = _provider(prefix)
    if serves:
        for start in range(len(parts)):
            yield own or serves, "/".join(parts[start:])


def _provider(name: str) -> str | None:
    """Returns the id of a provider in the catalogue, or None if it is not there."""
    known = catalogue_name(name)
    return known if known in _providers() else None


@cache
def _providers() -> "dict[str, Provider]":
    from genai_prices.data_snapshot import get_snapshot

    return {provider.id: provider for provider in get_snapshot().providers}
