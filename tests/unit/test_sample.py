"""The sample calls: what makes them look real, and what makes them usable in tests and measurements."""

import gzip
import re
import tracemalloc
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, pairwise
from operator import mul
from statistics import mean
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.core import exact_json
from tools.local.sample.calls import sample_calls, sample_users, write_sample

DAY = 86_400
NOW = int(datetime(2026, 11, 22, 17, 30, tzinfo=UTC).timestamp())
ZONES = {user.did: ZoneInfo(user.timezone) for user in sample_users()}
BUCKETS = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"]

type Call = dict[str, Any]


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    return list(sample_calls(12_000, now=NOW))


def of(calls: list[Call], **fields: str) -> list[Call]:
    return [call for call in calls if all(call[field] == value for field, value in fields.items())]


def local_time(call: Call) -> datetime:
    return datetime.fromtimestamp(call["callTime"], ZONES[call["userDid"]])


class TestRepeating:
    def test_the_same_seed_makes_the_same_calls(self) -> None:
        assert list(sample_calls(500, now=NOW, seed=3)) == list(sample_calls(500, now=NOW, seed=3))

    def test_another_seed_makes_others(self) -> None:
        ids = [{call["id"] for call in sample_calls(500, now=NOW, seed=seed)} for seed in (3, 4)]
        assert ids[0].isdisjoint(ids[1])

    def test_later_the_same_day_the_ids_are_the_same_so_that_writing_replaces(self) -> None:
        later = NOW + 6 * 3600 + 29
        assert [call["id"] for call in sample_calls(500, now=NOW)] == [
            call["id"] for call in sample_calls(500, now=later)
        ]

    def test_the_next_day_they_are_not(self) -> None:
        ids = [{call["id"] for call in sample_calls(500, now=now)} for now in (NOW, NOW + DAY)]
        assert ids[0].isdisjoint(ids[1])


class TestTime:
    @pytest.mark.parametrize("number", [0, 1, 999, 3000])
    def test_there_are_as_many_calls_as_asked_for(self, number: int) -> None:
        assert len(list(sample_calls(number, now=NOW))) == number

    def test_they_come_in_order_of_time(self, calls: list[Call]) -> None:
        assert all(one["callTime"] <= next_one["callTime"] for one, next_one in pairwise(calls))

    def test_they_are_of_the_days_before_now(self, calls: list[Call]) -> None:
        assert NOW - 90 * DAY <= calls[0]["callTime"] < NOW - 89 * DAY
        assert NOW - DAY < calls[-1]["callTime"] <= NOW

    def test_use_grows(self, calls: list[Call]) -> None:
        first, _, last = (
            sum(start <= (NOW - call["callTime"]) / DAY < start + 30 for call in calls) for start in (60, 30, 0)
        )
        assert 1.4 < last / first < 2.2

    def test_weekends_are_quiet(self, calls: list[Call]) -> None:
        days = Counter(local_time(call).weekday() for call in calls)
        assert max(days[5], days[6]) < 0.5 * min(days[day] for day in range(5))

    def test_somebody_uses_models_at_weekends_and_in_the_evening(self, calls: list[Call]) -> None:
        hobbyist = sample_users()[8]
        times = [local_time(call) for call in of(calls, userDid=hobbyist.did)]
        assert mean(time.weekday() >= 5 for time in times) > 0.35
        assert mean(time.hour >= 19 for time in times) > 0.5

    def test_office_hours_are_those_of_the_user_before_and_after_the_clocks_change(self, calls: list[Call]) -> None:
        summer_time_ends = datetime(2026, 10, 25, tzinfo=UTC).timestamp()
        at_work = of(calls, userDid=sample_users()[0].did, model="claude-sonnet-5-5")
        before = {local_time(call).hour for call in at_work if call["callTime"] < summer_time_ends}
        after = {local_time(call).hour for call in at_work if call["callTime"] > summer_time_ends}
        assert min(before) == min(after) == 7
        assert max(before) == max(after) == 22

    def test_embeddings_are_made_in_bursts_at_night(self, calls: list[Call]) -> None:
        times = [local_time(call) for call in calls if call["metadata"] == {"feature": "ingest"}]
        assert {time.hour for time in times} == {1, 2, 3}
        assert all(time.minute < 15 for time in times if time.second)

    def test_a_call_made_a_moment_ago_is_still_running(self, calls: list[Call]) -> None:
        running = of(calls, status="processing")
        assert 1 <= len(running) <= 3
        assert all(call["callTime"] > NOW - 120 and call["credits"] == 0 for call in running)
        assert not any("duration" in call for call in running)


class TestPeopleAndApps:
    @pytest.mark.parametrize("users", [24, 200])
    def test_the_first_user_is_the_heaviest_with_a_sixth_of_the_calls(self, users: int) -> None:
        made = Counter(call["userDid"] for call in sample_calls(12_000, now=NOW, users=users))
        ((heaviest, most),) = made.most_common(1)
        assert heaviest == sample_users(users)[0].did
        assert 0.155 < most / 12_000 < 0.185

    def test_fewer_users_are_the_first_of_more(self) -> None:
        assert sample_users(200)[:24] == sample_users(24)

    def test_everybody_is_somebody_else(self) -> None:
        users = sample_users(200)
        for field in ("did", "email", "full_name"):
            assert len({getattr(user, field) for user in users}) == 200

    def test_names_are_of_many_scripts_and_addresses_are_not(self) -> None:
        users = sample_users(24)
        assert {"Käthe Schäfer", "王静", "佐藤美咲", "김지우", "ليلى حسن"} <= {user.full_name for user in users}
        assert all(re.fullmatch(r"[a-z]+\.[a-z]+@example\.(com|org)", user.email) for user in users)

    def test_dids_look_like_dids(self, calls: list[Call]) -> None:
        assert all(re.fullmatch(r"z1[1-9A-HJ-NP-Za-km-z]{33}", call["userDid"]) for call in calls)
        assert all(re.fullmatch(r"zNK[1-9A-HJ-NP-Za-km-z]{33}", call["appDid"]) for call in calls)

    def test_each_user_uses_one_to_three_apps(self, calls: list[Call]) -> None:
        pairs = {(call["userDid"], call["appDid"]) for call in calls if call["status"] != "processing"}
        assert set(Counter(user for user, _ in pairs).values()) == {1, 2, 3}

    @pytest.mark.parametrize(
        ("details", "key", "did"), [("userInfo", "did", "userDid"), ("appInfo", "appDid", "appDid")]
    )
    def test_details_come_with_the_first_call_and_no_other(
        self, calls: list[Call], details: str, key: str, did: str
    ) -> None:
        first = {call[did]: call for call in reversed(calls)}
        assert [call for call in calls if details in call] == sorted(first.values(), key=calls.index)
        assert all(call[details][key] == call[did] for call in first.values())


class TestCalls:
    def test_every_type_is_there(self, calls: list[Call]) -> None:
        types = {"chatCompletion", "embedding", "imageGeneration", "audioGeneration", "video", "custom"}
        assert {call["type"] for call in calls} == types

    def test_ids_are_uuids_of_version_7_in_order(self, calls: list[Call]) -> None:
        ids = [call["id"] for call in calls]
        assert all(
            re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id_) for id_ in ids
        )
        assert ids == sorted(set(ids))

    def test_cost_is_what_the_tokens_cost(self, calls: list[Call]) -> None:
        dollars = (Decimal(2), Decimal(12), Decimal("0.2"), Decimal("2.5"))  # for a million of each bucket
        paid = of(calls, model="gpt-5.6-terra", status="success")
        assert any(call["usageMetrics"]["cacheReadInputTokens"] for call in paid)
        for call in paid:
            assert list(call["usageMetrics"]) == BUCKETS
            assert call["credits"] == sum(map(mul, dollars, call["usageMetrics"].values())) / 1_000_000

    def test_what_is_not_counted_in_tokens_costs_by_the_unit(self, calls: list[Call]) -> None:
        clips = of(calls, type="video", status="success")
        assert {call["totalUsage"] for call in clips} == {4, 6, 8}
        assert all(call["credits"] == call["totalUsage"] * Decimal("0.15") for call in clips)

    def test_credits_are_decimals_of_at_most_ten_places(self, calls: list[Call]) -> None:
        for call in calls:
            assert isinstance(call["credits"], Decimal)
            assert call["credits"] == round(call["credits"], 10) >= 0
        assert all(call["credits"] > 0 for call in of(calls, status="success"))

    def test_they_go_through_json_exactly(self, calls: list[Call]) -> None:
        sent = exact_json.loads(exact_json.dumps(calls))
        assert [call["credits"] for call in sent] == [call["credits"] for call in calls]

    def test_cached_tokens_are_beside_the_others_and_only_in_chats(self, calls: list[Call]) -> None:
        cached = [call for call in calls if call["usageMetrics"]["cacheReadInputTokens"]]
        assert {call["type"] for call in cached} == {"chatCompletion"}
        assert any(
            call["usageMetrics"]["cacheReadInputTokens"] > call["usageMetrics"]["inputTokens"] for call in cached
        )
        assert all(call["usageMetrics"]["inputTokens"] > 0 for call in cached)

    def test_what_goes_into_the_cache_is_not_counted_as_input_too(self, calls: list[Call]) -> None:
        usages = [call["usageMetrics"] for call in of(calls, model="claude-opus-5-5", status="success")]
        stored = [usage for usage in usages if usage["cacheCreationInputTokens"]]
        assert stored
        assert all(usage["inputTokens"] < usage["cacheCreationInputTokens"] for usage in stored)

    def test_longer_answers_take_longer(self, calls: list[Call]) -> None:
        answers = of(calls, model="claude-sonnet-5-5", status="success")
        answers.sort(key=lambda call: call["usageMetrics"]["outputTokens"])
        half = len(answers) // 2
        assert mean(call["duration"] for call in answers[half:]) > 2 * mean(call["duration"] for call in answers[:half])

    def test_the_first_token_comes_before_the_last_and_from_the_provider_before_the_gateway(
        self, calls: list[Call]
    ) -> None:
        streamed = [call for call in calls if "ttfb" in call]
        assert {call["type"] for call in streamed} == {"chatCompletion", "audioGeneration"}
        assert all(0 < call["providerTtfb"] < call["ttfb"] < call["duration"] * 1000 + 100 for call in streamed)

    def test_a_few_calls_fail_in_several_ways_and_cost_nothing(self, calls: list[Call]) -> None:
        failed = of(calls, status="failed")
        assert 0.022 < len(failed) / len(calls) < 0.038
        assert all(call["credits"] == 0 and not any(call["usageMetrics"].values()) for call in failed)
        kinds = {call["errorReason"].partition(" ")[0] for call in failed}
        assert {"429", "529", "400", "401", "Request", "Content", "ECONNRESET:"} == kinds
        assert any("\n" in call["errorReason"] for call in failed)
        assert not any("errorReason" in call for call in calls if call["status"] != "failed")


def test_a_million_calls_need_no_more_memory_than_a_few() -> None:
    tracemalloc.start()
    for _ in islice(sample_calls(1_000_000, now=NOW, users=24), 5_000):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


class Api(ThreadingHTTPServer):
    """Takes calls as the real API does; its first answers are those it is given."""

    def __init__(self, *first_answers: tuple[int, dict[str, str], bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.first_answers = list(first_answers)
        self.calls: list[Call] = []
        self.sizes: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Receiver(BaseHTTPRequestHandler):
    server: Api  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert (self.path, self.headers["Authorization"]) == ("/api/model-calls", "Bearer a-token")
        assert self.headers["Content-Encoding"] == "gzip"
        if self.server.first_answers:
            return self.answer(*self.server.first_answers.pop(0))
        batch = exact_json.loads(gzip.decompress(body))["calls"]
        self.server.calls += batch
        self.server.sizes.append(len(batch))
        return self.answer(200, {}, exact_json.dumps({"recorded": len(batch), "rejected": []}))

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""


@contextmanager
def serving(*first_answers: tuple[int, dict[str, str], bytes]) -> Generator[Api]:
    with Api(*first_answers) as api:
        Thread(target=api.serve_forever, args=(0.01,), daemon=True).start()
        yield api
        api.shutdown()


class TestWriting:
    def test_every_call_is_written_once_in_batches(self, capsys: pytest.CaptureFixture[str]) -> None:
        with serving() as api:
            write_sample(api.url, "a-token", calls=1100)
        assert len({call["id"] for call in api.calls}) == len(api.calls) == 1100
        assert sorted(api.sizes) == [100, 250, 250, 250, 250]
        assert capsys.readouterr().out.endswith("\r1,100 of 1,100 sample calls\n")

    def test_it_can_be_silent(self, capsys: pytest.CaptureFixture[str]) -> None:
        with serving() as api:
            write_sample(api.url, "a-token", calls=10, progress=False)
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize("status", [429, 503])
    def test_it_comes_back_when_it_is_told_to(self, status: int) -> None:
        with serving((status, {"Retry-After": "0"}, b"{}")) as api:
            write_sample(api.url, "a-token", calls=600, progress=False)
        assert len(api.calls) == 600

    @pytest.mark.parametrize("status", [207, 400])
    def test_a_refused_call_is_an_error_that_names_it(self, status: int) -> None:
        refusal = b'{"recorded": 9, "rejected": [{"index": 3, "id": "call-3", "error": "type: unknown"}]}'
        with serving((status, {}, refusal)) as api, pytest.raises(RuntimeError, match=r"call-3.*type: unknown"):
            write_sample(api.url, "a-token", calls=10, progress=False)
