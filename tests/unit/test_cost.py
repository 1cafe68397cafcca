"""What a stack costs, worked out by hand beside the calculator."""

from dataclasses import replace
from decimal import Decimal

from local import cost
from local.cost import Load, bill, told

MILLION_A_MONTH = Load(calls_per_day=100_000, users=0, batch=100)
"""Three million calls a month, and nobody asks."""


def dollars(load: Load) -> dict[str, Decimal]:
    return {line.what: line.dollars for line in bill(load)}


def test_recording_takes_a_write_for_the_table_and_each_index() -> None:
    """3 units a call at 0.625 dollars a million, for 3 million calls."""
    assert dollars(MILLION_A_MONTH)["recording: DynamoDB writes"] == Decimal("5.625")


def test_counting_depends_on_how_many_calls_share_counters() -> None:
    writes = {
        kind: dollars(replace(MILLION_A_MONTH, counting=kind))["counting: DynamoDB writes"]
        for kind in ("busy", "usual", "alone")
    }
    assert writes == {"busy": Decimal("7.5"), "usual": Decimal("13.3125"), "alone": Decimal(15)}


def test_a_request_is_paid_once_for_all_its_calls() -> None:
    """30,000 requests at 1.20 a million and 0.015 s; 3 million calls at 0.0012 s of a gigabyte."""
    requests = dollars(MILLION_A_MONTH)["recording: requests and functions"]
    assert requests == Decimal("0.036") + Decimal(450 + 3600) * Decimal("0.0000133334")
    alone = dollars(replace(MILLION_A_MONTH, batch=1))["recording: requests and functions"]
    assert alone == Decimal("3.6") + Decimal(45_000 + 3_600) * Decimal("0.0000133334")


def test_the_log_is_stored_three_times_for_as_long_as_it_is_kept() -> None:
    """100,000 calls of 680 bytes a day for 400 days, in a table and two indexes: 81.6 GB at 25 cents."""
    assert dollars(MILLION_A_MONTH)["the log: storage"] == Decimal("20.4")
    assert dollars(replace(MILLION_A_MONTH, retention=40))["the log: storage"] == Decimal("2.04")


def test_a_question_costs_its_units_its_request_and_its_time() -> None:
    question = cost.Question("", units=Decimal(8), seconds=Decimal(1))
    assert question.dollars == Decimal("0.000001") + Decimal("0.0000012") + Decimal("0.0000133334")


def test_the_sum_is_told_with_what_a_million_calls_cost() -> None:
    load = replace(MILLION_A_MONTH, users=1_000)
    lines = list(told(load))
    total = sum(line.dollars for line in bill(load))
    assert any(line.startswith("in all") and line.endswith(f"{total:,.2f}") for line in lines)
    assert any(line.startswith("a million calls") and line.endswith(f"{total / 3:,.2f}") for line in lines)


def test_twice_the_calls_cost_no_more_than_twice() -> None:
    load = replace(MILLION_A_MONTH, users=100)
    double = replace(load, calls_per_day=2 * load.calls_per_day)
    assert sum(dollars(load).values()) < sum(dollars(double).values()) < 2 * sum(dollars(load).values())
