"""A call as the API shows it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypedDict

from typing_extensions import TypedDict as OpenTypedDict

from ledger.calls.directory import AppInfo, UnknownUser, UserInfo
from ledger.calls.model_call import CallStatus, CallType, CostSource


class UsageMetricsBody(OpenTypedDict, extra_items=Decimal):
    """The four token buckets, which are disjoint, and whatever other numbers the gateway sent."""

    inputTokens: int
    """Without cached tokens."""
    outputTokens: int
    cacheReadInputTokens: int
    cacheCreationInputTokens: int


class ProviderBody(TypedDict):
    """A provider that isn't known goes by its id."""

    id: str
    name: str
    displayName: str
    baseUrl: str
    region: str | None
    enabled: bool


class CallRow(TypedDict):
    """One call that a gateway made to a model provider."""

    id: str
    providerId: str
    model: str
    """The one that was asked for, where that is known."""
    responseModel: str | None
    """The one that answered and has the price, where it is another."""
    credentialId: str | None
    type: CallType
    totalUsage: Decimal
    """For text the tokens, else images, seconds, or whatever the gateway counts."""
    usageMetrics: UsageMetricsBody
    credits: Decimal
    """What it cost, with all its digits: read it with a decimal type where cents matter."""
    costUsd: Decimal | None
    """What it cost in US dollars, where that was said or worked out."""
    costSource: CostSource
    """Where the credits come from. Unpriced is not free: its cost is not known."""
    pricedBy: str | None
    """Which rate priced it, or what in which catalogue."""
    serviceTier: str | None
    """How the provider served it, such as `batch` or `priority`."""
    listCostUsd: Decimal | None
    """What it costs by the rates and the catalogue, whoever said what it cost. Null if they don't tell."""
    listCosts: Mapping[str, Decimal] | None
    """The same by what was used: `inputTokens`, `outputTokens`, `webSearches`, … They add up to it."""
    cacheSavings: Decimal | None
    """US dollars that it would have cost more by list without a cache; below zero where the cache cost more."""
    repricedBy: str | None
    """The id of the last repricing that changed its price."""
    creditsBefore: Decimal | None
    """The credits that it had before that repricing."""
    status: CallStatus
    duration: Decimal | None
    """Seconds."""
    errorReason: str | None
    appDid: str | None
    userDid: str
    requestId: str | None
    traceId: str | None
    ttfb: Decimal | None
    """Milliseconds until the first token."""
    providerTtfb: Decimal | None
    """Milliseconds of that which the provider took."""
    metadata: Any
    """What the gateway keeps beside a call: any JSON."""
    callTime: int
    """Unix seconds."""
    createdAt: str
    """The moment at which it was first recorded, in ISO 8601."""
    updatedAt: str
    """The moment of the last write, in ISO 8601."""
    recordedBy: str | None
    """Whose version this is: `key:` and an API key's id, or `token:` and a did. Null unless you may read all calls."""
    provider: ProviderBody
    appInfo: AppInfo | None
    userInfo: UserInfo | UnknownUser
