"""The operator's own rates and the credits per US dollar: what administrators send, and what the API shows."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self, TypedDict

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from ledger.core.field_types import Amount, Name, OptionalName
from ledger.core.money import EXACT
from ledger.pricing.prices import Prices

MOST_WILDCARDS = 8
_MILLION = Decimal(1_000_000)


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
Day = Annotated[date, BeforeValidator(_from_the_beginning)]


class _Input(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid")


class RatePrices(_Input):
    """US dollars for a million tokens of each bucket, for an image, a second, a request."""

    input_tokens: Price | None = None
    output_tokens: Price | None = None
    cache_read_input_tokens: Price | None = None
    cache_creation_input_tokens: Price | None = None
    image: Price | None = None
    second: Price | None = None
    request: Price | None = None

    @model_validator(mode="after")
    def _has_a_price(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("at least one price")
        return self

    def per_unit(self) -> Prices:
        """Returns the prices of one token, image, second and request."""
        return Prices(
            input=_per_token(self.input_tokens),
            output=_per_token(self.output_tokens),
            cache_read=_per_token(self.cache_read_input_tokens),
            cache_creation=_per_token(self.cache_creation_input_tokens),
            image=self.image,
            second=self.second,
            request=self.request,
        )


class RateInput(_Input):
    """A rate as an administrator sends it: for which calls, from which UTC day on, at what prices.

    Providers and models are compared in lower case. In a model, `*` stands for any number of characters, or none.
    """

    provider_id: Annotated[OptionalName, AfterValidator(_in_lower_case)] = None
    model: Annotated[Name, AfterValidator(_few_wildcards), AfterValidator(str.lower)]
    effective_from: Day = date(1970, 1, 1)
    prices: RatePrices


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


class Rate(TypedDict):
    id: str
    providerId: str | None
    model: str
    effectiveFrom: str
    prices: dict[str, Decimal]
    updatedAt: str
    updatedBy: str


class Rates(TypedDict):
    rates: list[Rate]
    creditsPerUsd: list[CreditsPerUsd]


def _per_token(price: Decimal | None) -> Decimal | None:
    return None if price is None else EXACT.divide(price, _MILLION)
