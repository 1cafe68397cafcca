"""The types of fields that callers send. Each type validates its values."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from ledger.core import exact_json
from ledger.core.moments import DAY
from ledger.core.money import DECIMALS, ten_places

MIN_TIME_TO_LIVE = 7 * DAY
"""Seconds before it expires up to which a call is accepted, so that its day can still be aggregated from its calls."""
LONGEST_KEY = 1_000
"""The most bytes of an id. An index key, which has a time before the id, has at most 1,024."""
LONGEST_NAME = 256
"""The most characters of an id or a name."""


def no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number, not true or false")  # noqa: TRY004 - pydantic reports a ValueError as the field's
    return value


def _empty_is_absent(value: Any) -> Any:
    return None if value == "" else value


def _fits_a_key(text: str) -> str:
    if len(text.encode()) > LONGEST_KEY:
        raise ValueError(f"at most {LONGEST_KEY} bytes in UTF-8")
    return text


def _ten_decimals(number: Decimal) -> Decimal:
    if len(exact_json.plain(number).partition(".")[2]) > DECIMALS:
        raise ValueError(f"at most {DECIMALS} decimals")
    return number


Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME), AfterValidator(_fits_a_key)]
OptionalName = Annotated[Name | None, BeforeValidator(_empty_is_absent)]
Count = Annotated[int, BeforeValidator(no_boolean), Field(ge=0, lt=10**15)]
Amount = Annotated[
    Decimal,
    BeforeValidator(no_boolean),
    Field(ge=0, lt=10**12, decimal_places=DECIMALS),
    AfterValidator(_ten_decimals),  # pydantic's own check first rounds to the context's precision
]
"""The bounds are far above any real call, and the sum of billions of calls has less than DynamoDB's 38 digits."""
Cost = Annotated[Decimal, BeforeValidator(no_boolean), Field(ge=0, lt=10**12), AfterValidator(ten_places)]
"""US dollars. Gateways compute them in floating point, so they are rounded to ten decimals."""


class Input(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class UserDetails(Input):
    """How a user is displayed. Missing details are empty."""

    full_name: Annotated[str, StringConstraints(max_length=256)] = ""
    email: Annotated[str, StringConstraints(max_length=256)] = ""
    avatar: Annotated[str, StringConstraints(max_length=2_048)] = ""


class AppDetails(Input):
    """How an app is displayed. Missing details are empty."""

    app_name: Annotated[str, StringConstraints(max_length=256)] = ""
    app_logo: Annotated[str, StringConstraints(max_length=2_048)] = ""
    app_url: Annotated[str, StringConstraints(max_length=2_048)] = ""
