"""The figures of a statistics answer, built from what is counted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core.money import to_units
from ledger.core.scopes import EVERYBODY, Scope
from ledger.core.time_zones import LocalDay
from ledger.counting.measures import Measures
from ledger.counting.series import Series, Usage
from ledger.statistics.answers import daily_stats, growth, merged, model_stats, summary, trend
from tests.reference import usage_of

CALL = ModelCall(
    id="a",
    user_did="alice",
    call_time=1_000,
    provider_id="openai",
    model="gpt-5",
    type=CallType.CHAT_COMPLETION,
    status=CallStatus.SUCCESS,
    credits=Decimal("0.5"),
    cost_source=CostSource.REPORTED,
    total_usage=Decimal(10),
)
amounts = st.decimals(0, 10**12, places=10, allow_nan=False, allow_infinity=False)
counts = st.integers(0, 10**15)
calls = st.builds(
    ModelCall,
    id=st.uuids().map(str),
    user_did=st.sampled_from(["alice", "bob"]),
    call_time=st.integers(0, 4_999),
    provider_id=st.sampled_from(["openai", "azure"]),
    model=st.sampled_from(["gpt-5", "o3"]),
    type=st.sampled_from(CallType),
    status=st.sampled_from(CallStatus),
    credits=amounts,
    cost_source=st.sampled_from(CostSource),
    total_usage=amounts,
    input_tokens=counts,
    output_tokens=counts,
    cache_read_input_tokens=counts,
    cache_creation_input_tokens=counts,
    duration=st.none() | amounts,
    ttfb=st.none() | amounts,
    app_did=st.none() | st.sampled_from(["desk", "bot"]),
)


def usage(*counted: tuple[Series, Measures]) -> Usage:
    return merged({series: measures} for series, measures in counted)


def of_model(provider: str, model: str, *, calls: int, price: str = "0", type_: str = "chatCompletion") -> Usage:
    return {Series(type_, provider, model): Measures(calls=calls, credits_units=to_units(Decimal(price)))}


class TestMeasures:
    def test_a_success_a_failure_and_a_running_call_are_told_apart(self) -> None:
        counted = [Measures.of(replace(CALL, status=status)) for status in CallStatus]
        assert [(m.calls, m.successes, m.failures) for m in counted] == [(1, 1, 0), (1, 0, 1), (1, 0, 0)]

    def test_a_call_without_a_price_is_unpriced_unless_it_runs_or_failed_before_it_used_anything(self) -> None:
        used = replace(CALL, cost_source=CostSource.UNPRICED, credits=Decimal(0))
        assert [Measures.of(replace(used, status=status)).unpriced for status in CallStatus] == [1, 1, 0]
        unused = replace(used, total_usage=Decimal(0))
        assert [Measures.of(replace(unused, status=status)).unpriced for status in CallStatus] == [1, 0, 0]

    def test_a_free_call_is_not_unpriced(self) -> None:
        assert Measures.of(replace(CALL, credits=Decimal(0))).unpriced == 0

    def test_a_missing_duration_is_not_one_of_zero_seconds(self) -> None:
        assert (Measures.of(CALL).durations, Measures.of(replace(CALL, duration=Decimal(0))).durations) == (0, 1)
        assert (Measures.of(CALL).ttfbs, Measures.of(replace(CALL, ttfb=Decimal(0))).ttfbs) == (0, 1)

    @given(st.lists(calls, max_size=20))
    def test_a_sum_is_exact_in_every_figure(self, counted: list[ModelCall]) -> None:
        total = Measures.sum(Measures.of(call) for call in counted)
        assert total.calls == len(counted)
        assert total.total_usage == sum(call.total_usage for call in counted)
        assert total.credits == sum(call.credits for call in counted)
        assert total.input_tokens == sum(call.input_tokens for call in counted)
        assert total.output_tokens == sum(call.output_tokens for call in counted)
        assert total.cache_read_input_tokens == sum(call.cache_read_input_tokens for call in counted)
        assert total.cache_creation_input_tokens == sum(call.cache_creation_input_tokens for call in counted)
        assert total.duration == sum(call.duration or 0 for call in counted)
        assert total.ttfb == sum(call.ttfb or 0 for call in counted)
        assert total.durations == sum(call.duration is not None for call in counted)
        assert total.ttfbs == sum(call.ttfb is not None for call in counted)

    def test_billions_of_the_dearest_calls_add_up_to_the_last_digit(self) -> None:
        dearest = Measures(credits_units=to_units(Decimal("999999999999.9999999999")))
        total = Measures()
        for _ in range(40):  # doubling: 2^40 calls
            dearest += dearest
        total += dearest
        assert total.credits == Decimal("999999999999.9999999999") * 2**40


SCOPES = [
    EVERYBODY,
    Scope.of_user("alice"),
    Scope.of_user("bob"),
    Scope.of_app("desk"),
    Scope.of_app("bot"),
]


def counts_in(scope: Scope, call: ModelCall) -> bool:
    """Whether a scope should count a call."""
    match scope.kind:
        case "all":
            return True
        case "user":
            return call.user_did == scope.did
        case "app":
            return call.app_did == scope.did


class TestUsage:
    @given(st.lists(calls, max_size=25), st.sets(st.integers(1, 4_999), max_size=5))
    def test_every_scope_and_interval_counts_its_calls_and_no_others(
        self, counted: list[ModelCall], cuts: set[int]
    ) -> None:
        boundaries = [0, *sorted(cuts), 5_000]
        usages = usage_of(counted, boundaries, SCOPES)
        for scope in SCOPES:
            for start, end, interval in zip(boundaries, boundaries[1:], usages[scope], strict=False):
                inside = [call for call in counted if start <= call.call_time < end and counts_in(scope, call)]
                assert Measures.sum(interval.values()) == Measures.sum(Measures.of(call) for call in inside)

    @given(st.lists(calls, max_size=25))
    def test_a_users_calls_can_be_told_apart_by_type_provider_model_and_app(self, counted: list[ModelCall]) -> None:
        (interval,) = usage_of(counted, [0, 5_000], [Scope.of_user("alice")])[Scope.of_user("alice")]
        for series, measures in interval.items():
            same = [
                call
                for call in counted
                if call.user_did == "alice"
                and (call.type, call.provider_id, call.model, call.app_did or "") == series[:4]
            ]
            assert measures == Measures.sum(Measures.of(call) for call in same)


class TestGrowth:
    @pytest.mark.parametrize(
        ("current", "previous", "change"),
        [
            ("150", "100", "0.5"),
            ("50", "100", "-0.5"),
            ("100", "100", "0"),
            ("0", "100", "-1"),
            ("5", "0", "1"),
            ("0.0000000001", "0", "1"),
            ("0", "0", "0"),
            ("1", "3", "-0.666667"),
            ("1000000000000", "0.0000000001", "9999999999999999999999"),
        ],
    )
    def test_growth_is_a_fraction_of_what_was(self, current: str, previous: str, change: str) -> None:
        assert growth(Decimal(current), Decimal(previous)) == Decimal(change)

    def test_the_trend_compares_usage_credits_and_calls(self) -> None:
        now = usage(
            (Series(), Measures(calls=3, total_usage_units=to_units(Decimal(30)), credits_units=to_units(Decimal(1))))
        )
        before = usage((Series(), Measures(calls=2, total_usage_units=to_units(Decimal(40)))))
        body = trend(now, before)
        assert body["growth"] == {
            "usageGrowth": Decimal("-0.25"),
            "creditsGrowth": Decimal(1),
            "callsGrowth": Decimal("0.5"),
        }
        assert (body["current"]["totalCalls"], body["previous"]["totalCalls"]) == (3, 2)


class TestSummary:
    def test_averages_are_over_the_calls_that_have_a_value(self) -> None:
        timed = Measures(
            calls=5, duration_units=to_units(Decimal(10)), durations=3, ttfb_units=to_units(Decimal(500)), ttfbs=2
        )
        body = summary({Series(): timed})
        assert (body["avgDuration"], body["avgTtfb"]) == (Decimal("3.333"), Decimal(250))

    def test_without_a_value_there_is_no_average(self) -> None:
        body = summary({Series(): Measures(calls=5)})
        assert (body["avgDuration"], body["avgTtfb"]) == (None, None)

    def test_without_calls_everything_is_zero(self) -> None:
        body = summary({})
        assert body["byType"] == {}
        assert {name for name, value in body.items() if value} == set()

    def test_models_are_counted_by_provider_and_model(self) -> None:
        used = of_model("openai", "gpt-5", calls=1) | of_model("azure", "gpt-5", calls=1)
        assert summary(used | of_model("openai", "gpt-5", calls=1, type_="embedding"))["modelCount"] == 2

    def test_what_was_counted_and_taken_away_again_is_not_there(self) -> None:
        body = summary(of_model("openai", "gpt-5", calls=0))
        assert (body["modelCount"], body["byType"]) == (0, {})


class TestDays:
    DAYS: Sequence[LocalDay] = [
        LocalDay(date(2026, 11, day), day * 86_400 + 9, (day + 1) * 86_400, day * 86_400) for day in (20, 21, 22)
    ]

    def test_every_day_is_there_ascending_those_without_calls_too(self) -> None:
        body = daily_stats(self.DAYS, [{}, of_model("openai", "gpt-5", calls=2), {}])
        assert [day["date"] for day in body] == ["2026-11-20", "2026-11-21", "2026-11-22"]
        assert [day["requests"] for day in body] == [0, 2, 0]
        assert [day["timestamp"] for day in body] == [day.midnight for day in self.DAYS]

    def test_tokens_are_the_usage_of_the_types_that_are_measured_in_tokens(self) -> None:
        used = {
            Series(type_): Measures(calls=1, total_usage_units=to_units(Decimal(number)))
            for type_, number in (("chatCompletion", 5), ("embedding", 7), ("imageGeneration", 100), ("video", 1_000))
        }
        (day,) = daily_stats(self.DAYS[:1], [used])
        assert (day["tokens"], day["totalUsage"]) == (12, 1_112)


class TestOrder:
    def test_the_most_used_models_come_first_and_no_more_than_five(self) -> None:
        used: Usage = {}
        for number in range(1, 8):
            used |= of_model("openai", f"m{number}", calls=number)
        assert [model["model"] for model in model_stats(used)] == ["m7", "m6", "m5", "m4", "m3"]

    def test_models_used_as_often_are_in_the_order_of_credits_and_then_of_names(self) -> None:
        used = (
            of_model("b", "x", calls=2, price="1")
            | of_model("a", "x", calls=2, price="1")
            | of_model("a", "w", calls=2, price="1")
            | of_model("z", "z", calls=2, price="9")
        )
        ranked = [(model["providerId"], model["model"]) for model in model_stats(used)]
        assert ranked == [("z", "z"), ("a", "w"), ("a", "x"), ("b", "x")]

    def test_a_model_of_two_providers_is_two_models(self) -> None:
        used = of_model("openai", "gpt-5", calls=1) | of_model("azure", "gpt-5", calls=2)
        assert [(m["providerId"], m["totalCalls"]) for m in model_stats(used)] == [("azure", 2), ("openai", 1)]


def test_every_measure_is_told_by_its_name() -> None:
    sums = Measures(*range(1, 15)).to_dict()
    assert len(sums) == len(Measures._fields)
    amounts = {"total_usage": 5, "credits": 6, "duration": 11, "ttfb": 13}
    for number, (name, value) in enumerate(sums.items(), 1):
        assert value == (Decimal(number).scaleb(-10) if name in amounts else number)
        assert amounts.get(name, number) == number
