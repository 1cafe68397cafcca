"""A ModelCall: one call that a gateway made to a model provider, as the ledger keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ledger.core import keys


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
    """Where a call's credits come from. Unpriced is not free: its cost is not known."""

    REPORTED = "reported"
    RATE = "rate"
    CATALOGUE = "catalogue"
    UNPRICED = "unpriced"


@dataclass(frozen=True, slots=True)
class ModelCall:
    """Times are Unix seconds, durations seconds, ttfb and provider_ttfb milliseconds.

    The four token buckets are disjoint. `other_usage` holds the usage metrics beyond them, some of which tell parts of
    a bucket (`ledger.pricing.meters`), `metadata` a JSON text.
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
    service_tier: str | None = None
    """How the provider served it, such as `batch`, in the provider's own word; not how it was asked for."""
    list_cost_usd: Decimal | None = None
    """What it costs by the rates and the catalogue, in US dollars, whoever said what it cost. None if they don't tell.
    """
    list_costs: Mapping[str, Decimal] | None = None
    """Of that each meter's part. They add up to it, to the last decimal."""
    cache_savings: Decimal | None = None
    """US dollars that it would have cost more by list without a cache; below zero where the cache cost more."""
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
    response_model: str | None = None
    """The model that answered, where it is not the one that was asked for. It has the price."""
    metadata: str | None = None
    updated_at: str = ""
    """The moment of the write, ISO 8601; empty until then."""
    repriced_by: str | None = None
    """The repricing that gave the call its price, and what it cost before."""
    credits_before: Decimal | None = None
    received_at: str | None = None
    """The moment at which it came, where it waited to be written: of two versions the one that came later stays."""
    created_at: str | None = None
    """Of a call that was replaced, the moment at which its first version came."""
    recorded_by: str | None = None
    """The credential of its writer; None in calls that were recorded before it was stored."""

    revision: int | None = None
    """Of two versions the one with the higher revision stays, where they have one."""

    @property
    def call_time_id(self) -> str:
        return keys.call_time_id(self.call_time, self.id)

    @property
    def first_recorded_at(self) -> str:
        return self.created_at or self.received_at or self.updated_at

    @property
    def is_used(self) -> bool:
        """Whether any usage was reported."""
        return bool(self.total_usage or self.tokens)

    @property
    def is_unpriced(self) -> bool:
        """Whether its cost is not known. A call that fails before anything is used costs nothing."""
        if self.cost_source is not CostSource.UNPRICED:
            return False
        return self.status is CallStatus.SUCCESS or (self.status is CallStatus.FAILED and self.is_used)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens
