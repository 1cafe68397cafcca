"""JSON whose decimals stay exact: numbers with a fraction are Decimals on the way in and digits on the way out."""

import json
from decimal import Decimal
from typing import Any

import orjson


def dumps(value: object) -> bytes:
    """JSON text; a Decimal becomes a number with all its digits.

    Raises TypeError for what JSON can't say, such as an unpaired surrogate.
    """
    return orjson.dumps(value, default=_digits)


def loads(text: str | bytes) -> Any:
    """The value of a JSON text. Raises json.JSONDecodeError for what is not JSON (RFC 8259), NaN included,
    and for what no machine should be made to hold: endless nesting, integers of thousands of digits.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from None


def plain(number: Decimal) -> str:
    """A number's digits without an exponent and without zeros that say nothing: 0.10 is "0.1", 1E+3 is "1000"."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digits(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain(value))
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
