"""A call as an item of the Calls table and its stream, in DynamoDB's own notation."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core import exact_json, keys

STRINGS = {
    "errorReason": "error_reason",
    "appDid": "app_did",
    "requestId": "request_id",
    "traceId": "trace_id",
    "credentialId": "credential_id",
    "responseModel": "response_model",
    "metadata": "metadata",
    "receivedAt": "received_at",
    "createdAt": "created_at",
    "recordedBy": "recorded_by",
    "pricedBy": "priced_by",
    "serviceTier": "service_tier",
    "repricedBy": "repriced_by",
}
COUNTS = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadInputTokens": "cache_read_input_tokens",
    "cacheCreationInputTokens": "cache_creation_input_tokens",
}
DECIMALS = {
    "costUsd": "cost_usd",
    "listCostUsd": "list_cost_usd",
    "cacheSavings": "cache_savings",
    "creditsBefore": "credits_before",
    "duration": "duration",
    "ttfb": "ttfb",
    "providerTtfb": "provider_ttfb",
}
AMOUNTS = {
    "otherUsage": "other_usage",
    "listCosts": "list_costs",
}
"""Amounts by name, which are stored as a JSON text."""


def withdrawal(call_id: str, revision: int, *, by: str, moment: str, expires_at: int) -> dict[str, Any]:
    """The item that stands where a call was that turned out to be none, with who recorded it. No index has it."""
    return {
        "id": {"S": call_id},
        "withdrawn": {"BOOL": True},
        "revision": {"N": str(revision)},
        "recordedBy": {"S": by},
        "updatedAt": {"S": moment},
        "expiresAt": {"N": str(expires_at)},
    }


def is_withdrawn(item: Mapping[str, Any]) -> bool:
    return "withdrawn" in item


def removal(key: str, image: Mapping[str, Any], *, expires_at: int) -> dict[str, Any]:
    """The item that says that a call is removed which the table does not have any more. No index has it.

    `image` is the call's; it is empty once the stream has brought it.
    """
    return {"id": {"S": key}, "removal": {"M": image}, "expiresAt": {"N": str(expires_at)}}


def removed(item: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The image of the call that an item removes; empty where it removes none."""
    return item["removal"]["M"] if item and is_removal(item) else {}


def is_removal(item: Mapping[str, Any]) -> bool:
    return "removal" in item


def to_item(call: ModelCall, *, time_shards: int, expires_at: int) -> dict[str, Any]:
    """The call as an item of the Calls table, in DynamoDB's own notation; what is missing or zero takes no space."""
    item: dict[str, Any] = {
        "id": {"S": call.id},
        "userDid": {"S": call.user_did},
        "callTimeId": {"S": call.call_time_id},
        "timeShard": {"N": str(keys.time_shard(call.id, time_shards))},
        "providerId": {"S": call.provider_id},
        "model": {"S": call.model},
        "type": {"S": call.type.value},
        "status": {"S": call.status.value},
        "credits": {"N": exact_json.plain(call.credits)},
        "costSource": {"S": call.cost_source.value},
        "totalUsage": {"N": exact_json.plain(call.total_usage)},
        "updatedAt": {"S": call.updated_at},
        "expiresAt": {"N": str(expires_at)},
    }
    for attribute, field in STRINGS.items():
        if (text := getattr(call, field)) is not None:
            item[attribute] = {"S": text}
    for attribute, field in COUNTS.items():
        if count := getattr(call, field):
            item[attribute] = {"N": str(count)}
    for attribute, field in DECIMALS.items():
        if (number := getattr(call, field)) is not None:
            item[attribute] = {"N": exact_json.plain(number)}
    if call.revision is not None:
        item["revision"] = {"N": str(call.revision)}
    for attribute, field in AMOUNTS.items():
        if by_name := getattr(call, field):
            item[attribute] = {"S": exact_json.dumps(by_name).decode()}
    return item


def from_item(item: Mapping[str, Any]) -> ModelCall:
    """The call that an item of the Calls table, or an image of its stream, holds."""
    call_time, _, call_id = item["callTimeId"]["S"].partition("#")
    optional: dict[str, Any] = {}
    for attribute, field in STRINGS.items():
        if attribute in item:
            optional[field] = item[attribute]["S"]
    for attribute, field in COUNTS.items():
        if attribute in item:
            optional[field] = int(item[attribute]["N"])
    for attribute, field in DECIMALS.items():
        if attribute in item:
            optional[field] = Decimal(item[attribute]["N"])
    if "revision" in item:
        optional["revision"] = int(item["revision"]["N"])
    for attribute, field in AMOUNTS.items():
        if attribute in item:
            optional[field] = amounts(item[attribute]["S"])
    return ModelCall(
        id=call_id,
        user_did=item["userDid"]["S"],
        call_time=int(call_time),
        provider_id=item["providerId"]["S"],
        model=item["model"]["S"],
        type=CallType(item["type"]["S"]),
        status=CallStatus(item["status"]["S"]),
        credits=Decimal(item["credits"]["N"]),
        cost_source=CostSource(item["costSource"]["S"]),
        total_usage=Decimal(item["totalUsage"]["N"]),
        updated_at=item["updatedAt"]["S"],
        **optional,
    )


def amounts(text: str) -> dict[str, Decimal]:
    """Amounts by name, as they are stored."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)
