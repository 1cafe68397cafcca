"""The statistics endpoints, against a reader who adds up the calls by hand."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.integration.harness import Api, call, token
from tests.integration.support import DAY, Call, count, record, refusal, total
from tests.moment import NOW

GATEWAY = token("gateway", "recorder")
ADMIN = token("root", "admin")
OWN, ALL = "/api/user/usage-stats", "/api/user/admin/user-stats"
BUCKETS = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"]
TOTALS = {"totalUsage", "totalCredits", "totalCalls", "successCalls"}


def some_calls(number: int) -> list[Call]:
    chance = random.Random(7)
    calls: list[Call] = []
    for n in range(number):
        metrics = {bucket: chance.randrange(1_000) for bucket in BUCKETS}
        credit = chance.choice([None, 0, Decimal(chance.randrange(10**12)) / 10**10])
        calls.append(
            {
                "id": f"call-{n}",
                "userDid": chance.choice(["alice", "bob", "carol"]),
                "providerId": chance.choice(["openai", "azure"]),
                "model": chance.choice(["small", "large", "vector", "picture"]),  # without a known price
                "type": chance.choice(["chatCompletion", "embedding", "imageGeneration"]),
                "status": chance.choice(["success", "success", "failed", "processing"]),
                "callTime": NOW - chance.randrange(6 * DAY),
                "credits": credit,
                "usageMetrics": metrics,
                "totalUsage": chance.choice([sum(metrics.values()), 3, Decimal("2.5")]),
                "duration": chance.choice([None, 0, Decimal("1.5")]),
                "ttfb": chance.choice([None, 100]),
                "appDid": chance.choice([None, "desk", "bot"]),
            }
        )
    return calls


CALLS = some_calls(40)


@pytest.fixture(scope="module")
def stats(shared_api: Api) -> Api:
    """An API with CALLS in it, which no test adds to."""
    assert record(shared_api, GATEWAY, CALLS).body["recorded"] == len(CALLS)
    count(shared_api)
    return shared_api


def of(did: str) -> Callable[[Call], bool]:
    return lambda call: call["userDid"] == did


def totals(calls: Sequence[Call]) -> dict[str, Any]:
    return {
        "totalUsage": total(calls, "totalUsage"),
        "totalCredits": total(calls, "credits"),
        "totalCalls": len(calls),
        "successCalls": sum(call["status"] == "success" for call in calls),
    }


def unpriced(call: Call) -> bool:
    """Of calls whose model has no known price."""
    used = call["status"] == "success" or (call["status"] == "failed" and (call["totalUsage"] or call["usageMetrics"]))
    return bool(used) and call["credits"] is None


def by_type(calls: Sequence[Call]) -> dict[str, Any]:
    return {type_: totals([c for c in calls if c["type"] == type_]) for type_ in {call["type"] for call in calls}}


def growth(now: Any, before: Any) -> Decimal:
    if not before:
        return Decimal(1 if now else 0)
    return (Decimal(now - before) / Decimal(before)).quantize(Decimal("0.000001"))


def mean(calls: Sequence[Call], field: str) -> Decimal | None:
    having = [Decimal(call[field]) for call in calls if call[field] is not None]
    return (sum(having, Decimal(0)) / len(having)).quantize(Decimal("0.001")) if having else None


def naive(everything: Sequence[Call], start: int, end: int, zone: tzinfo) -> dict[str, Any]:
    """What the body should be, from the calls as they were sent."""
    calls = [call for call in everything if start <= call["callTime"] <= end]
    length = end + 1 - start
    previous = [call for call in everything if start - length <= call["callTime"] < start]
    first, last = (datetime.fromtimestamp(second, zone).date() for second in (start, end))
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    days: list[dict[str, Any]] = []
    for date in dates:
        of_day = [call for call in calls if datetime.fromtimestamp(call["callTime"], zone).date() == date]
        days.append(
            {
                **totals(of_day),
                "date": date.isoformat(),
                "credits": total(of_day, "credits"),
                "tokens": total([c for c in of_day if c["type"] in ("chatCompletion", "embedding")], "totalUsage"),
                "requests": len(of_day),
                "byType": by_type(of_day),
            }
        )
    models = Counter((call["providerId"], call["model"]) for call in calls)
    now, before = totals(calls), totals(previous)
    return {
        "summary": {
            **totals(calls),
            "failedCalls": sum(call["status"] == "failed" for call in calls),
            "unpricedCalls": sum(unpriced(call) for call in calls),
            "modelCount": len(models),
            **{bucket: sum(call["usageMetrics"][bucket] for call in calls) for bucket in BUCKETS},
            "avgDuration": mean(calls, "duration"),
            "avgTtfb": mean(calls, "ttfb"),
            "byType": by_type(calls),
        },
        "dailyStats": days,
        "trendComparison": {
            "current": now,
            "previous": before,
            "growth": {
                "usageGrowth": growth(now["totalUsage"], before["totalUsage"]),
                "creditsGrowth": growth(now["totalCredits"], before["totalCredits"]),
                "callsGrowth": growth(now["totalCalls"], before["totalCalls"]),
            },
        },
        "models": models,
    }


def check(body: dict[str, Any], expected: dict[str, Any]) -> None:
    """Every figure of a body, and that the days add up to the range."""
    models: Counter[tuple[str, str]] = expected["models"]
    shown = [(model["providerId"], model["model"], model["totalCalls"]) for model in body["modelStats"]]
    assert [calls for *_, calls in shown] == sorted(models.values(), reverse=True)[:5]
    assert all(models[provider, model] == calls for provider, model, calls in shown)
    assert body["summary"] == expected["summary"]
    assert body["trendComparison"] == expected["trendComparison"]
    days = [{name: value for name, value in day.items() if name != "timestamp"} for day in body["dailyStats"]]
    assert days == expected["dailyStats"]
    for figure in TOTALS:
        assert sum(day[figure] for day in body["dailyStats"]) == body["summary"][figure]


class TestExactness:
    @pytest.mark.parametrize(
        ("asked", "zone"),
        [
            ({}, UTC),
            ({"timezone": "Asia/Kathmandu"}, ZoneInfo("Asia/Kathmandu")),
            ({"timezone": "America/Los_Angeles"}, ZoneInfo("America/Los_Angeles")),
            ({"timezoneOffset": "-330"}, timezone(timedelta(minutes=330))),
            ({"timezoneOffset": "480"}, timezone(timedelta(minutes=-480))),
            ({"timezone": "Asia/Tokyo", "timezoneOffset": "480"}, ZoneInfo("Asia/Tokyo")),
        ],
        ids=str,
    )
    def test_every_figure_of_any_range_is_that_of_its_calls(
        self, stats: Api, asked: dict[str, str], zone: tzinfo
    ) -> None:
        chance = random.Random(str(asked))
        for _ in range(2):
            start = NOW - chance.randrange(5 * DAY)
            end = start + chance.randrange(3 * DAY)
            everybodys = stats.get(ALL, ADMIN, startTime=start, endTime=end, **asked)
            check(everybodys.body, naive(CALLS, start, end, zone))
            own = stats.get(OWN, token("alice"), startTime=start, endTime=end, **asked)
            check(own.body, naive([*filter(of("alice"), CALLS)], start, end, zone))

    def test_both_ends_of_a_range_are_in_it(self, stats: Api) -> None:
        second = CALLS[0]["callTime"]
        for start, end, number in ((second, second, 1), (second - 1, second - 1, 0), (second + 1, second + 1, 0)):
            body = stats.get(OWN, token(CALLS[0]["userDid"]), startTime=start, endTime=end).body
            same = [c for c in CALLS if start <= c["callTime"] <= end and c["userDid"] == CALLS[0]["userDid"]]
            assert body["summary"]["totalCalls"] == len(same) == number

    @pytest.mark.parametrize(
        "query", [{"userDid": "bob"}, {"appDid": "desk"}, {"userDid": "bob", "appDid": "desk"}], ids=str
    )
    def test_an_administrator_can_look_at_one_user_or_app(self, stats: Api, query: dict[str, str]) -> None:
        start, end = NOW - 2 * DAY, NOW
        body = stats.get(ALL, ADMIN, startTime=start, endTime=end, **query).body
        of_them = [call for call in CALLS if all(call[name] == value for name, value in query.items())]
        check(body, naive(of_them, start, end, UTC))
        assert not {"topUsers", "topApps"} & set(body)

    def test_boards_have_the_dearest_users_and_apps_first(self, stats: Api) -> None:
        start, end = NOW - 5 * DAY, NOW
        body = stats.get(ALL, ADMIN, startTime=start, endTime=end).body
        calls = [call for call in CALLS if start <= call["callTime"] <= end]
        for board, field in (("topUsers", "userDid"), ("topApps", "appDid")):
            dids = sorted(
                {call[field] for call in calls if call[field]},
                key=lambda did: total([c for c in calls if c[field] == did], "credits"),
                reverse=True,
            )
            assert [row[field] for row in body[board]] == dids
            for row in body[board]:
                same = [call for call in calls if call[field] == row[field]]
                assert {name: row[name] for name in TOTALS} == totals(same)


class TestShape:
    def test_a_users_body_has_all_that_is_documented(self, stats: Api) -> None:
        body = stats.get(OWN, token("alice"), startTime=NOW - DAY, endTime=NOW).body
        assert {"summary", "dailyStats", "modelStats", "trendComparison"} <= set(body)
        assert not {"topUsers", "topApps"} & set(body)
        assert {
            "byType",
            "modelCount",
            "failedCalls",
            "unpricedCalls",
            "avgDuration",
            "avgTtfb",
            *BUCKETS,
            *TOTALS,
        } == set(body["summary"])
        for day in body["dailyStats"]:
            assert set(day) == {"date", "timestamp", "credits", "tokens", "requests", "byType", *TOTALS}
            assert all(set(type_) == TOTALS for type_ in day["byType"].values())
        for model in body["modelStats"]:
            assert set(model) == {"providerId", "model", "provider", *TOTALS}
            assert set(model["provider"]) == {"id", "name", "displayName"}
        assert {name: set(part) for name, part in body["trendComparison"].items()} == {
            "current": TOTALS,
            "previous": TOTALS,
            "growth": {"usageGrowth", "creditsGrowth", "callsGrowth"},
        }

    def test_an_administrators_body_has_boards_too(self, stats: Api) -> None:
        body = stats.get(ALL, ADMIN, startTime=NOW - 5 * DAY, endTime=NOW).body
        assert body["topUsers"][0]["userInfo"]["fullName"] == "Unknown User"
        assert set(body["topApps"][0]["appInfo"]) == {"appDid", "appName", "appLogo", "appUrl"}

    def test_without_calls_every_day_is_there_with_zeros(self, stats: Api) -> None:
        midnight = NOW // DAY * DAY
        body = stats.get(OWN, token("nobody"), startTime=midnight - 6 * DAY, endTime=midnight + DAY - 1).body
        assert len(body["dailyStats"]) == 7
        assert [day["timestamp"] for day in body["dailyStats"]] == [midnight + n * DAY for n in range(-6, 1)]
        assert body["modelStats"] == []
        assert body["summary"]["totalCredits"] == 0
        assert body["trendComparison"]["growth"] == {"usageGrowth": 0, "creditsGrowth": 0, "callsGrowth": 0}


class TestWhoSeesWhat:
    def test_a_user_cannot_ask_for_somebody_elses(self, stats: Api) -> None:
        asked = {"startTime": NOW - DAY, "endTime": NOW}
        plain = stats.get(OWN, token("alice"), **asked).body
        for more in ({"userDid": "bob"}, {"appDid": "desk"}, {"allUsers": "true"}):
            answer = stats.get(OWN, token("alice"), **asked, **more)
            assert {**answer.body, "asOf": 0} == {**plain, "asOf": 0}


class TestBadParameters:
    @pytest.mark.parametrize("path", [OWN, ALL])
    @pytest.mark.parametrize(
        ("query", "fields"),
        [
            ({}, ["startTime", "endTime"]),
            ({"startTime": NOW}, ["endTime"]),
            ({"startTime": "", "endTime": NOW}, ["startTime"]),
            ({"startTime": "x", "endTime": "1.5"}, ["startTime", "endTime"]),
            ({"startTime": -5, "endTime": NOW}, ["startTime"]),
            ({"startTime": NOW, "endTime": NOW - 1}, ["endTime"]),
            ({"startTime": NOW * 1_000, "endTime": NOW * 1_000}, ["startTime", "endTime"]),
            ({"startTime": 0, "endTime": 3_660 * DAY}, ["endTime"]),
            ({"startTime": NOW, "endTime": NOW, "timezone": "Mars/Olympus"}, ["timezone"]),
            ({"startTime": NOW, "endTime": NOW, "timezone": "../../etc/passwd"}, ["timezone"]),
            ({"startTime": NOW, "endTime": NOW, "timezoneOffset": "841"}, ["timezoneOffset"]),
            ({"startTime": NOW, "endTime": NOW, "timezoneOffset": "-855"}, ["timezoneOffset"]),
            ({"startTime": NOW, "endTime": NOW, "timezoneOffset": "7"}, ["timezoneOffset"]),
            ({"startTime": NOW, "endTime": NOW, "timezoneOffset": "east"}, ["timezoneOffset"]),
        ],
        ids=str,
    )
    def test_a_bad_or_missing_value_is_named(
        self, stats: Api, path: str, query: dict[str, Any], fields: list[str]
    ) -> None:
        refusal(stats.get(path, ADMIN, **query), 400, "invalid_request", *fields)


def test_an_unknown_price_is_not_a_price_of_zero(api: Api) -> None:
    record(api, GATEWAY, [call(id="free", credits=0), call(id="unpriced", credits=None, model="own")])
    count(api)
    body = api.get(OWN, token("alice"), startTime=NOW - DAY, endTime=NOW + DAY).body
    assert (body["summary"]["totalCalls"], body["summary"]["unpricedCalls"]) == (2, 1)


def test_credits_add_up_to_the_last_digit(api: Api) -> None:
    record(api, GATEWAY, [call(credits=Decimal("99999999999.0000000001")) for _ in range(9)])
    count(api)
    body = api.get(OWN, token("alice"), startTime=NOW - DAY, endTime=NOW + DAY).body
    assert body["summary"]["totalCredits"] == Decimal("899999999991.0000000009")


@pytest.mark.parametrize("day", ["yesterday", "0714-11-28", "1969-12-31", "2100-01-01", ""])
def test_a_day_that_no_call_can_have_is_not_compared(stats: Api, day: str) -> None:
    refusal(stats.get("/api/admin/reconcile", ADMIN, day=day), 400, "invalid_request", "day")
