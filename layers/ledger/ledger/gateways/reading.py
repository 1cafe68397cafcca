"""What one span says of a call, the same for every dialect."""

from decimal import Decimal

import msgspec

from ledger.calls.model_call import CallType


class Reading(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """A model's span, without prompt and answer. Ids are hexadecimal, `start` and `end` nanoseconds since 1970.

    Texts are empty, and numbers None, where the span does not say. Readings are stored by the order of these fields:
    append new ones.
    """

    trace_id: str
    span_id: str
    parent_id: str
    scope: str
    type: CallType
    start: int
    end: int
    provider: str = ""
    requested_model: str = ""
    answered_model: str = ""
    response_id: str = ""
    user: str = ""
    app: str = ""
    conversation: str = ""
    environment: str = ""
    tokens: dict[str, int] = {}
    """The usageMetrics of the call; empty where the span reports no usage."""
    cost: Decimal | None = None
    """US dollars that were charged."""
    ttfb: int | None = None
    """Milliseconds."""
    is_failed: bool = False
    error: str = ""
    announces: bool = False
    """Whether it only announces a stream, which another span reports once it has ended."""
    asker: str = ""
    """The user of the API key with which it came."""
    received_at: str = ""
    """ISO 8601."""
    service_tier: str = ""
    """As it was served."""

    @property
    def id(self) -> str:
        """The id of the call, if this span becomes one."""
        return f"{self.trace_id}-{self.span_id}"

    @property
    def models(self) -> frozenset[str]:
        """The names that it has for the model."""
        return frozenset(filter(None, (self.requested_model, self.answered_model)))
