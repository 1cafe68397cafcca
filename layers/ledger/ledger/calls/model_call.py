"""A ModelCall: one call that a gateway made to a model provider, as the ledger keeps it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ledger.core import exact_json, keys
from ledger.core.moments import iso


class CallType(StrEnum):
    CHAT_COMPLETION = "chatCompletion"
    EMBEDDING = "embedding"
    IMAGE_GENERATION = "imageGeneration"
    AUDIO_GENERATION = "audioGeneration"
    VIDEO = "video"
    CUSTOM = "custom"


class CallStatus(StrEnum):
    SUCCESS = "success"
    FAILED = "failed"
    PROCESSING = "processing"


class CostSource(StrEnum):
    """Where a call's credits come from. Unpriced is not free: nobody said what the call cost."""

    REPORTED = "reported"
    RATE = "rate"
    CATALOGUE = "catalogue"
    UNPRICED = "unpriced"


@dataclass(frozen=True, slots=True)
class ModelCall:
    """Times are Unix seconds, durations seconds, ttfb and provider_ttfb milliseconds.

    The four token buckets are disjoint. `other_usage` holds the usage metrics beyond them, `metadata` a JSON text.
    """

    id: str
    user_did: str
    call_time: int
    provider_id: str
    model: str
    type: CallType
    status: CallStatus
    credits: Decimal
    cost_source: CostSource
    total_usage: Decimal
    cost_usd: Decimal | None = None
    priced_by: str | None = None
    """Which rate, or what in which catalogue."""
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    other_usage: Mapping[str, Decimal] | None = None
    duration: Decimal | None = None
    ttfb: Decimal | None = None
    provider_ttfb: Decimal | None = None
    error_reason: str | None = None
    app_did: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    credential_id: str | None = None
    metadata: str | None = None
    updated_at: str = ""
    """The moment of the write, ISO 8601; empty until then."""
    repriced_by: str | None = None
    """The repricing that gave the call its price, and what it cost before."""
    credits_before: Decimal | None = None
    received_at: str | None = None
    """The moment at which it came, where it waited to be written: of two versions the one that came later stays."""

    @property
    def call_time_id(self) -> str:
        return keys.call_time_id(self.call_time, self.id)

    @property
    def is_used(self) -> bool:
        """Whether anything was used that somebody told."""
        return bool(self.total_usage or self.tokens)

    @property
    def is_unpriced(self) -> bool:
        """Whether it cost something that nobody knows: a call that fails before anything is used costs nothing."""
        if self.cost_source is not CostSource.UNPRICED:
            return False
        return self.status is CallStatus.SUCCESS or (self.status is CallStatus.FAILED and self.is_used)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens

    def to_json(self) -> dict[str, Any]:
        """The call under the names of AIGNE Hub's API."""
        return {
            "id": self.id,
            "providerId": self.provider_id,
            "model": self.model,
            "credentialId": self.credential_id,
            "type": self.type,
            "totalUsage": self.total_usage,
            "usageMetrics": {
                "inputTokens": self.input_tokens,
                "outputTokens": self.output_tokens,
                "cacheReadInputTokens": self.cache_read_input_tokens,
                "cacheCreationInputTokens": self.cache_creation_input_tokens,
                **(self.other_usage or {}),
            },
            "credits": self.credits,
            "costUsd": self.cost_usd,
            "costSource": self.cost_source,
            "pricedBy": self.priced_by,
            "repricedBy": self.repriced_by,
            "creditsBefore": self.credits_before,
            "status": self.status,
            "duration": self.duration,
            "errorReason": self.error_reason,
            "appDid": self.app_did,
            "userDid": self.user_did,
            "requestId": self.request_id,
            "traceId": self.trace_id,
            "ttfb": self.ttfb,
            "providerTtfb": self.provider_ttfb,
            "metadata": None if self.metadata is None else exact_json.loads(self.metadata),
            "callTime": self.call_time,
            "createdAt": iso(self.call_time),
            "updatedAt": self.updated_at,
        }


_STRINGS = {
    "errorReason": "error_reason",
    "appDid": "app_did",
    "requestId": "request_id",
    "traceId": "trace_id",
    "credentialId": "credential_id",
    "metadata": "metadata",
    "receivedAt": "received_at",
    "pricedBy": "priced_by",
    "repricedBy": "repriced_by",
}
_COUNTS = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadInputTokens": "cache_read_input_tokens",
    "cacheCreationInputTokens": "cache_creation_input_tokens",
}
_DECIMALS = {
    "costUsd": "cost_usd",
    "creditsBefore": "credits_before",
    "duration": "duration",
    "ttfb": "ttfb",
    "providerTtfb": "provider_ttfb",
}


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
    for attribute, field in _STRINGS.items():
        if (text := getattr(call, field)) is not None:
            item[attribute] = {"S": text}
    for attribute, field in _COUNTS.items():
        if count := getattr(call, field):
            item[attribute] = {"N": str(count)}
    for attribute, field in _DECIMALS.items():
        if (number := getattr(call, field)) is not None:
            item[attribute] = {"N": exact_json.plain(number)}
    if call.other_usage:
        item["otherUsage"] = {"S": exact_json.dumps(call.other_usage).decode()}
    return item


def from_item(item: Mapping[str, Any]) -> ModelCall:
    """The call that an item of the Calls table, or an image of its stream, holds."""
    call_time, _, call_id = item["callTimeId"]["S"].partition("#")
    optional: dict[str, Any] = {}
    for attribute, field in _STRINGS.items():
        if attribute in item:
            optional[field] = item[attribute]["S"]
    for attribute, field in _COUNTS.items():
        if attribute in item:
            optional[field] = int(item[attribute]["N"])
    for attribute, field in _DECIMALS.items():
        if attribute in item:
            optional[field] = Decimal(item[attribute]["N"])
    if "otherUsage" in item:
        optional["other_usage"] = json.loads(item["otherUsage"]["S"], parse_float=Decimal, parse_int=Decimal)
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
