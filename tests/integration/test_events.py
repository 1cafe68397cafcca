"""Every function answers its own payload in events/, as Lambda would hand it over."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from ledger.core.identity import LEEWAY
from tests.integration.harness import ROOT, Api, payload, token
from tests.integration.support import archive, count, functions


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(time.time(), tick=True) as traveller:
        yield traveller


@pytest.mark.parametrize("function", functions())
def test_every_function_answers_its_payload(
    api: Api, clock: time_machine.Traveller, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stream(_: float) -> None:
        """While a function waits."""
        clock.shift(60)
        count(api)
        archive(api)
        api.handle("advance_archive", payload("advance_archive"))

    monkeypatch.setattr(time, "sleep", stream)
    api.handle("record_calls", payload("record_calls"))
    if function == "publish_day":
        api.handle("archive_part", payload("archive_part"))
        for _ in range(3):
            time.sleep(1)
    answer = api.handle(function, payload(function))
    assert answer.get("statusCode", 200) in range(200, 300), answer


def test_every_payload_is_of_a_function() -> None:
    assert {path.stem for path in (ROOT / "events").glob("*.json")} == {"http", *functions()}


@pytest.mark.parametrize("function", functions())
def test_a_payload_names_a_route_of_the_template(function: str) -> None:
    event = payload(function)
    if "routeKey" in event:
        assert event["routeKey"] == event["requestContext"]["routeKey"]
        assert event["routeKey"].split(" ")[0] == event["requestContext"]["http"]["method"]
        assert event["rawPath"] == event["requestContext"]["http"]["path"]


class TestAuthorizer:
    @staticmethod
    def asked(authorization: str | None) -> dict[str, Any]:
        event = payload("authorize")
        event["headers"].pop("authorization")
        if authorization is not None:
            event["headers"]["authorization"] = authorization
            event["identitySource"] = [authorization]
        return event

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "  Bearer  "])
    def test_it_says_who_asks(self, shared_api: Api, scheme: str) -> None:
        answer = shared_api.handle("authorize", self.asked(f"{scheme} {token('alice', 'admin')}"))
        assert answer["isAuthorized"] is True
        who = {"did": "alice", "role": "admin", "leeway": str(LEEWAY), "credential": "token:alice"}
        assert {**answer["context"], "expiresAt": "…"} == {**who, "expiresAt": "…"}

    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "x"])
    def test_it_lets_a_refusal_through_to_be_told_by_the_function(
        self, shared_api: Api, authorization: str | None
    ) -> None:
        answer = shared_api.handle("authorize", self.asked(authorization))
        assert answer["isAuthorized"] is True
        assert [*answer["context"]] == ["refusal"]
