"""A repricing: which calls get a new price, how far it has come, and what changed."""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ledger.calls.call_filter import CallFilter, conditions
from ledger.calls.model_call import CostSource, ModelCall
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.field_types import OptionalName
from ledger.core.identity import Identity
from ledger.core.moments import iso
from ledger.http.query_parameters import LATEST, not_before_start

MOST_MODELS = 200
"""Models that a report lists by name."""

type RepricingStatus = Literal["running", "done"]
type PricedBy = Literal["reported", "rate", "catalogue", "unpriced"]


class RepriceRequest(BaseModel):
    """Which calls: those between two Unix seconds, both inclusive, that match every filter."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid")

    start_time: Annotated[int, Field(strict=True, ge=0, lt=LATEST)]
    end_time: Annotated[int, Field(strict=True, ge=0, lt=LATEST), AfterValidator(not_before_start)]
    provider_id: OptionalName = None
    model: OptionalName = None
    user_did: OptionalName = None
    app_did: OptionalName = None
    cost_source: PricedBy | None = None
    """`reported` takes the ledger's prices in place of reported costs, which are left alone otherwise."""
    dry_run: Annotated[bool, Field(strict=True)] = True

    @property
    def filter(self) -> CallFilter:
        """The conditions on a call, without `cost_source`, which changes once the call is repriced.

        Calls whose cost a gateway reported match only where these are asked for.
        """
        return CallFilter(
            conditions(provider_id=self.provider_id, model=self.model, user_did=self.user_did, app_did=self.app_did),
            unequal={} if self.cost_source == CostSource.REPORTED else {"cost_source": CostSource.REPORTED},
        )


class ChangeBody(TypedDict):
    calls: int
    creditsBefore: Decimal
    creditsAfter: Decimal


class ModelChange(ChangeBody):
    providerId: str
    model: str


class RepricingBody(TypedDict):
    """`callsRead` is the number of calls that match the filters, `unpriced` how many of them have no price.

    The calls of the range before `repricedFrom` are left out, as those of cold days keep their prices.
    """

    id: str
    status: RepricingStatus
    request: dict[str, Any]
    repricedFrom: int
    callsRead: int
    unpriced: int
    changed: ChangeBody
    models: list[ModelChange]
    startedAt: str
    startedBy: str
    updatedAt: str


@dataclass
class Change:
    """The number of calls whose price changes, and the sums of their credits."""

    calls: int = 0
    credits_before: Decimal = Decimal(0)
    credits_after: Decimal = Decimal(0)

    def add(self, before: ModelCall, after: ModelCall) -> None:
        self.calls += 1
        self.credits_before += before.credits
        self.credits_after += after.credits

    def body(self) -> ChangeBody:
        return {"calls": self.calls, "creditsBefore": self.credits_before, "creditsAfter": self.credits_after}


@dataclass
class Repricing:
    """The calls down to `position`, a callTimeId, are done, newest first. Each save raises the `revision`."""

    id: str
    request: RepriceRequest
    repriced_from: int
    started_at: str
    started_by: str
    updated_at: str
    status: RepricingStatus = "running"
    position: str | None = None
    calls_read: int = 0
    unpriced: int = 0
    changed: Change = field(default_factory=Change)
    models: dict[tuple[str, str], Change] = field(default_factory=dict[tuple[str, str], Change])
    revision: int = 0

    @classmethod
    def new(cls, request: RepriceRequest, by: Identity, oldest: int) -> "Repricing":
        """A repricing of the calls from the second `oldest` on. Raises InvalidRequest where the range has none."""
        if request.end_time < oldest:
            raise InvalidRequest(Problem("endTime", f"at least {oldest}: calls of cold days keep their prices"))
        now = iso(time.time())
        repriced_from = max(request.start_time, oldest)
        return cls(secrets.token_hex(8), request, repriced_from, started_at=now, started_by=by.did, updated_at=now)

    def add(self, repriced: Iterable[tuple[ModelCall, ModelCall]]) -> None:
        """Add calls to the report, each as it was and as it is; the same object twice where nothing changes."""
        for before, after in repriced:
            self.calls_read += 1
            self.unpriced += after.is_unpriced
            if before is not after:
                self.changed.add(before, after)
                model = after.provider_id, after.model
                if model in self.models or len(self.models) < MOST_MODELS:
                    self.models.setdefault(model, Change()).add(before, after)

    def body(self) -> RepricingBody:
        """Returns the repricing as the API shows it."""
        ranked = sorted(self.models.items(), key=lambda entry: (-entry[1].calls, entry[0]))
        return {
            "id": self.id,
            "status": self.status,
            "request": self.request.model_dump(by_alias=True, exclude_none=True),
            "repricedFrom": self.repriced_from,
            "callsRead": self.calls_read,
            "unpriced": self.unpriced,
            "changed": self.changed.body(),
            "models": [
                {"providerId": provider_id, "model": model, **change.body()} for (provider_id, model), change in ranked
            ],
            "startedAt": self.started_at,
            "startedBy": self.started_by,
            "updatedAt": self.updated_at,
        }
