"""JSON with exact decimals: numbers with a fraction are read as Decimal, and Decimals are written with all digits."""

import json
from decimal import Decimal
from typing import Any

import orjson

MOST_DIGITS = 1_000
"""The most digits of a number with a fraction, written without an exponent. Sums with 1e-999999999 take minutes."""


def dumps(value: object) -> bytes:
    """Returns the JSON text of a value. A Decimal becomes a number with all its digits.

    Raises TypeError for a value that JSON can't represent, such as an unpaired surrogate.
    """
    return orjson.dumps(value, default=_digits)


def loads(text: str | bytes) -> Any:
    """Returns the value of a JSON text.

    Raises json.JSONDecodeError for a text that is not JSON (RFC 8259), such as NaN, and for a text that would take
    too much memory or time: very deep nesting, numbers of thousands of digits.
    """
    try:
        return json.loads(text, parse_float=_decimal, parse_constant=_refuse)
    except json.JSONDecodeError:
        raise
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise json.JSONDecodeError(str(error), "", 0) from None


def plain(number: Decimal | int) -> str:
    """Returns a number's digits without an exponent or trailing zeros: 0.10 is "0.1", 1E+3 is "1000"."""
    if isinstance(number, int):
        return str(number)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digits(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain(value))
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > MOST_DIGITS or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError(f"a number of more than {MOST_DIGITS} digits")
    return number


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
