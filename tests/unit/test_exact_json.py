"""JSON with exact decimals."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.core import exact_json

FRACTIONS = st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number.adjusted()) < 500)


@given(FRACTIONS)
def test_a_decimal_keeps_every_digit_on_the_way_out_and_in(number: Decimal) -> None:
    text = exact_json.dumps({"credits": number}).decode()
    assert json.loads(text, parse_float=Decimal, parse_int=Decimal) == {"credits": number}
    assert exact_json.loads(text) == {"credits": number}


@given(FRACTIONS)
def test_a_number_is_written_in_digits_alone(number: Decimal) -> None:
    text = exact_json.plain(number)
    assert Decimal(text) == number
    assert set(text) <= set("-.0123456789")
    assert not text.endswith(".")
    assert "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("number", "text"), [("0.10", "0.1"), ("1E+3", "1000"), ("1E-10", "0.0000000001"), ("100", "100"), ("0.00", "0")]
)
def test_zeros_that_say_nothing_are_left_out(number: str, text: str) -> None:
    assert exact_json.plain(Decimal(number)) == text


def test_a_fraction_that_a_float_cannot_hold_stays_exact() -> None:
    assert exact_json.loads("0.1234567890123456789012345") == Decimal("0.1234567890123456789012345")


@pytest.mark.parametrize("number", [1.7976931348623157e308, 5e-324, 2.2250738585072014e-308])
def test_every_number_that_a_float_can_be_is_taken(number: float) -> None:
    assert float(exact_json.loads(repr(number))) == number


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("text", ["{}", "[1, {}]", '{{"credits": {}}}'])
def test_what_javascript_calls_a_number_and_json_does_not_is_refused(constant: str, text: str) -> None:
    with pytest.raises(json.JSONDecodeError, match="is not JSON"):
        exact_json.loads(text.format(constant))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "1" * 5_000,
        "-" + "1" * 5_000,
        "1e1001",
        "1e-1001",
        "0e-1001",
        "1e-999999999",
        "1e999999999",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "0." + "1" * 1_001,
        "",
        "{",
        "[1,]",
        "'a'",
        "\ufeff[]",
    ],
    ids=lambda text: f"{text[:6]}… of {len(text)}",
)
def test_what_is_not_json_or_too_much_for_a_machine_is_refused_in_one_way(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        exact_json.loads(text)


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, {1, 2}, object(), 2**64])
def test_what_json_cannot_say_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        exact_json.dumps(value)
