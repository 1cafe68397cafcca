"""The operator's own rates, and what a US dollar is in credits, as administrators set them in the Registry."""

import time
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self, TypedDict

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from ledger.aws import dynamodb
from ledger.core import exact_json, keys
from ledger.core.errors import InvalidRequest, NotFound, Problem
from ledger.core.field_types import Amount, Name, OptionalName
from ledger.core.identity import Identity
from ledger.core.moments import iso
from ledger.core.money import EXACT
from ledger.pricing.prices import Prices

MOST_RATES = 1_000
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


def _in_small_letters(text: str | None) -> str | None:
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
    def _some(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("at least one price")
        return self

    def of_one(self) -> Prices:
        """The prices of one token, image, second and request."""
        return Prices(
            input=_of_a_million(self.input_tokens),
            output=_of_a_million(self.output_tokens),
            cache_read=_of_a_million(self.cache_read_input_tokens),
            cache_creation=_of_a_million(self.cache_creation_input_tokens),
            image=self.image,
            second=self.second,
            request=self.request,
        )


class RateInput(_Input):
    """A rate as an administrator gives it: of which calls, from which UTC day, at what prices.

    Providers and models are compared in small letters; `*` in a model stands for any letters, or none.
    """

    provider_id: Annotated[OptionalName, AfterValidator(_in_small_letters)] = None
    model: Annotated[Name, AfterValidator(_few_wildcards), AfterValidator(str.lower)]
    effective_from: Day = date(1970, 1, 1)
    prices: RatePrices


class CreditsInput(_Input):
    """What a US dollar is in credits, from a UTC day on."""

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


def put_rate(table: str, given: RateInput, by: Identity) -> Rate:
    """Set the rate of a provider, model and day, in the place of the one that was there."""
    day = given.effective_from.isoformat()
    rate_id = keys.digest("rate", given.provider_id or "", given.model, day)
    prices = exact_json.dumps(given.prices.model_dump(by_alias=True, exclude_none=True)).decode()
    values = {"model": given.model, "effectiveFrom": day, "prices": prices}
    return _rate(_put(table, rate_id, values | ({"providerId": given.provider_id} if given.provider_id else {}), by))


def put_credits_per_usd(table: str, given: CreditsInput, by: Identity) -> CreditsPerUsd:
    """Set what a US dollar is from a day on, in the place of what was said for that day."""
    day = given.effective_from.isoformat()
    values = {"creditsPerUsd": exact_json.plain(given.credits_per_usd), "effectiveFrom": day}
    return _credits_per_usd(_put(table, keys.digest("creditsPerUsd", day), values, by))


def existing(table: str) -> Rates:
    """Every rate, by provider, model and day, and every value of a US dollar, by day."""
    items = _items(table)
    rates = [_rate(item) for item in items if "model" in item]
    values = [_credits_per_usd(item) for item in items if "creditsPerUsd" in item]
    rates.sort(key=lambda rate: (rate["providerId"] or "", rate["model"], rate["effectiveFrom"]))
    return {"rates": rates, "creditsPerUsd": sorted(values, key=lambda value: value["effectiveFrom"])}


def delete(table: str, rate_id: str) -> None:
    """Forget a rate, or a value of a US dollar. Raises NotFound for one that is not there."""
    deleted = dynamodb.client().delete_item(
        TableName=table, Key={"id": {"S": keys.rate(rate_id)}}, ReturnValues="ALL_OLD"
    )
    if "Attributes" not in deleted:
        raise NotFound("no such rate")


def _put(table: str, rate_id: str, values: dict[str, str], by: Identity) -> dynamodb.Item:
    if len(_items(table)) >= MOST_RATES and dynamodb.get(table, {"id": {"S": keys.rate(rate_id)}}) is None:
        raise InvalidRequest(Problem("body", f"one of at most {MOST_RATES} rates: delete those that ended"))
    values |= {"id": keys.rate(rate_id), "collection": keys.RATES, "updatedAt": iso(time.time()), "updatedBy": by.did}
    item: dynamodb.Item = {name: {"S": text} for name, text in values.items()}
    dynamodb.client().put_item(TableName=table, Item=item)
    return item


def _items(table: str) -> list[dynamodb.Item]:
    pages = dynamodb.query(
        table,
        IndexName=keys.BY_COLLECTION,
        KeyConditionExpression="#collection = :rates",
        ExpressionAttributeNames={"#collection": "collection"},
        ExpressionAttributeValues={":rates": {"S": keys.RATES}},
    )
    return [item for page in pages for item in page]


def _rate(item: dynamodb.Item) -> Rate:
    return {
        "id": item["id"]["S"].removeprefix(keys.rate("")),
        "providerId": item["providerId"]["S"] if "providerId" in item else None,
        "model": item["model"]["S"],
        "effectiveFrom": item["effectiveFrom"]["S"],
        "prices": {name: Decimal(price) for name, price in exact_json.loads(item["prices"]["S"]).items()},
        "updatedAt": item["updatedAt"]["S"],
        "updatedBy": item["updatedBy"]["S"],
    }


def _credits_per_usd(item: dynamodb.Item) -> CreditsPerUsd:
    return {
        "id": item["id"]["S"].removeprefix(keys.rate("")),
        "effectiveFrom": item["effectiveFrom"]["S"],
        "creditsPerUsd": Decimal(item["creditsPerUsd"]["S"]),
        "updatedAt": item["updatedAt"]["S"],
        "updatedBy": item["updatedBy"]["S"],
    }


def _of_a_million(price: Decimal | None) -> Decimal | None:
    return None if price is None else EXACT.divide(price, _MILLION)
