"""A repricing: what was asked for, and how far it has come. In the Registry it is one item."""

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import ValidationInfo

from ledger.aws import dynamodb
from ledger.calls.model_call import ModelCall
from ledger.core import exact_json, keys
from ledger.core.field_types import OptionalName
from ledger.core.identity import Identity
from ledger.core.moments import iso
from ledger.http.query_parameters import LATEST

MOST_MODELS = 200
"""Of which a report tells by name."""

type RepricingStatus = Literal["running", "done"]
type PricedBy = Literal["rate", "catalogue", "unpriced"]


class RepriceRequest(BaseModel):
    """Which calls: those between two Unix seconds, both inclusive, that all of the filters leave."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid")

    start_time: Annotated[int, Field(strict=True, ge=0, lt=LATEST)]
    end_time: Annotated[int, Field(strict=True, ge=0, lt=LATEST)]
    provider_id: OptionalName = None
    model: OptionalName = None
    user_did: OptionalName = None
    app_did: OptionalName = None
    cost_source: PricedBy | None = None
    dry_run: Annotated[bool, Field(strict=True)] = True

    @field_validator("end_time")
    @classmethod
    def _a_range(cls, end_time: int, info: ValidationInfo) -> int:
        if end_time < info.data.get("start_time", end_time):
            raise ValueError("not before startTime")
        return end_time


@dataclass
class Change:
    """Calls whose price changes, and what they cost in all."""

    calls: int = 0
    credits_before: Decimal = Decimal(0)
    credits_after: Decimal = Decimal(0)

    def add(self, before: ModelCall, after: ModelCall) -> None:
        self.calls += 1
        self.credits_before += before.credits
        self.credits_after += after.credits


class ChangeBody(TypedDict):
    calls: int
    creditsBefore: Decimal
    creditsAfter: Decimal


class ModelChange(ChangeBody):
    providerId: str
    model: str


class JobBody(TypedDict):
    """`callsRead` are those that the filters leave, `unpriced` those among them that stay without a price."""

    id: str
    status: RepricingStatus
    request: dict[str, Any]
    callsRead: int
    unpriced: int
    changed: ChangeBody
    models: list[ModelChange]
    startedAt: str
    startedBy: str
    updatedAt: str


@dataclass
class RepriceJob:
    id: str
    request: RepriceRequest
    started_at: str
    started_by: str
    updated_at: str
    status: RepricingStatus = "running"
    position: str | None = None
    """The calls not older than this one, by callTimeId, have been looked at."""
    calls_read: int = 0
    unpriced: int = 0
    changed: Change = field(default_factory=Change)
    models: dict[tuple[str, str], Change] = field(default_factory=dict[tuple[str, str], Change])
    revision: int = 0

    @classmethod
    def new(cls, request: RepriceRequest, by: Identity) -> "RepriceJob":
        now = iso(time.time())
        return cls(secrets.token_hex(8), request, started_at=now, started_by=by.did, updated_at=now)

    def add(self, repriced: Iterable[tuple[ModelCall, ModelCall]]) -> None:
        """Tell of calls, each as it was and as it is."""
        for before, after in repriced:
            self.calls_read += 1
            self.unpriced += after.is_unpriced
            if before is not after:
                self.changed.add(before, after)
                model = after.provider_id, after.model
                if model in self.models or len(self.models) < MOST_MODELS:
                    self.models.setdefault(model, Change()).add(before, after)

    def body(self) -> JobBody:
        ranked = sorted(self.models.items(), key=lambda entry: (-entry[1].calls, entry[0]))
        return {
            "id": self.id,
            "status": self.status,
            "request": self.request.model_dump(by_alias=True, exclude_none=True),
            "callsRead": self.calls_read,
            "unpriced": self.unpriced,
            "changed": _told(self.changed),
            "models": [
                {"providerId": provider_id, "model": model, **_told(change)} for (provider_id, model), change in ranked
            ],
            "startedAt": self.started_at,
            "startedBy": self.started_by,
            "updatedAt": self.updated_at,
        }


class Overtaken(Exception):
    """Another worker goes on with this job."""


def note(table: str, job: RepriceJob) -> None:
    """Keep a job as it is now. Raises Overtaken where another worker has noted more of it."""
    job.updated_at = iso(time.time())
    key: dynamodb.Item = {"id": {"S": keys.repricing(job.id)}}
    item: dynamodb.Item = {
        **key,
        "revision": {"N": str(job.revision + 1)},
        "job": {"S": exact_json.dumps({**job.body(), "position": job.position}).decode()},
    }
    try:
        dynamodb.client().put_item(
            TableName=table,
            Item=item,
            ConditionExpression="attribute_not_exists(id) OR revision = :known",
            ExpressionAttributeValues={":known": {"N": str(job.revision)}},
        )
    except dynamodb.client().exceptions.ConditionalCheckFailedException:
        if dynamodb.get(table, key) != item:  # it is this one where the answer to the first attempt was lost
            raise Overtaken(job.id) from None
    job.revision += 1


def find(table: str, job_id: str) -> RepriceJob | None:
    item = dynamodb.get(table, {"id": {"S": keys.repricing(job_id)}})
    if item is None:
        return None
    kept = exact_json.loads(item["job"]["S"])
    return RepriceJob(
        id=kept["id"],
        request=RepriceRequest.model_validate(kept["request"]),
        started_at=kept["startedAt"],
        started_by=kept["startedBy"],
        updated_at=kept["updatedAt"],
        status=kept["status"],
        position=kept["position"],
        calls_read=kept["callsRead"],
        unpriced=kept["unpriced"],
        changed=_change(kept["changed"]),
        models={(each["providerId"], each["model"]): _change(each) for each in kept["models"]},
        revision=int(item["revision"]["N"]),
    )


def _told(change: Change) -> ChangeBody:
    return {"calls": change.calls, "creditsBefore": change.credits_before, "creditsAfter": change.credits_after}


def _change(kept: Mapping[str, Any]) -> Change:
    return Change(kept["calls"], Decimal(kept["creditsBefore"]), Decimal(kept["creditsAfter"]))
