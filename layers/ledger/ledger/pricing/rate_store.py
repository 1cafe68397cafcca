"""The operator's rates and credits per US dollar in the Registry table: one item for each."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ledger.aws import dynamodb
from ledger.core import exact_json, keys
from ledger.core.errors import InvalidRequest, NotFound, Problem
from ledger.core.identity import Identity
from ledger.core.moments import iso
from ledger.pricing.rates import CreditsInput, CreditsPerUsd, Rate, RateInput, Rates

_PRICES: Final = ("prices", "longContext", "serviceTiers")
"""What is stored as JSON. Rates of earlier versions have only the first."""


@dataclass(frozen=True)
class RateStore:
    """There may be at most `most_rates` items, as pricing reads all of them at once."""

    table: str
    most_rates: int = 1_000

    def put_rate(self, given: RateInput, by: Identity) -> Rate:
        """Store the rate of a provider, model and day. Replaces the one that is there."""
        day = given.effective_from.isoformat()
        rate_id = keys.digest("rate", given.provider_id or "", given.model, day)
        values = {"model": given.model, "effectiveFrom": day}
        for name in _PRICES:
            found = given.model_dump(by_alias=True, exclude_none=True)[name]
            values[name] = exact_json.dumps(found).decode()
        if given.provider_id:
            values["providerId"] = given.provider_id
        return _rate(self._put(rate_id, values, by))

    def put_credits_per_usd(self, given: CreditsInput, by: Identity) -> CreditsPerUsd:
        """Store the credits per US dollar from a day on. Replaces what is there for that day."""
        day = given.effective_from.isoformat()
        values = {"creditsPerUsd": exact_json.plain(given.credits_per_usd), "effectiveFrom": day}
        return _credits_per_usd(self._put(keys.digest("creditsPerUsd", day), values, by))

    def read(self) -> Rates:
        """Returns every rate, sorted by provider, model and day, and all credits per US dollar, sorted by day."""
        items = self._items()
        rates = [_rate(item) for item in items if "model" in item]
        values = [_credits_per_usd(item) for item in items if "creditsPerUsd" in item]
        rates.sort(key=lambda rate: (rate["providerId"] or "", rate["model"], rate["effectiveFrom"]))
        return {"rates": rates, "creditsPerUsd": sorted(values, key=lambda value: value["effectiveFrom"])}

    def delete(self, rate_id: str) -> None:
        """Delete a rate, or the credits per US dollar of a day. Raises NotFound if it is not there."""
        deleted = dynamodb.client().delete_item(
            TableName=self.table, Key={"id": {"S": keys.rate(rate_id)}}, ReturnValues="ALL_OLD"
        )
        if "Attributes" not in deleted:
            raise NotFound("no such rate")

    def _put(self, rate_id: str, values: dict[str, str], by: Identity) -> dynamodb.Item:
        key: dynamodb.Item = {"id": {"S": keys.rate(rate_id)}}
        if len(self._items()) >= self.most_rates and dynamodb.get(self.table, key) is None:
            raise InvalidRequest(Problem("body", f"one of at most {self.most_rates} rates: delete those that ended"))
        values |= {"collection": keys.RATES, "updatedAt": iso(time.time()), "updatedBy": by.did}
        item: dynamodb.Item = key | {name: {"S": text} for name, text in values.items()}
        dynamodb.client().put_item(TableName=self.table, Item=item)
        return item

    def _items(self) -> list[dynamodb.Item]:
        pages = dynamodb.query(
            self.table,
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
        "prices": _amounts(exact_json.loads(item["prices"]["S"])),
        "longContext": [
            {"aboveInputTokens": step["aboveInputTokens"], "prices": _amounts(step["prices"])}
            for step in exact_json.loads(item["longContext"]["S"] if "longContext" in item else "[]")
        ],
        "serviceTiers": _amounts(exact_json.loads(item["serviceTiers"]["S"] if "serviceTiers" in item else "{}")),
        "updatedAt": item["updatedAt"]["S"],
        "updatedBy": item["updatedBy"]["S"],
    }


def _amounts(found: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in found.items()}


def _credits_per_usd(item: dynamodb.Item) -> CreditsPerUsd:
    return {
        "id": item["id"]["S"].removeprefix(keys.rate("")),
        "effectiveFrom": item["effectiveFrom"]["S"],
        "creditsPerUsd": Decimal(item["creditsPerUsd"]["S"]),
        "updatedAt": item["updatedAt"]["S"],
        "updatedBy": item["updatedBy"]["S"],
    }
