"""What a stack costs, worked out by hand beside the calculator."""

from dataclasses import replace
from decimal import Decimal

from tests.unit.test_template import of_type, properties
from tools.operate import cost
from tools.operate.cost import Load, bill, report

MILLION_A_MONTH = Load(calls_per_day=100_000, users=0, batch=100)
"""Three million calls a month, and nobody asks."""


def dollars(load: Load) -> dict[str, Decimal]:
    return {line.what: line.dollars for line in bill(load)}


def test_recording_takes_a_write_for_the_table_and_each_index() -> None:
    """3 units a call at 0.625 dollars a million, for 3 million calls."""
    assert dollars(MILLION_A_MONTH)["recording: DynamoDB writes"] == Decimal("5.625")


def test_recording_reads_once_whose_each_call_is() -> None:
    """A strongly consistent read of up to four kilobytes: one unit at 0.125 dollars a million."""
    assert dollars(MILLION_A_MONTH)["recording: DynamoDB reads"] == Decimal("0.375")


def test_what_came_in_is_counted_with_each_request() -> None:
    """30,000 requests of a write unit each at 0.625 dollars a million."""
    assert dollars(MILLION_A_MONTH)["recording: what came in, by client"] == Decimal("0.01875")


def test_a_span_is_compared_with_those_of_its_trace_and_of_its_response() -> None:
    """2 units a span at 0.625 dollars a million, for 3 million calls, which need not come as spans."""
    assert dollars(MILLION_A_MONTH)["recording: spans of the same call"] == 0
    assert dollars(replace(MILLION_A_MONTH, spans=True))["recording: spans of the same call"] == Decimal("3.75")


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
    """100,000 calls of 800 bytes a day for 400 days, in a table and two indexes: 96 GB at 25 cents."""
    assert dollars(MILLION_A_MONTH)["the log: storage"] == Decimal(24)
    assert dollars(replace(MILLION_A_MONTH, retention=40))["the log: storage"] == Decimal("2.4")


def test_point_in_time_recovery_is_billed_without_the_indexes() -> None:
    """A third of 96 GB, at 20 cents."""
    assert dollars(MILLION_A_MONTH)["the log: point-in-time recovery"] == Decimal("6.4")


def test_every_copy_in_another_region_is_a_full_one_and_paid_for_only_where_there_are_any() -> None:
    """32 GB, copied thirty times at 2 cents; kept for a day here and for three days there at 10 cents a month."""
    assert dollars(MILLION_A_MONTH)["the log: copies in another region"] == 0
    copied = dollars(replace(MILLION_A_MONTH, copied=True))["the log: copies in another region"]
    assert copied == Decimal("19.2") + Decimal("12.8")


def test_traces_are_paid_for_only_where_they_are_on() -> None:
    """30,000 requests of a month, fewer than its seconds: each is traced, at 5 dollars a million."""
    assert dollars(MILLION_A_MONTH)["traces"] == 0
    assert dollars(replace(MILLION_A_MONTH, traced=True))["traces"] == Decimal("0.15")


def test_the_authorizer_and_the_stream_invoke_functions_too() -> None:
    """30,000 requests: fewer than a month's minutes, of which each needs an authorization, and than its seconds."""
    lines = dollars(MILLION_A_MONTH)
    assert lines["authorizing"] == Decimal("0.006") + Decimal(150) * Decimal("0.0000133334")
    assert lines["counting: functions"] == Decimal("0.006") + Decimal(15_000) * Decimal("0.0000133334")
    busy = replace(MILLION_A_MONTH, calls_per_day=100_000_000, batch=1)
    assert dollars(busy)["authorizing"] == 43_200 * (cost.INVOCATION + cost.AUTHORIZER_SECONDS * cost.GB_SECOND)


def test_what_conflicts_is_written_twice() -> None:
    assert dollars(MILLION_A_MONTH)["counting: writes repeated after conflicts"] == Decimal("13.3125") / 50


def test_a_question_costs_its_units_its_request_and_its_time() -> None:
    question = cost.Question("", units=Decimal(8), seconds=Decimal(1))
    assert question.dollars == Decimal("0.000001") + Decimal("0.0000012") + Decimal("0.0000133334")


def test_the_sum_is_told_with_what_a_million_calls_cost() -> None:
    load = replace(MILLION_A_MONTH, users=1_000)
    lines = list(report(load))
    total = sum(line.dollars for line in bill(load))
    assert any(line.startswith("in all") and line.endswith(f"{total:,.2f}") for line in lines)
    assert any(line.startswith("a million calls") and line.endswith(f"{total / 3:,.2f}") for line in lines)


def test_twice_the_calls_cost_no_more_than_twice() -> None:
    load = replace(MILLION_A_MONTH, users=100)
    double = replace(load, calls_per_day=2 * load.calls_per_day)
    assert sum(dollars(load).values()) < sum(dollars(double).values()) < 2 * sum(dollars(load).values())


def test_a_million_rows_of_an_export_cost_mostly_their_download() -> None:
    """97,656 read units, 180 s of 1.728 GB, 55 parts, and 0.459 GB, which are kept for a week and downloaded once."""
    by_hand = Decimal("0.012207") + Decimal("0.004147") + Decimal("0.000274") + Decimal("0.002463") + Decimal("0.04131")
    assert abs(cost.exported_row() * 10**6 - by_hand) < Decimal("0.00001")
    exporting = replace(MILLION_A_MONTH, exported=1_000)
    assert dollars(exporting)["exports"] == cost.exported_row() * 30_000


def test_what_is_paid_for_while_nobody_asks_is_what_the_template_has() -> None:
    kinds = {"AWS::SecretsManager::Secret": cost.SECRETS, "AWS::CloudWatch::Dashboard": cost.DASHBOARDS}
    assert {kind: len(of_type(kind)) for kind in kinds} == kinds
    alarms = [properties(name) for name in of_type("AWS::CloudWatch::Alarm")]
    assert (
        sum(sum("MetricStat" in one for one in alarm.get("Metrics", [{"MetricStat": 1}])) for alarm in alarms)
        == cost.ALARMS
    )
    (standing,) = [line for line in bill(MILLION_A_MONTH) if line.what.startswith("secrets")]
    assert standing.dollars == Decimal("1.20") + Decimal("11.60") + Decimal("2.70") + 3 + Decimal("0.2592")


def test_the_archive_costs_little_beside_the_table_whatever_the_load() -> None:
    """43,200 barriers and change files: 0.5940 for units, 0.0389 read, 0.0259 invoked, 0.5760 run, 0.2160 put."""
    busy = replace(MILLION_A_MONTH, calls_per_day=10**6, batch=1)
    stored = Decimal("0.4968")
    read = Decimal(30 * 10**6 * 800) / 4096 * Decimal("0.125") / 10**6
    run = (Decimal(43_200) * Decimal("0.45") + 1800) * cost.GB_SECOND
    by_hand = Decimal("0.5940") + read + Decimal("0.02592") + run + Decimal("0.2160") + stored
    assert abs(dollars(busy)["the archive"] - by_hand) < Decimal("0.0001")
    assert dollars(busy)["the archive"] < dollars(busy)["the log: storage"] / 50


def test_of_many_requests_one_in_twenty_is_traced() -> None:
    """Three million a month are 2,592,000 seconds' first and 408,000 others."""
    assert dollars(replace(MILLION_A_MONTH, batch=1, traced=True))["traces"] == Decimal(2_592_000 + 20_400) * 5 / 10**6
