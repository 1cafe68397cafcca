"""GET /api/user/model-calls: the calls that match the filters, newest first, each exactly once."""

import base64
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.integration.harness import Api, token
from tests.integration.support import DAY, Call, count, record, refusal
from tests.moment import NOW

GATEWAY = token("gateway", "recorder")
ADMIN = token("root", "admin")
PATH = "/api/user/model-calls"
USERS = ["alice", "bob", "carol"]
MODELS = [("openai", "gpt-5"), ("azure", "gpt-5"), ("anthropic", "claude-opus-4-5"), ("acme", "a,b & ü/ç?")]
TYPES = ["chatCompletion", "embedding", "imageGeneration"]
METADATA: list[dict[str, Any]] = [
    {"team": "red", "customer": {"name": "A,B: C"}},
    {"team": ["red", "blue"], "session.id": 7},
    {"team": "Red"},
]
STATUSES = ["success", "success", "failed", "processing"]


def some_calls(number: int) -> list[Call]:
    """Calls of the last ten days, several in one second."""
    chance = random.Random(5)
    calls: list[Call] = []
    for n in range(number):
        provider, model = chance.choice(MODELS)
        calls.append(
            {
                "id": f"{chance.getrandbits(32):08x}-{n}",
                "userDid": chance.choice(USERS),
                "providerId": provider,
                "model": model,
                "type": chance.choice(TYPES),
                "status": chance.choice(STATUSES),
                "callTime": NOW - chance.choice([60, 61, 62, 3_600, 2 * DAY, 9 * DAY]) - chance.randrange(3),
                "appDid": chance.choice([None, "desk", "Desk-2"]),
                "traceId": chance.choice([None, "TRACE-7", "trace-8"]),
                "duration": chance.choice([None, Decimal("0.5"), 3, 30]),
                "credits": chance.choice([None, 0, Decimal("0.05"), Decimal("1.5")]),
                "credentialId": chance.choice([None, "key-1", "key-2"]),
                "responseModel": chance.choice([None, "gpt-5-2026-08-07"]),
                "metadata": chance.choice([None, *METADATA]),
            }
        )
    return calls


CALLS = some_calls(55)
type Filter = Callable[[Call], bool]


def since(seconds: int) -> Filter:
    return lambda call: call["callTime"] >= NOW - seconds


def until(seconds: int) -> Filter:
    return lambda call: call["callTime"] <= NOW - seconds


def has(field: str, value: str) -> Filter:
    return lambda call: call[field] == value


def contains(text: str, *fields: str) -> Filter:
    return lambda call: any(text.lower() in (call[field] or "").lower() for field in fields)


def everything(_: Call) -> bool:
    return True


def nothing(_: Call) -> bool:
    return False


def slow(call: Call) -> bool:
    return (call["duration"] or 0) >= 3


def red(call: Call) -> bool:
    return call["metadata"] in METADATA[:2]


NAMED = ("model", "appDid", "userDid", "traceId", "id")
FILTERS: list[tuple[dict[str, Any], Filter]] = [
    ({}, everything),
    ({"status": "all"}, everything),
    ({"status": "success"}, has("status", "success")),
    ({"status": "failed"}, has("status", "failed")),
    ({"status": "processing"}, has("status", "processing")),
    ({"model": "gpt-5"}, has("model", "gpt-5")),
    ({"model": "gpt"}, nothing),
    ({"model": "a,b & ü/ç?"}, has("model", "a,b & ü/ç?")),
    ({"providerId": "azure"}, has("providerId", "azure")),
    ({"type": "embedding"}, has("type", "embedding")),
    ({"type": "video"}, nothing),
    ({"appDid": "desk"}, has("appDid", "desk")),
    ({"startTime": NOW - 61}, since(61)),
    ({"endTime": NOW - 61}, until(61)),
    ({"startTime": NOW - 62, "endTime": NOW - 62}, lambda call: call["callTime"] == NOW - 62),
    ({"startTime": 0, "endTime": 5}, nothing),
    ({"minDurationSeconds": 3}, slow),
    ({"minDurationSeconds": "0.5"}, lambda call: (call["duration"] or 0) >= Decimal("0.5")),
    ({"minDurationSeconds": 0}, everything),
    ({"minCredits": "0.05"}, lambda call: (call["credits"] or 0) >= Decimal("0.05")),
    ({"maxCredits": "0.05"}, lambda call: (call["credits"] or 0) <= Decimal("0.05")),
    ({"maxCredits": 0}, lambda call: not call["credits"]),
    ({"credential": "key-1"}, has("credentialId", "key-1")),
    ({"costSource": "reported"}, lambda call: call["credits"] is not None),
    ({"responseModel": "gpt-5-2026-08-07"}, has("responseModel", "gpt-5-2026-08-07")),
    ({"metadata": "team:red"}, red),
    ({"metadata": r"customer.name:A\,B: C"}, lambda call: call["metadata"] == METADATA[0]),
    ({"metadata": r"team:red,session\.id:7"}, lambda call: call["metadata"] == METADATA[1]),
    ({"metadata": "team:green"}, nothing),
    ({"search": "GPT"}, contains("gpt", *NAMED)),
    ({"search": "trace-7"}, contains("trace-7", *NAMED)),
    ({"search": "desk"}, contains("desk", *NAMED)),
    ({"search": "b & Ü/Ç"}, contains("b & ü/ç", *NAMED)),
    ({"search": CALLS[3]["id"][2:]}, contains(CALLS[3]["id"][2:], *NAMED)),
    ({"search": "alice", "searchFields": "model,traceId"}, nothing),
    ({"search": "trace", "searchFields": " traceId , id"}, contains("trace", "traceId", "id")),
    ({"search": "", "status": "", "model": "", "startTime": "", "page": "", "allUsers": ""}, everything),
    ({"colour": "red", "limit": "3"}, everything),
]


def naive(calls: list[Call], *filters: Filter) -> list[str]:
    """The expected ids, newest first. Calls of the same second are ordered by id."""
    left = [call for call in calls if all(keeps(call) for keeps in filters)]
    return [call["id"] for call in sorted(left, key=lambda call: (call["callTime"], call["id"]), reverse=True)]


def of(did: str) -> Filter:
    return has("userDid", did)


@pytest.fixture(scope="module")
def log(shared_api: Api) -> Api:
    """An API in which CALLS are recorded and counted. No test adds to them."""
    assert record(shared_api, GATEWAY, CALLS).body["recorded"] == len(CALLS)
    count(shared_api)
    return shared_api


def walk(api: Api, asker: str, **query: Any) -> list[str]:
    """The ids on all pages, by nextToken."""
    answer = api.get(PATH, asker, **query)
    found = ids(answer.body)
    while answer.body["nextToken"]:
        answer = api.get(PATH, asker, **query, nextToken=answer.body["nextToken"])
        assert answer.status == 200
        found += ids(answer.body)
    return found


def ids(body: Mapping[str, Any]) -> list[str]:
    return [row["id"] for row in body["list"]]


class TestFilters:
    @pytest.mark.parametrize(("query", "keeps"), FILTERS, ids=[str(query) for query, _ in FILTERS])
    @pytest.mark.parametrize("everybody", [False, True], ids=["own", "everybody's"])
    def test_a_filter_leaves_the_calls_that_a_reader_would(
        self, log: Api, query: dict[str, Any], keeps: Filter, everybody: bool
    ) -> None:
        whose, asker = (everything, ADMIN) if everybody else (of("alice"), token("alice"))
        scope: dict[str, Any] = {"allUsers": "true"} if everybody else {}
        body = log.get(PATH, asker, **{**query, **scope, "pageSize": 100}).body
        expected = naive(CALLS, keeps, whose)
        assert ids(body) == expected
        assert body["count"] == len(expected)

    def test_filters_combine_freely(self, log: Api) -> None:
        chance = random.Random(11)
        seen = 0
        for _ in range(30):
            chosen = chance.sample(FILTERS, 3)
            query: dict[str, Any] = {}
            for filter_, _ in chosen:
                query |= filter_
            if sum(len(filter_) for filter_, _ in chosen) != len(query):
                continue  # one says the other's parameter otherwise
            body = log.get(PATH, ADMIN, **query, allUsers="true", pageSize=100).body
            expected = naive(CALLS, *(keeps for _, keeps in chosen))
            assert (ids(body), body["count"]) == (expected, len(expected)), query
            seen += bool(expected)
        assert seen > 3


class TestPages:
    @pytest.mark.parametrize(
        ("size", "query"),
        [
            (7, {}),
            (50, {}),
            (100, {}),
            (2, {"status": "failed"}),
            (7, {"search": "GPT"}),
            (100, {"search": "GPT"}),
            (3, {"appDid": "desk"}),
        ],
        ids=str,
    )
    def test_walking_by_token_gives_every_row_exactly_once(self, log: Api, size: int, query: dict[str, str]) -> None:
        (keeps,) = (keeps for filter_, keeps in FILTERS if filter_ == query)
        assert walk(log, ADMIN, allUsers="true", pageSize=size, **query) == naive(CALLS, keeps)

    def test_walking_by_page_gives_every_row_exactly_once(self, log: Api) -> None:
        pages = [log.get(PATH, ADMIN, allUsers="true", pageSize=30, page=page).body for page in range(1, 5)]
        assert [row for page in pages for row in ids(page)] == naive(CALLS)
        assert [len(page["list"]) for page in pages] == [30, 25, 0, 0]
        assert all(page["count"] == 55 for page in pages)
        assert [page["paging"] for page in pages[:2]] == [{"page": 1, "pageSize": 30}, {"page": 2, "pageSize": 30}]
        assert [page["nextToken"] is None for page in pages] == [False] + [True] * 3

    def test_a_page_has_50_rows_unless_another_size_is_asked_for(self, log: Api) -> None:
        body = log.get(PATH, ADMIN, allUsers="true").body
        assert (len(body["list"]), body["paging"]) == (50, {"page": 1, "pageSize": 50})

    def test_the_last_full_page_promises_no_other(self, log: Api) -> None:
        assert log.get(PATH, ADMIN, allUsers="true", pageSize=11, page=5).body["nextToken"] is None

    def test_a_page_reached_by_token_says_which_rows_are_after_it_too(self, log: Api) -> None:
        first = log.get(PATH, ADMIN, allUsers="true", pageSize=30).body
        second = log.get(PATH, ADMIN, allUsers="true", pageSize=20, nextToken=first["nextToken"]).body
        assert ids(second) == naive(CALLS)[30:50]
        assert second["count"] == 55


class TestTokens:
    @pytest.fixture
    def next_token(self, log: Api) -> str:
        return log.get(PATH, token("alice"), pageSize=2, status="success").body["nextToken"]

    def test_a_token_of_another_user_is_refused(self, log: Api, next_token: str) -> None:
        answer = log.get(PATH, token("bob"), pageSize=2, status="success", nextToken=next_token)
        refusal(answer, 400, "invalid_request", "nextToken")

    @pytest.mark.parametrize(
        "query",
        [{}, {"status": "failed"}, {"status": "success", "model": "gpt-5"}, {"status": "success", "endTime": NOW}],
    )
    def test_a_token_of_another_list_is_refused(self, log: Api, next_token: str, query: dict[str, Any]) -> None:
        refusal(log.get(PATH, token("alice"), **query, nextToken=next_token), 400, "invalid_request", "nextToken")

    def test_an_administrators_own_list_and_everybodys_are_two(self, log: Api) -> None:
        everybodys = log.get(PATH, token("alice", "admin"), pageSize=2, allUsers="true").body["nextToken"]
        refusal(log.get(PATH, token("alice", "admin"), nextToken=everybodys), 400, "invalid_request", "nextToken")

    @pytest.mark.parametrize("spoil", ["{0}{0}", "A{0}", "{0}A", "{0}🦜", "AAAA"])
    def test_a_spoilt_token_is_refused(self, log: Api, next_token: str, spoil: str) -> None:
        answer = log.get(PATH, token("alice"), status="success", nextToken=spoil.format(next_token))
        refusal(answer, 400, "invalid_request", "nextToken")

    def test_the_place_in_a_token_cannot_be_moved(self, log: Api, next_token: str) -> None:
        sealed = base64.urlsafe_b64decode(next_token + "==")
        moved = base64.urlsafe_b64encode(sealed[:16] + b"9" + sealed[17:]).decode().rstrip("=")
        answer = log.get(PATH, token("alice"), status="success", nextToken=moved)
        refusal(answer, 400, "invalid_request", "nextToken")


class TestBadParameters:
    @pytest.mark.parametrize(
        ("parameter", "value"),
        [
            *(("page", value) for value in ("0", "-1", "1.5", "one", "٣", "9" * 30)),
            *(("pageSize", value) for value in ("0", "101", "-5", "ten", "1e2")),
            *(("startTime", value) for value in ("-1", "1.5", "now", str(NOW * 1_000), "2026-11-22")),
            *(("endTime", value) for value in ("-1", "1.5", "now", str(NOW * 1_000))),
            ("status", "ok"),
            ("status", "Failed"),
            ("type", "poem"),
            ("search", "x" * 101),
            ("searchFields", "model,password"),
            ("allUsers", "perhaps"),
            *(
                (amount, value)
                for amount in ("minDurationSeconds", "minCredits", "maxCredits")
                for value in ("-1", "much", "NaN", "Infinity", "1e12", "0.00000000001")
            ),
            ("costSource", "guessed"),
            *(
                ("metadata", value)
                for value in ("team", ":red", "a..b:c", "*:red", "a:b" + ",a:b" * 10, "a:" + "b" * 999)
            ),
        ],
    )
    def test_a_bad_value_is_named(self, log: Api, parameter: str, value: str) -> None:
        answer = log.get(PATH, ADMIN, **{parameter: value})
        assert answer.status == 400
        assert {detail["field"].partition(".")[0] for detail in answer.body["details"]} == {parameter}

    def test_a_range_that_ends_before_it_starts_is_refused(self, log: Api) -> None:
        refusal(log.get(PATH, ADMIN, startTime=NOW, endTime=NOW - 1), 400, "invalid_request", "endTime")

    def test_every_bad_value_is_named_at_once(self, log: Api) -> None:
        answer = log.get(PATH, ADMIN, page="x", status="x", search="x" * 101)
        refusal(answer, 400, "invalid_request", "page", "status", "search")

    def test_a_search_of_100_characters_is_taken(self, log: Api) -> None:
        assert log.get(PATH, ADMIN, search="x" * 100).body["count"] == 0


class TestWhoSeesWhat:
    def test_a_user_reaches_nobody_elses_calls(self, log: Api) -> None:
        bob = token("bob")
        assert set(walk(log, bob)) == {call["id"] for call in CALLS if call["userDid"] == "bob"}
        for query in ({"search": "alice"}, {"userDid": "bob"}, {"appDid": "desk"}, {"search": "trace-7"}):
            rows = log.get(PATH, bob, **query).body["list"]
            assert {row["userDid"] for row in rows} <= {"bob"}
        refusal(log.get(PATH, bob, userDid="alice"), 403, "forbidden")

    def test_an_administrator_sees_the_calls_of_one_user(self, log: Api) -> None:
        for query in ({"userDid": "alice"}, {"userDid": "alice", "allUsers": "true"}):
            answer = log.get(PATH, ADMIN, **query, pageSize=100).body
            assert {row["id"] for row in answer["list"]} == {call["id"] for call in CALLS if call["userDid"] == "alice"}
            assert answer["count"] == len(answer["list"])

    def test_somebody_elses_call_and_none_are_the_same(self, log: Api) -> None:
        foreign = next(call["id"] for call in CALLS if call["userDid"] == "alice")
        answers = [log.get(f"{PATH}/{call_id}", token("bob")) for call_id in (foreign, "no-such-call")]
        assert refusal(answers[0], 404, "not_found") == refusal(answers[1], 404, "not_found")
        assert answers[0] == answers[1]

    @pytest.mark.parametrize("role", ["admin", "owner"])
    def test_an_administrator_sees_every_call_and_without_allusers_only_their_own(self, log: Api, role: str) -> None:
        asker = token("carol", role)
        assert walk(log, asker, allUsers="true") == naive(CALLS)
        assert walk(log, asker) == naive(CALLS, of("carol"))
        assert all(log.get(f"{PATH}/{call['id']}", asker).status == 200 for call in CALLS[:5])


def test_rows_are_in_the_order_of_their_times(log: Api) -> None:
    rows = log.get(PATH, ADMIN, allUsers="true", pageSize=100).body["list"]
    assert all(newer["callTime"] >= older["callTime"] for newer, older in pairwise(rows))
