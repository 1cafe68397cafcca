"""The operator's own rates: kept in the Registry, and which of them holds for a call."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self, TypedDict

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from ledger import dynamodb, exact_json, keys
from ledger.call_input import Amount, Name, OptionalName
from ledger.errors import InvalidRequest, NotFound, Problem
from ledger.identity import Identity
from ledger.model_call import ModelCall, iso
from ledger.prices import EXACT, Prices

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
                since=keys.day_start(rate["effectiveFrom"]),
                prices=RatePrices.model_validate(rate["prices"]).of_one(),
            )
            for rate in known["rates"]
        ]
        values = [(keys.day_start(value["effectiveFrom"]), value["creditsPerUsd"]) for value in known["creditsPerUsd"]]
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
        KeyConditionExpression="collection = :rates",
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
