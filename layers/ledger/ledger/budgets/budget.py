"""Budgets, as administrators set them, and the limits that they are for those whom they are about."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from ledger.budgets.periods import Period, PeriodKind, period_at
from ledger.core.field_types import Amount, Name, OptionalName, no_boolean
from ledger.core.scopes import EVERYBODY, Scope
from ledger.core.time_zones import named_zone
from ledger.http.query_parameters import zone_name

MOST_EXCEPTIONS = 200
MOST_THRESHOLDS = 10
MOST_DAYS = 366
MOST_CHANNELS = 5
MOST_HOURS = 744

type Each = Literal["user", "app"]
type Unit = Literal["credits", "usd"]
type AnomalyBucket = Literal["hour", "day"]
type Basis = Literal["actual", "forecast"]
"""What a threshold is compared with: what was spent, or what is expected to be spent when the period ends."""


class _Input(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid")


class Threshold(_Input):
    """A share of the amount at which a budget asks for attention."""

    percent: Annotated[int, BeforeValidator(no_boolean), Field(ge=1, le=1_000)]
    of: Basis = "actual"


class BudgetInput(_Input):
    """A budget as an administrator sends it: of everybody, of one user or app, or one for each user or app.

    It is about one provider or one model where these are given.
    """

    name: Name
    user_did: OptionalName = None
    app_did: OptionalName = None
    each: Each | None = None
    """Each user, or each app, has a budget of its own."""
    provider_id: OptionalName = None
    model: OptionalName = None
    amount: Amount
    """What may be spent in a period."""
    unit: Unit = "credits"
    """Of all amounts: credits, or the US dollars that these are worth on the day of the call."""
    exceptions: Annotated[dict[Name, Amount], Field(max_length=MOST_EXCEPTIONS)] = {}
    """Other amounts, by the did of a user or an app, of a budget for each of them."""
    period: PeriodKind
    """`rolling` is a number of `days`, today included; the others are those of the calendar, weeks begin on Monday."""
    days: Annotated[int, BeforeValidator(no_boolean), Field(ge=1, le=MOST_DAYS)] | None = None
    """Of a rolling period."""
    timezone: Annotated[str, AfterValidator(zone_name)] = "UTC"
    """An IANA name, such as Asia/Kolkata. Periods begin at its midnight."""
    thresholds: Annotated[list[Threshold], Field(max_length=MOST_THRESHOLDS)] = []
    channels: Annotated[list[Name], Field(max_length=MOST_CHANNELS)] = []
    """The ids of those that are told when a threshold is reached."""
    remind_after_hours: Annotated[int, BeforeValidator(no_boolean), Field(ge=1, le=MOST_HOURS)] | None = None
    """How often they are reminded of a threshold of `actual` as long as it is reached; null for never."""
    tell_resolved: Annotated[bool, Field(strict=True)] = False
    """Whether they are told too when a threshold is not reached any more."""
    anomalies: AnomalyBucket | None = None
    """Whether they are told when far more is spent than in the same hour, or on the same weekday, of weeks before."""

    @property
    def words(self) -> str:
        """The unit as a text has it: 5 credits, 5 US dollars."""
        return "credits" if self.unit == "credits" else "US dollars"

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if sum(whose is not None for whose in (self.user_did, self.app_did, self.each)) > 1:
            raise ValueError("at most one of userDid, appDid and each")
        if (self.period == "rolling") != (self.days is not None):
            raise ValueError("days with a rolling period, and with no other")
        if self.exceptions and self.each is None:
            raise ValueError("exceptions only with each")
        if len(set(self.thresholds)) < len(self.thresholds):
            raise ValueError("each threshold once")
        if len(set(self.channels)) < len(self.channels):
            raise ValueError("each channel once")
        return self


class Subject(NamedTuple):
    """Whose spending on what: a scope, and a provider and a model, each empty for all; and in which unit."""

    scope: Scope
    provider_id: str = ""
    model: str = ""
    unit: Unit = "credits"

    @property
    def selected(self) -> dict[str, str]:
        """The text that its calls have in each dimension that it is about: user, app, provider, model."""
        whose = {self.scope.kind: self.scope.did} if self.scope.did else {}
        return whose | {name: text for name, text in (("provider", self.provider_id), ("model", self.model)) if text}


@dataclass(frozen=True)
class Budget:
    """A budget as it is stored, with who set it last, when, in ISO 8601, and where the dashboard was found."""

    id: str
    given: BudgetInput
    updated_at: str
    updated_by: str
    origin: str

    @property
    def zone(self) -> tzinfo:
        return named_zone(self.given.timezone)

    def period_at(self, second: int) -> Period:
        return period_at(second, self.given.period, self.zone, self.given.days or 1)

    def limit(self, scope: Scope) -> "Limit | None":
        """The limit that this budget is for a user, an app or everybody; None where it is about others."""
        given = self.given
        if scope.kind != given.each if given.each else scope != self.only_scope:
            return None
        subject = Subject(scope, given.provider_id or "", given.model or "", given.unit)
        return Limit(self, subject, given.exceptions.get(scope.did, given.amount))

    @property
    def only_scope(self) -> Scope | None:
        """Whom this budget is about; None where it is one for each user or app."""
        match self.given:
            case BudgetInput(each="user" | "app"):
                return None
            case BudgetInput(user_did=str(did)):
                return Scope.of_user(did)
            case BudgetInput(app_did=str(did)):
                return Scope.of_app(did)
            case _:
                return EVERYBODY


@dataclass(frozen=True)
class Limit:
    """What a budget is for one user, one app or everybody: how much a subject may spend in a period."""

    budget: Budget
    subject: Subject
    amount: Decimal

    def is_about(self, provider_ids: Collection[str], model: str) -> bool:
        """Whether calls of a model of a provider count. Unknown ones, which are empty, don't where it is about one."""
        return self.subject.provider_id in ("", *provider_ids) and self.subject.model in ("", model)
