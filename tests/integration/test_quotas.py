"""How many requests a key may send a minute: counted exactly, refused with the seconds to wait, off by default."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine

from ledger.access.quota import Quota
from ledger.aws.settings import settings
from ledger.core.errors import TooManyRequests
from tests.integration.harness import Answer, Api, call, token
from tests.integration.support import dynamodb_answers, error, items, record, refusal
from tests.moment import NOW

GATEWAY = token("gateway", "recorder", lifetime=10 * 86_400)
OTHER = token("other", "recorder", lifetime=10 * 86_400)
MINUTE = NOW // 60 * 60 + 3_600
"""One in an hour, so that tokens that are made meanwhile are valid in it."""


@pytest.fixture
def limited(api: Api) -> Iterator[Api]:
    """An API that takes three requests a minute of each key."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("REQUESTS_PER_MINUTE_PER_KEY", "3")
        settings.cache_clear()
        yield api
    settings.cache_clear()


def statuses(api: Api, credentials: str, number: int) -> list[int]:
    return [record(api, credentials, call()).status for _ in range(number)]


def counted() -> dict[str, str]:
    """The requests that are counted, by what counts them."""
    return {item["id"]["S"]: item["sent"]["N"] for item in items("RegistryTable") if "sent" in item}


def test_beyond_its_quota_a_key_is_told_when_to_come_back(limited: Api) -> None:
    with time_machine.travel(MINUTE + 48, tick=False) as clock:
        assert statuses(limited, GATEWAY, 3) == [200, 200, 200]
        answer = record(limited, GATEWAY, call(id="refused"))
        refusal(answer, 429, "too_many_requests")
        assert answer.headers["Retry-After"] == "12"
        assert len(items("CallsTable")) == 3
        clock.shift(12)
        assert statuses(limited, GATEWAY, 4) == [200, 200, 200, 429]


def test_each_key_has_its_own(limited: Api) -> None:
    with time_machine.travel(MINUTE, tick=False):
        assert statuses(limited, GATEWAY, 4)[-1] == 429
        assert statuses(limited, OTHER, 1) == [200]


def test_it_is_one_for_all_routes_that_take_calls_and_no_other(limited: Api) -> None:
    def sent(path: str, body: str) -> Answer:
        return limited.request("POST", path, token=GATEWAY, body=body, headers={"content-type": "application/json"})

    with time_machine.travel(MINUTE, tick=False):
        assert sent("/api/model-calls", "[{}]").status == 400
        assert sent("/api/ingest/litellm", "[]").status == 200
        assert sent("/v1/traces", "{}").status == 200
        for path in ("/api/model-calls", "/api/ingest/litellm"):
            refusal(sent(path, "[{}]"), 429, "too_many_requests")
        answer = sent("/v1/traces", "{}")
        assert (answer.status, answer.headers["Retry-After"]) == (429, "60")
        assert answer.body["code"] == 8, "RESOURCE_EXHAUSTED of gRPC"
        assert counted() == {f"quota#token:gateway#{MINUTE // 60}": "3"}
        reader = token(lifetime=86_400)
        assert [limited.get("/api/user/me", reader).status for _ in range(5)] == [200] * 5


def test_a_request_that_is_refused_anyway_does_not_count(limited: Api) -> None:
    assert statuses(limited, token("alice"), 5) == [403] * 5
    assert counted() == {}


def test_without_a_quota_nothing_is_counted(api: Api) -> None:
    assert statuses(api, GATEWAY, 5) == [200] * 5
    assert counted() == {}


def test_workers_that_count_at_once_let_exactly_so_many_through(api: Api) -> None:
    assert api
    with time_machine.travel(MINUTE, tick=False), ThreadPoolExecutor(8) as threads:
        let_through = threads.map(_takes, [Quota("RegistryTable", 7) for _ in range(30)])
        assert sum(let_through) == 7
    (item,) = items("RegistryTable")
    assert int(item["removeAt"]["N"]) == MINUTE + 3_600


def test_a_flood_of_requests_is_no_flood_of_writes(api: Api) -> None:
    """A refused write costs as much as another one, and too many of them would heat the keys beside."""
    writes: list[object] = []

    def note(_: Mapping[str, Any]) -> None:
        writes.append(1)

    quota = Quota("RegistryTable", 3)
    with time_machine.travel(MINUTE, tick=False), dynamodb_answers("UpdateItem", note):
        assert sum(_takes(quota) for _ in range(1_000)) == 3
    assert api
    assert len(writes) == 4


@pytest.mark.usefixtures("instantly")
def test_while_requests_cannot_be_counted_none_is_refused(limited: Api) -> None:
    with dynamodb_answers("UpdateItem", lambda _: (400, error("ThrottlingException"))):
        assert statuses(limited, GATEWAY, 5) == [200] * 5


def _takes(quota: Quota) -> bool:
    try:
        quota.take("key:1")
    except TooManyRequests:
        return False
    return True
