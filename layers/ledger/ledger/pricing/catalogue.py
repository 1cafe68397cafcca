"""The catalogue: what providers charge according to the genai-prices library, whose data is bundled with it.

The library takes a tenth of a second to import, so it is imported only once a call is priced by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.calls.model_call import ModelCall
from ledger.core.money import EXACT
from ledger.pricing.meters import Meter
from ledger.pricing.prices import Prices, Steps
from ledger.pricing.providers import catalogue_name

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_MILLION, _THOUSAND, _HOUR = Decimal(1_000_000), Decimal(1_000), Decimal(3_600)
_PRICES: Final = {
    Meter.INPUT: (_MILLION, "input_mtok"),
    Meter.OUTPUT: (_MILLION, "output_mtok"),
    Meter.CACHE_READ: (_MILLION, "cache_read_mtok"),
    Meter.CACHE_CREATION: (_MILLION, "cache_write_5m_mtok", "cache_write_mtok"),
    Meter.CACHE_CREATION_1H: (_MILLION, "cache_write_1h_mtok"),
    Meter.INPUT_AUDIO: (_MILLION, "input_audio_mtok"),
    Meter.INPUT_IMAGE: (_MILLION, "input_image_mtok"),
    Meter.CACHE_READ_AUDIO: (_MILLION, "cache_audio_read_mtok"),
    Meter.CACHE_READ_IMAGE: (_MILLION, "cache_image_read_mtok"),
    Meter.OUTPUT_AUDIO: (_MILLION, "output_audio_mtok"),
    Meter.OUTPUT_IMAGE: (_MILLION, "output_image_mtok"),
    Meter.REASONING: (_MILLION, "output_reasoning_mtok"),
    Meter.WEB_SEARCH: (_THOUSAND, "web_searches_kcount"),
    Meter.SECOND: (_HOUR, "audio_hours", "input_audio_hours"),
    Meter.REQUEST: (_THOUSAND, "requests_kcount"),
}
"""What the library calls the price of a meter, the preferred name first, and of how much it is the price."""
_TIER_KEYS: Final[tuple[str, ...]] = ("service_tier", "processing", "speed")
"""Under which the library has prices of service tiers; no two of these have one of the same name."""


class Listed(NamedTuple):
    """The prices of a model for a call."""

    prices: Prices
    is_of_tier: bool
    """Whether they are those of the service tier that was asked for, and not the standard ones."""


@dataclass(frozen=True)
class Listing:
    """A model in the catalogue. `name` is the catalogue's version and the model's id there."""

    name: str
    _model: "ModelInfo"
    _is_providers_own: bool
    """Whether its provider is the one that serves it: prices of tiers are not those of who resells it."""
    _steps: dict[tuple[int, ...], Steps] = field(default_factory=dict[tuple[int, ...], Steps])

    def prices(self, call: ModelCall, tier: str | None) -> Listed:
        """Returns the prices of the model at the time of a call: of a service tier if there are some."""
        at = datetime.fromtimestamp(call.call_time, UTC)
        context: dict[str, str] = dict.fromkeys(_TIER_KEYS, tier) if tier and self._is_providers_own else {}
        variants = [
            variant
            for variant in (self._model.price_variants if context else None) or ()
            if all(context.get(name) == value for name, value in variant.when.items())
            and (variant.constraint is None or variant.constraint.active(at))
        ]
        standard = self._model.get_prices(at)
        key = id(standard), *map(id, variants)  # the library keeps one object for each, as long as the model
        if key not in self._steps:
            self._steps[key] = _steps(self._model.get_prices(at, context))
        return Listed(self._steps[key].of(call), bool(variants))


@lru_cache(4_096)
def listing(provider_id: str, model: str) -> Listing | None:
    """Returns the model in the catalogue, or None if it is not there."""
    providers = _providers()
    for provider_name, model_name in _candidates(provider_id, model):
        provider = providers[provider_name]
        if found := provider.find_model(model_name, all_providers=list(providers.values())):
            name = f"genai-prices {version('genai-prices')}: {provider.id}/{found.id}"
            return Listing(name, found, any(found is own for own in provider.models))
    return None


def _steps(prices: "ModelPrice") -> Steps:
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
        found = {meter: at(incoming, per, *names) for meter, (per, *names) in _PRICES.items()}
        return Prices({meter: price for meter, price in found.items() if price is not None})

    return Steps(tuple(limits), (beyond(0), *(beyond(limit + 1) for limit in limits)))


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
