"""What is asked: the body of a query, or the same as query parameters."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator
from pydantic_core.core_schema import ValidationInfo

from ledger.core import exact_json
from ledger.core.moments import DAY
from ledger.http.query_parameters import LONGEST_RANGE, EndOfRange, UnixSeconds, WholeNumber, ZoneQuery
from ledger.query import buckets
from ledger.query.buckets import BucketKind
from ledger.query.dimensions import Dimension
from ledger.query.filters import Filter
from ledger.query.metrics import MetricName

MOST_ROWS = 10_000


def _listed(value: Any) -> Any:
    """As a query parameter, a list is separated by commas."""
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def _loaded(value: Any) -> Any:
    """As a query parameter, filters are JSON text, which the resolver has taken apart at its commas."""
    try:
        match value:
            case str():
                return exact_json.loads(value)
            case [str(), *_]:
                return exact_json.loads(",".join(value))
            case _:
                return value
    except (ValueError, TypeError):
        raise ValueError("a JSON list of filters") from None


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("each once")
    return names


def _some_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("at least one")
    return _each_once(names)


Dimensions = Annotated[tuple[Dimension, ...], Field(max_length=4), BeforeValidator(_listed), AfterValidator(_each_once)]
Metrics = Annotated[
    tuple[MetricName, ...],
    Field(max_length=50),
    BeforeValidator(_listed),
    AfterValidator(_some_once),
]
Filters = Annotated[tuple[Filter, ...], Field(max_length=20), BeforeValidator(_loaded)]


class QueryRequest(ZoneQuery):
    """A question about the calls of a range."""

    start_time: UnixSeconds
    """Unix seconds, inclusive."""
    end_time: EndOfRange
    """Unix seconds, inclusive; less than 3,660 days after startTime."""
    granularity: BucketKind = "none"
    """The buckets of time that are told apart, in the time zone; at most 10,000 of them. Weeks begin on Monday."""
    group_by: Dimensions = ()
    """Up to four of user, app, provider, model, responseModel, type, status, credential, costSource, serviceTier, and
    `metadata.` with a path."""
    metrics: Metrics = ("calls", "credits")
    """The figures of each row."""
    filters: Filters = ()
    """Which calls it is about: those that match each of them. As a query parameter, JSON text."""
    order_by: Annotated[str, StringConstraints(max_length=300)] | None = None
    """A metric, a dimension or `timestamp`; with `-` before it, the largest first. Without it, the first metric, the
    largest first, of each bucket."""
    limit: Annotated[WholeNumber, Field(ge=1, le=MOST_ROWS)] = 100
    """Rows of the answer, at the most."""
    next_token: str | None = None
    """That of the answer before, to the same question."""
    format: Literal["json", "csv"] = "json"
    dry_run: bool = False
    """Only say how many bytes would be read, and by which engine."""

    @field_validator("end_time")
    @classmethod
    def _not_too_long(cls, end_time: int, info: ValidationInfo) -> int:
        if end_time - info.data.get("start_time", end_time) >= LONGEST_RANGE:
            raise ValueError(f"less than {LONGEST_RANGE // DAY} days after startTime")
        return end_time

    @field_validator("granularity")
    @classmethod
    def _few(cls, granularity: BucketKind, info: ValidationInfo) -> BucketKind:
        length = info.data.get("end_time", 0) - info.data.get("start_time", 0)
        if granularity != "none" and length > buckets.MOST * buckets.SECONDS[granularity]:
            raise ValueError(f"at most {buckets.MOST:,} buckets: a larger granularity, or a shorter range")
        return granularity

    @field_validator("order_by")
    @classmethod
    def _is_answered(cls, order_by: str | None, info: ValidationInfo) -> str | None:
        known = [*info.data.get("metrics", []), *info.data.get("group_by", [])]
        known += [] if info.data.get("granularity", "none") == "none" else ["timestamp"]
        if order_by is not None and order_by.removeprefix("-") not in known:
            raise ValueError(f"one of {', '.join(known)}, perhaps with - before it")
        return order_by

    @property
    def identification(self) -> bytes:
        """What two requests for pages of one answer have in common."""
        return self.model_dump_json(exclude={"next_token", "limit", "format", "dry_run"}).encode()
