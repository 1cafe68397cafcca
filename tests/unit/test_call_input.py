"""What a gateway may send as a call."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic.alias_generators import to_snake

from ledger.calls.call_input import validate_call
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core import exact_json
from ledger.core.errors import InvalidRequest

DAY = 86_400
NOW = 1_795_368_000
RETENTION = 400 * DAY
LEAST: Mapping[str, Any] = {
    "userDid": "did:abt:z1",
    "providerId": "openai",
    "model": "gpt-5",
    "type": "chatCompletion",
    "status": "success",
}
NAMES = ["id", "userDid", "providerId", "model", "appDid", "requestId", "traceId", "credentialId"]
REQUIRED = [*LEAST]
AMOUNTS = ["credits", "totalUsage", "duration", "ttfb", "providerTtfb"]
BUCKETS = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"]


def recorded(**fields: Any) -> ModelCall:
    return validate_call({**LEAST, **fields}, now=NOW, retention=RETENTION).to_call(NOW)


def recorded_json(fields: str) -> ModelCall:
    return recorded(**exact_json.loads(fields))


def refused(value: Any = None, **fields: Any) -> dict[str, str]:
    """The message for each field."""
    with pytest.raises(InvalidRequest) as refusal:
        validate_call({**LEAST, **fields} if value is None else value, now=NOW, retention=RETENTION)
    exact_json.dumps(str(refusal.value))  # can be said in an answer
    return {problem.field: problem.message for problem in refusal.value.problems}


class TestDefaults:
    def test_a_call_needs_no_more_than_its_user_provider_model_type_and_status(self) -> None:
        call = recorded()
        assert (call.user_did, call.provider_id, call.model) == ("did:abt:z1", "openai", "gpt-5")
        assert (call.type, call.status) == (CallType.CHAT_COMPLETION, CallStatus.SUCCESS)

    @pytest.mark.parametrize("absent", [{}, {"id": None}, {"id": ""}], ids=str)
    def test_a_missing_id_is_made_and_is_another_one_each_time(self, absent: dict[str, Any]) -> None:
        first, second = recorded(**absent).id, recorded(**absent).id
        assert UUID(first) != UUID(second)

    def test_a_missing_time_is_now(self) -> None:
        assert recorded().call_time == NOW

    def test_a_missing_total_is_the_sum_of_the_four_token_buckets(self) -> None:
        tokens = dict(zip(BUCKETS, (1, 20, 300, 4_000), strict=True))
        assert recorded(usageMetrics={**tokens, "imageCount": 7}).total_usage == 4_321

    def test_a_total_that_is_given_stays_even_where_it_is_zero(self) -> None:
        assert recorded(totalUsage=0, usageMetrics={"inputTokens": 5}).total_usage == 0

    def test_no_credits_are_no_price_and_zero_credits_are_one(self) -> None:
        assert recorded().cost_source is CostSource.UNPRICED
        assert recorded(credits=0).cost_source is CostSource.REPORTED

    @pytest.mark.parametrize("field", [*AMOUNTS, "usageMetrics", "errorReason", "metadata", "userInfo", "appInfo"])
    def test_null_is_the_same_as_absent(self, field: str) -> None:
        assert recorded(id="a", **{field: None}) == recorded(id="a")

    @pytest.mark.parametrize("field", ["appDid", "requestId", "traceId", "credentialId"])
    def test_an_empty_optional_name_is_absent(self, field: str) -> None:
        assert recorded(id="a", **{field: ""}) == recorded(id="a")

    def test_a_bucket_that_is_null_is_zero(self) -> None:
        assert recorded(usageMetrics={"inputTokens": None, "outputTokens": 2}).total_usage == 2

    def test_an_unknown_field_is_ignored(self) -> None:
        assert recorded(id="a", colour="red") == recorded(id="a")


class TestRequired:
    @pytest.mark.parametrize("field", REQUIRED)
    def test_a_missing_required_field_is_named(self, field: str) -> None:
        assert [*refused({name: value for name, value in LEAST.items() if name != field})] == [field]

    @pytest.mark.parametrize("field", REQUIRED)
    def test_a_required_field_that_is_null_is_named(self, field: str) -> None:
        assert [*refused(**{field: None})] == [field]

    @pytest.mark.parametrize("value", [[], "call", 5, True, [LEAST]], ids=str)
    def test_what_is_no_object_is_refused(self, value: Any) -> None:
        assert [*refused(value)] == ["body"]

    def test_every_wrong_field_is_named_at_once(self) -> None:
        fields = refused(type="poem", status="fine", credits=-1, usageMetrics={"inputTokens": -1}, model="")
        assert {*fields} == {"type", "status", "credits", "usageMetrics.inputTokens", "model"}


class TestNames:
    @pytest.mark.parametrize("field", NAMES)
    def test_256_characters_are_taken_and_257_are_not(self, field: str) -> None:
        recorded(**{field: "x" * 256})
        assert [*refused(**{field: "x" * 257})] == [field]

    @pytest.mark.parametrize("field", NAMES)
    def test_characters_of_four_bytes_are_taken_as_far_as_an_index_key_holds_them(self, field: str) -> None:
        recorded(**{field: "🦜" * 250})
        assert "1000 bytes" in refused(**{field: "🦜" * 251})[field]

    def test_the_longest_id_still_fits_an_index_key(self) -> None:
        assert len(recorded(id="🦜" * 250).call_time_id.encode()) <= 1_024

    @pytest.mark.parametrize("field", NAMES)
    @pytest.mark.parametrize("value", [5, True, ["a"], {"a": 1}], ids=str)
    def test_only_text_is_a_name(self, field: str, value: Any) -> None:
        assert [*refused(**{field: value})] == [field]

    @pytest.mark.parametrize("field", NAMES)
    def test_half_a_pair_of_surrogates_is_refused(self, field: str) -> None:
        assert [*refused(**{field: "a\ud83d"})] == [field]

    @pytest.mark.parametrize("field", ["userDid", "providerId", "model"])
    def test_a_required_name_is_not_empty(self, field: str) -> None:
        assert [*refused(**{field: ""})] == [field]


class TestTypeAndStatus:
    @pytest.mark.parametrize("type_", CallType)
    def test_every_documented_type_is_taken(self, type_: CallType) -> None:
        assert recorded(type=type_.value).type is type_

    @pytest.mark.parametrize("status", CallStatus)
    def test_every_documented_status_is_taken(self, status: CallStatus) -> None:
        assert recorded(status=status.value).status is status

    @pytest.mark.parametrize("field", ["type", "status"])
    @pytest.mark.parametrize("value", ["", "poem", "Success", "CHATCOMPLETION", 1, None, True, ["success"]])
    def test_any_other_is_refused_with_those_that_are_known(self, field: str, value: Any) -> None:
        known: type[CallType | CallStatus] = CallType if field == "type" else CallStatus
        assert all(name in refused(**{field: value})[field] for name in known)

    @pytest.mark.parametrize("field", ["type", "status"])
    def test_half_a_pair_of_surrogates_is_refused(self, field: str) -> None:
        assert [*refused(**{field: "\ud800"})] == [field]


class TestCallTime:
    def test_a_clock_may_be_300_seconds_ahead_and_not_301(self) -> None:
        assert recorded(callTime=NOW + 300).call_time == NOW + 300
        assert [*refused(callTime=NOW + 301)] == ["callTime"]

    def test_a_call_may_come_until_a_week_before_it_would_expire(self) -> None:
        limit = NOW - RETENTION + 7 * DAY
        assert recorded(callTime=limit + 1).call_time == limit + 1
        assert [*refused(callTime=limit)] == ["callTime"]

    @pytest.mark.parametrize("value", [0, -1, NOW * 1_000, 10**3_000, NOW - RETENTION])
    def test_a_time_in_milliseconds_or_far_away_is_refused(self, value: int) -> None:
        assert [*refused(callTime=value)] == ["callTime"]

    @pytest.mark.parametrize("value", [True, "soon", "", Decimal("1795368000.5"), [NOW], "2026-11-22T18:00:00Z"])
    def test_what_is_no_whole_number_of_seconds_is_refused(self, value: Any) -> None:
        assert [*refused(callTime=value)] == ["callTime"]


class TestAmounts:
    @pytest.mark.parametrize("field", AMOUNTS)
    def test_ten_decimals_are_taken_to_the_last_and_eleven_are_not(self, field: str) -> None:
        assert getattr(recorded_json(f'{{"{field}": 1.0000000001}}'), to_snake(field)) == Decimal("1.0000000001")
        assert [*refused(**exact_json.loads(f'{{"{field}": 1.00000000001}}'))] == [field]

    @pytest.mark.parametrize("field", AMOUNTS)
    def test_zeros_behind_the_tenth_decimal_say_nothing(self, field: str) -> None:
        assert getattr(recorded_json(f'{{"{field}": 0.100000000000000}}'), to_snake(field)) == Decimal("0.1")

    @pytest.mark.parametrize("field", AMOUNTS)
    def test_a_digit_that_lies_far_behind_zeros_is_not_overlooked(self, field: str) -> None:
        assert [*refused(**exact_json.loads(f'{{"{field}": 0.1{"0" * 100}1}}'))] == [field]

    @pytest.mark.parametrize("field", AMOUNTS)
    @pytest.mark.parametrize("value", ["-1", "-0.0000000001", "true", '"much"', '"NaN"', '"Infinity"', "1e12", "[1]"])
    def test_what_is_negative_or_endless_or_no_number_is_refused(self, field: str, value: str) -> None:
        assert [*refused(**exact_json.loads(f'{{"{field}": {value}}}'))] == [field]

    @pytest.mark.parametrize("field", AMOUNTS)
    def test_a_number_may_be_written_with_an_exponent(self, field: str) -> None:
        assert getattr(recorded_json(f'{{"{field}": 1.25e-3}}'), to_snake(field)) == Decimal("0.00125")

    @pytest.mark.parametrize("exponent", ["1e1000", "1e-1000"])
    def test_an_exponent_beyond_measure_is_refused(self, exponent: str) -> None:
        assert [*refused(**exact_json.loads(f'{{"credits": {exponent}}}'))] == ["credits"]


class TestUsageMetrics:
    @pytest.mark.parametrize("bucket", BUCKETS)
    @pytest.mark.parametrize("value", [-1, True, Decimal("1.5"), "many", 10**15, [1]], ids=str)
    def test_a_bucket_is_a_whole_number_from_zero(self, bucket: str, value: Any) -> None:
        assert [*refused(usageMetrics={bucket: value})] == [f"usageMetrics.{bucket}"]

    @pytest.mark.parametrize("value", [5, "tokens", [1], True], ids=str)
    def test_metrics_are_an_object(self, value: Any) -> None:
        assert [*refused(usageMetrics=value)] == ["usageMetrics"]

    def test_further_metrics_are_kept_to_the_last_digit(self) -> None:
        call = recorded_json('{"usageMetrics": {"inputTokens": 1, "audioSeconds": 12.0000000001, "images": 3}}')
        assert call.other_usage == {"audioSeconds": Decimal("12.0000000001"), "images": 3}
        assert call.total_usage == 1

    @pytest.mark.parametrize("metric", ["images", "body", "query", "path"])
    def test_a_further_metric_that_is_wrong_is_named(self, metric: str) -> None:
        assert [*refused(usageMetrics={metric: -1})] == [f"usageMetrics.{metric}"]

    def test_a_further_metric_that_is_null_is_absent(self) -> None:
        assert recorded(usageMetrics={"images": None}).other_usage is None

    def test_32_further_metrics_are_taken_and_33_are_not(self) -> None:
        recorded(usageMetrics={f"m{n}": n for n in range(32)})
        assert [*refused(usageMetrics={f"m{n}": n for n in range(33)})] == ["usageMetrics"]

    @pytest.mark.parametrize("name", ["x" * 65, "\ud800"], ids=["of 65 characters", "of half a surrogate pair"])
    def test_the_name_of_a_further_metric_is_short_text(self, name: str) -> None:
        assert [field.partition(".")[0] for field in refused(usageMetrics={name: 1})] == ["usageMetrics"]


class TestErrorReason:
    def test_2000_characters_stay_as_they_are(self) -> None:
        assert recorded(errorReason="x" * 2_000).error_reason == "x" * 2_000

    @pytest.mark.parametrize("length", [2_001, 9_999, 100_000])
    def test_a_longer_one_is_cut_to_2000_and_says_so(self, length: int) -> None:
        reason = recorded(errorReason="x" * length).error_reason
        assert reason is not None
        assert len(reason) == 2_000
        assert reason.rstrip("]").endswith(f"[cut, {length} characters")
        assert reason.startswith("x" * 1_900)

    def test_half_a_pair_of_surrogates_does_not_cost_the_call(self) -> None:
        assert recorded_json('{"errorReason": "cut in the parrot \\ud83e"}').error_reason == "cut in the parrot ?"

    @pytest.mark.parametrize("value", [5, True, {"message": "no"}, ["no"]], ids=str)
    def test_it_is_text(self, value: Any) -> None:
        assert [*refused(errorReason=value)] == ["errorReason"]


class TestMetadata:
    @staticmethod
    def of_bytes(size: int) -> dict[str, str]:
        return {"a": "x" * (size - len('{"a":""}'))}

    def test_8192_bytes_of_json_are_taken_and_8193_are_not(self) -> None:
        recorded(metadata=self.of_bytes(8_192))
        assert [*refused(metadata=self.of_bytes(8_193))] == ["metadata"]

    def test_bytes_are_counted_not_characters(self) -> None:
        assert [*refused(metadata="🦜" * 2_050)] == ["metadata"]

    @pytest.mark.parametrize(
        "value",
        [{}, [], 0, False, "", "text", 0.5, {"a": [{"b": None}]}, {"n": Decimal("0.1234567890123456789")}],
        ids=str,
    )
    def test_any_json_comes_back_as_it_was(self, value: Any) -> None:
        assert exact_json.loads(recorded(metadata=value).metadata or "null") == value

    @pytest.mark.parametrize("value", ["\ud800", {"\ud800": 1}, {"a": 2**70}], ids=ascii)
    def test_what_could_not_come_back_is_refused(self, value: Any) -> None:
        assert [*refused(metadata=value)] == ["metadata"]

    def test_what_is_nested_beyond_measure_is_refused(self) -> None:
        assert [*refused(metadata=json.loads("[" * 900 + "]" * 900))] == ["metadata"]


class TestDetails:
    @pytest.mark.parametrize(
        ("field", "longest"),
        [
            ("userInfo.fullName", 256),
            ("userInfo.email", 256),
            ("userInfo.avatar", 2_048),
            ("appInfo.appName", 256),
            ("appInfo.appLogo", 2_048),
            ("appInfo.appUrl", 2_048),
        ],
    )
    def test_a_detail_has_a_longest_form(self, field: str, longest: int) -> None:
        outer, _, inner = field.partition(".")
        recorded(appDid="app", **{outer: {inner: "x" * longest}})
        assert [*refused(appDid="app", **{outer: {inner: "x" * (longest + 1)}})] == [field]

    @pytest.mark.parametrize("value", [5, None, True, "\ud800"], ids=ascii)
    def test_a_detail_is_text(self, value: Any) -> None:
        assert [*refused(userInfo={"fullName": value})] == ["userInfo.fullName"]
