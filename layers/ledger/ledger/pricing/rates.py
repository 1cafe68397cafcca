"""The operator's own rates and the credits per US dollar: what administrators send, and what the API shows."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self, TypedDict

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import ValidationInfo

from ledger.core.field_types import Amount, Name, OptionalName
from ledger.core.money import EXACT
from ledger.pricing.meters import Meter
from ledger.pricing.prices import Prices, Steps

MOST_WILDCARDS = 8
_MILLION = Decimal(1_000_000)
_WHOLE = {
    "webSearch": Meter.WEB_SEARCH,
    "image": Meter.IMAGE,
    "second": Meter.SECOND,
    "request": Meter.REQUEST,
}
"""Prices of one of something. All others are those of a million tokens."""


def _bounded(number: Decimal) -> Decimal:
    if number > _MILLION:
        raise ValueError("at most a million")
    return number


def _few_wildcards(text: str) -> str:
    if text.count("*") > MOST_WILDCARDS:
        raise ValueError(f"at most {MOST_WILDCARDS} wildcards")
    return text


def _in_lower_case(text: str | None) -> str | None:
    return text and text.lower()


def _from_the_beginning(value: Any) -> Any:
    return value or date(1970, 1, 1)


Price = Annotated[Amount, AfterValidator(_bounded)]
Tier = Annotated[Name, AfterValidator(str.lower)]
Day = Annotated[date, BeforeValidator(_from_the_beginning)]


class _Input(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid")


class RatePrices(_Input):
    """US dollars for a million tokens of each kind, for an image, a second, a web search, a request."""

    input_tokens: Price | None = None
    output_tokens: Price | None = None
    cache_read_input_tokens: Price | None = None
    cache_creation_input_tokens: Price | None = None
    cache_creation_1h_input_tokens: Annotated[Price | None, Field(alias="cacheCreation1hInputTokens")] = None
    input_audio_tokens: Price | None = None
    input_image_tokens: Price | None = None
    cache_read_audio_tokens: Price | None = None
    cache_read_image_tokens: Price | None = None
    output_audio_tokens: Price | None = None
    output_image_tokens: Price | None = None
    reasoning_tokens: Price | None = None
    web_search: Price | None = None
    image: Price | None = None
    second: Price | None = None
    request: Price | None = None

    def per_unit(self) -> dict[Meter, Decimal]:
        """Returns the prices of one token, image, second, search and request."""
        given = self.model_dump(by_alias=True, exclude_none=True)
        return {
            _WHOLE[name] if name in _WHOLE else Meter(name): price if name in _WHOLE else EXACT.divide(price, _MILLION)
            for name, price in given.items()
        }


class LongContext(_Input):
    """Other prices for calls with many input tokens, cached ones included. The remaining prices stay."""

    above_input_tokens: Annotated[int, Field(strict=True, ge=0, lt=10**12)]
    prices: RatePrices


def _ascending(steps: tuple[LongContext, ...]) -> tuple[LongContext, ...]:
    limits = [step.above_input_tokens for step in steps]
    if limits != sorted(set(limits)):
        raise ValueError("in the order of aboveInputTokens, each once")
    return steps


class RateInput(_Input):
    """A rate as an administrator sends it: for which calls, from which UTC day on, at what prices.

    Providers and models are compared in lower case. In a model, `*` stands for any number of characters, or none.
    """

    provider_id: Annotated[OptionalName, AfterValidator(_in_lower_case)] = None
    model: Annotated[Name, AfterValidator(_few_wildcards), AfterValidator(str.lower)]
    effective_from: Day = date(1970, 1, 1)
    long_context: Annotated[tuple[LongContext, ...], Field(max_length=4), AfterValidator(_ascending)] = ()
    service_tiers: Annotated[dict[Tier, Price], Field(max_length=8)] = {}
    """By what the prices of tokens are multiplied for calls that were served as `batch`, `flex`, `priority`, …"""
    prices: Annotated[RatePrices, Field(validate_default=True)] = RatePrices()
    """Missing where there are multipliers alone: these are for the prices of other rates and of the catalogue."""

    @field_validator("prices")
    @classmethod
    def _some(cls, prices: RatePrices, info: ValidationInfo) -> RatePrices:
        if not prices.per_unit() and (info.data.get("long_context") or not info.data.get("service_tiers")):
            raise ValueError("at least one price, or nothing but serviceTiers")
        return prices

    @classmethod
    def of(cls, rate: "Rate") -> Self:
        """A rate as it is stored."""
        return cls.model_validate({name: rate[name] for name in ("model", "prices", "longContext", "serviceTiers")})

    def steps(self) -> Steps | None:
        """Returns the prices of one token, image, second, search and request; None if there are only multipliers."""
        prices = [self.prices.per_unit()]
        if not prices[0]:
            return None
        for step in self.long_context:
            prices.append(prices[-1] | step.prices.per_unit())
        return Steps(tuple(step.above_input_tokens for step in self.long_context), tuple(map(Prices, prices)))


class CreditsInput(_Input):
    """How many credits a US dollar is worth, from a UTC day on."""

    credits_per_usd: Annotated[Price, Field(gt=0)]
    effective_from: Day = date(1970, 1, 1)


class CreditsPerUsd(TypedDict):
    id: str
    effectiveFrom: str
    creditsPerUsd: Decimal
    updatedAt: str
    updatedBy: str


class LongContextStep(TypedDict):
    aboveInputTokens: int
    prices: dict[str, Decimal]


class Rate(TypedDict):
    id: str
    providerId: str | None
    model: str
    effectiveFrom: str
    prices: dict[str, Decimal]
    longContext: list[LongContextStep]
    """Other prices above some number of input tokens."""
    serviceTiers: dict[str, Decimal]
    """Multipliers of the prices of tokens, by service tier."""
    updatedAt: str
    updatedBy: str


class Rates(TypedDict):
    rates: list[Rate]
    creditsPerUsd: list[CreditsPerUsd]
