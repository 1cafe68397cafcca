"""A call as a gateway sends it: validated here, once, and turned into a ModelCall."""

import uuid
from decimal import Decimal
from typing import Annotated, Any, Self, cast

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core import exact_json
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.field_types import (
    MIN_TIME_TO_LIVE,
    Amount,
    AppDetails,
    Cost,
    Count,
    Input,
    Name,
    OptionalName,
    UserDetails,
    no_boolean,
)
from ledger.core.moments import CLOCK_AHEAD, DAY
from ledger.core.validation import problems

LONGEST_ERROR_REASON = 2_000
LARGEST_METADATA = 8 * 1024


def _cut(text: str) -> str:
    text = text.encode(errors="replace").decode()  # half of a pair of surrogates is what cutting UTF-16 leaves
    if len(text) <= LONGEST_ERROR_REASON:
        return text
    mark = f"… [cut, {len(text)} characters]"
    return text[: LONGEST_ERROR_REASON - len(mark)] + mark


def _metadata_text(value: Any) -> str | None:
    if value is None:
        return None
    try:
        text = exact_json.dumps(value)
    except TypeError:
        raise ValueError("text that is not Unicode, or a number that JSON has no form for") from None
    if len(text) > LARGEST_METADATA:
        raise ValueError(f"at most {LARGEST_METADATA} bytes as JSON")
    return text.decode()


class UsageMetrics(Input, extra="allow"):
    """The four token buckets, which are disjoint, and whatever else a provider measures.

    Some tell how many of a bucket's tokens had another price: `inputAudioTokens`, `inputImageTokens`,
    `cacheReadAudioTokens`, `cacheReadImageTokens`, `cacheCreation1hInputTokens`, `reasoningTokens`,
    `outputAudioTokens`, `outputImageTokens`. `images`, `seconds` and `webSearches` are charged by themselves.
    """

    __pydantic_extra__: dict[Annotated[str, StringConstraints(max_length=64)], Amount] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]

    input_tokens: Count = 0
    """Without cached tokens."""
    output_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation_input_tokens: Count = 0

    @model_validator(mode="before")
    @classmethod
    def _absent_where_null(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: metric for name, metric in cast("dict[str, Any]", value).items() if metric is not None}

    @model_validator(mode="after")
    def _few(self) -> Self:
        if len(self.__pydantic_extra__) > 32:
            raise ValueError("at most 32 metrics beside the token buckets")
        return self

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens


class CallInput(Input):
    id: OptionalName = None
    """Made where missing. Give one: it makes repeats harmless."""
    user_did: Name
    """Who is to be counted for it."""
    provider_id: Name
    """Such as openai."""
    model: Name
    type: CallType
    status: CallStatus
    """`processing` until the final one is sent, under the same id."""
    call_time: Annotated[int | None, BeforeValidator(no_boolean)] = None
    """Unix seconds; now where missing. At most 300 s ahead, and younger than the retention less a week."""
    credits: Amount | None = None
    """What it cost, up to ten decimals. Without it the call is priced: by costUsd, the rates, or the catalogue."""
    cost_usd: Cost | None = None
    """What it cost in US dollars, where credits are missing."""
    total_usage: Amount | None = None
    """The tokens where missing; for other types images, seconds, …"""
    usage_metrics: UsageMetrics | None = None
    duration: Amount | None = None
    """Seconds."""
    ttfb: Amount | None = None
    """Milliseconds until the first token."""
    provider_ttfb: Amount | None = None
    """Milliseconds of that which the provider took."""
    error_reason: Annotated[str, AfterValidator(_cut)] | None = None
    """Cut at 2,000 characters, and marked as cut."""
    app_did: OptionalName = None
    request_id: OptionalName = None
    trace_id: OptionalName = None
    credential_id: OptionalName = None
    response_model: OptionalName = None
    """The model that answered, where it is not `model`, such as a dated version. The call is priced by it."""
    service_tier: OptionalName = None
    """How the provider says that it served the call: `batch`, `flex`, `priority`, … Not how it was asked to."""
    metadata: Annotated[str | None, BeforeValidator(_metadata_text)] = None
    """Any JSON, up to 8 KB. Nothing secret: it comes out with the call."""
    revision: Count | None = None
    """Of two versions the one with the higher revision stays, in whatever order they come. Otherwise the later stays.
    """
    user_info: UserDetails | None = None
    """How the user is shown from now on."""
    app_info: AppDetails | None = None
    """How the app is shown from now on."""

    def to_json(self) -> dict[str, Any]:
        """The call as it could have been sent: what was given, and nothing else."""
        fields = self.model_dump(by_alias=True, exclude_unset=True)
        return fields if self.metadata is None else {**fields, "metadata": exact_json.loads(self.metadata)}

    def to_call(self, now: int) -> ModelCall:
        """The call to store, with an id, a time and a total. It has yet to be priced if it came without credits."""
        metrics = self.usage_metrics or UsageMetrics()
        return ModelCall(
            id=self.id or str(uuid.uuid4()),
            user_did=self.user_did,
            call_time=now if self.call_time is None else self.call_time,
            provider_id=self.provider_id,
            model=self.model,
            type=self.type,
            status=self.status,
            credits=self.credits or Decimal(0),
            cost_usd=self.cost_usd,
            cost_source=CostSource.UNPRICED if self.credits is None else CostSource.REPORTED,
            total_usage=Decimal(metrics.tokens) if self.total_usage is None else self.total_usage,
            input_tokens=metrics.input_tokens,
            output_tokens=metrics.output_tokens,
            cache_read_input_tokens=metrics.cache_read_input_tokens,
            cache_creation_input_tokens=metrics.cache_creation_input_tokens,
            other_usage=metrics.__pydantic_extra__ or None,
            duration=self.duration,
            ttfb=self.ttfb,
            provider_ttfb=self.provider_ttfb,
            error_reason=self.error_reason,
            app_did=self.app_did,
            request_id=self.request_id,
            trace_id=self.trace_id,
            credential_id=self.credential_id,
            response_model=self.response_model,
            service_tier=self.service_tier,
            metadata=self.metadata,
            revision=self.revision,
        )


def validate_call(value: Any, *, now: int, retention: int) -> CallInput:
    """A call as a gateway sent it, or InvalidRequest with every field that is wrong.

    now in Unix seconds, retention in seconds.
    """
    try:
        call = CallInput.model_validate(value)
    except ValidationError as error:
        raise InvalidRequest(*problems(error.errors())) from None
    if call.call_time is not None:
        if call.call_time > now + CLOCK_AHEAD:
            raise InvalidRequest(Problem("callTime", f"at most {CLOCK_AHEAD} seconds ahead of now, in Unix seconds"))
        if call.call_time <= now - retention + MIN_TIME_TO_LIVE:
            days = (retention - MIN_TIME_TO_LIVE) // DAY
            raise InvalidRequest(Problem("callTime", f"within the last {days} days, in Unix seconds"))
    return call
