"""The connector of an AIGNE Hub: whatever happens to both, the ledger ends with the calls of the Hub's database."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateways.aigne_hub import connector as following
from gateways.aigne_hub import hub_database
from gateways.aigne_hub.connector import POSITION, SET_ASIDE, Connector
from gateways.aigne_hub.hub_database import HubDatabase
from gateways.aigne_hub.ledger_api import Busy
from tests import aigne_hub as hub
from tests.integration.harness import Api, token
from tests.integration.requests import Killed
from tests.integration.support import shown
from tests.moment import NOW

type Step = tuple[Any, ...]
"""What happens, and how."""
DAY = 86_400_000
MINUTE = 60_000


def no_pause(_: float) -> None:
    pass


@pytest.fixture(scope="module", autouse=True)
def small_pages() -> Iterator[None]:
    """So that a few calls make several pages and requests; and nothing waits."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(hub_database, "PAGE", 3)
        monkeypatch.setattr(following, "MOST_CALLS", 2)
        monkeypatch.setattr(following.time, "sleep", no_pause)
        yield


@dataclass
class Ledger:
    """The function that records calls. What is planned happens to the next requests, one each."""

    api: Api
    planned: list[Callable[[Callable[[], None]], None]] = field(default_factory=list[Any])
    requests: int = 0

    def record(self, body: str) -> dict[str, Any]:
        self.requests += 1
        answers: list[dict[str, Any]] = []

        def record() -> None:
            gateway = token("gateway", "recorder")
            answers.append(self.api.request("POST", "/api/model-calls", token=gateway, body=body).body)

        if self.planned:
            self.planned.pop(0)(record)
        if not answers:
            record()
        return answers[0]


def killed_before(_: Callable[[], None]) -> None:
    raise Killed


def killed_after(record: Callable[[], None]) -> None:
    record()
    raise Killed


def busy(_: Callable[[], None]) -> None:
    raise Busy("it answered 503")


def reply_lost(record: Callable[[], None]) -> None:
    record()
    raise Busy("timed out")


writes = st.tuples(st.just("write"), st.integers(0, 7), st.integers(0, 4 * MINUTE))
"""A call is written or changed, and becomes visible so much later."""
waits = st.tuples(st.just("wait"), st.integers(0, 20 * MINUTE))
happens = st.one_of(
    st.sampled_from([killed_before, killed_after, busy, reply_lost]).map(lambda fault: ("fault", fault)), writes, waits
)
looks = st.tuples(st.just("look"), st.lists(happens, max_size=4))


AN_OLD_CALL_SHOWS_WHILE_A_LONG_LOOK_MEETS_NEW_ONES: list[Step] = [
    *(("write", number, 0) for number in range(6)),
    ("look", [("wait", 2 * MINUTE), ("write", 6, 3 * MINUTE), ("wait", 20 * MINUTE), ("write", 7, 0)]),
]
A_CALL_CHANGES_TWICE_IN_A_MILLISECOND: list[Step] = [("write", 0, 0), ("look", [("write", 0, 0)])]


@example(steps=AN_OLD_CALL_SHOWS_WHILE_A_LONG_LOOK_MEETS_NEW_ONES)
@example(steps=A_CALL_CHANGES_TWICE_IN_A_MILLISECOND)
@given(steps=st.lists(st.one_of(writes, writes, waits, looks), min_size=1, max_size=25))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_ledger_ends_with_the_calls_of_the_database(shared_api: Api, steps: list[Step]) -> None:
    run = uuid.uuid4().hex[:12]
    with TemporaryDirectory() as folder:
        state = Path(folder)
        database = state / "aikit.db"
        hub.create(database)
        ledger = Ledger(shared_api)
        connector = Connector(HubDatabase(database), ledger, state)
        truth: dict[str, dict[str, Any]] = {}
        clock = (NOW * 1000) - DAY
        version = 0

        def write(number: int, lag: int) -> None:
            nonlocal version
            version += 1
            row = hub.call(version, clock - lag, id=f"{run}{number}", status="success" if version % 3 else "failed")
            hub.put(database, row)
            truth[row["id"]] = row

        def wait(milliseconds: int) -> None:
            nonlocal clock
            clock += milliseconds

        def look(planned: list[Step]) -> None:
            nonlocal connector
            with time_machine.travel(clock / 1000, tick=False) as traveller:

                def meanwhile(_: object, happens: Step) -> None:
                    {"write": write, "wait": wait}[happens[0]](*happens[1:])
                    traveller.move_to(clock / 1000)

                ledger.planned = [
                    each[1] if each[0] == "fault" else partial(meanwhile, happens=each) for each in planned
                ]
                try:
                    connector.send_changes()
                except Killed:
                    connector = Connector(HubDatabase(database), ledger, state)

        last: list[Step] = [("wait", MINUTE), ("look", []), ("look", [])]
        for step in (*steps, *last):
            match step:
                case ("write", number, lag):
                    write(number, lag)
                case ("wait", milliseconds):
                    wait(milliseconds)
                case ("look", planned):
                    look(planned)
                case _:
                    pytest.fail(f"no step: {step}")

        for name, row in truth.items():
            got = shown(shared_api, name)
            told = {field: got[field] for field in ("totalUsage", "status", "model", "userDid", "callTime", "credits")}
            assert told == {field: row[field] for field in told} | {"credits": Decimal("0.00012345")}
            assert got["usageMetrics"]["outputTokens"] == row["usageMetrics"]["outputTokens"]
        requests = ledger.requests
        look([])
        assert ledger.requests == requests, "what the ledger has is not sent again"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "aikit.db"
    hub.create(path)
    return path


def test_a_call_arrives_with_its_provider_its_project_and_nothing_of_what_was_chosen(
    shared_api: Api, database: Path, tmp_path: Path
) -> None:
    row = hub.call(1, NOW * 1000, id=f"whole-{uuid.uuid4()}", usageMetrics={"inputTokens": 5, "imageSize": "1024x1024"})
    hub.put(database, row)
    assert Connector(HubDatabase(database), Ledger(shared_api), tmp_path).send_changes() == 1
    got = shown(shared_api, row["id"])
    assert (got["providerId"], got["appInfo"]["appName"], got["ttfb"]) == ("openai", "Shop", Decimal("412.5"))
    assert (got["costSource"], got["credits"]) == ("reported", Decimal("0.00012345"))
    assert got["metadata"] == {"endpoint": "/v2/chat/completions", "phase": "completed", "imageSize": "1024x1024"}


def test_a_call_that_failed_before_it_had_a_provider_is_the_hubs(
    shared_api: Api, database: Path, tmp_path: Path
) -> None:
    row = hub.call(1, NOW * 1000, id=f"none-{uuid.uuid4()}", providerId="", credentialId="", status="failed")
    hub.put(database, row)
    Connector(HubDatabase(database), Ledger(shared_api), tmp_path).send_changes()
    assert shown(shared_api, row["id"])["providerId"] == "aigne-hub"


def test_what_the_ledger_refuses_is_set_aside_with_the_reason_and_keeps_nobody(
    shared_api: Api, database: Path, tmp_path: Path
) -> None:
    run = uuid.uuid4()
    rows = [hub.call(n, NOW * 1000 + n, id=f"{run}-{n}", userDid=None if n == 1 else "z1user") for n in range(4)]
    for row in rows:
        hub.put(database, row)
    connector = Connector(HubDatabase(database), Ledger(shared_api), tmp_path)
    assert connector.send_changes() == 3
    assert connector.send_changes() == 0
    (aside,) = (json.loads(line) for line in (tmp_path / SET_ASIDE).read_text().splitlines())
    assert aside["call"]["id"] == f"{run}-1"
    assert "userDid" in aside["error"]
    assert shown(shared_api, f"{run}-3")


@pytest.mark.parametrize(
    "bad",
    [
        {"usageMetrics": "{"},
        {"usageMetrics": "[1]"},
        {"usageMetrics": '{"inputTokens": NaN}'},
        {"usageMetrics": f'{{"inputTokens": {"9" * 400}}}'},
        {"metadata": '"a text"'},
        {"metadata": '{"x": "\\ud800"}'},
        {"metadata": "[" * 5_000},
        {"errorReason": "é" * 3_000_000},
        {"credits": float("inf")},
        {"credits": "much"},
        {"model": b"\xff\xfe"},
        {"callTime": "yesterday"},
    ],
    ids=lambda bad: "-".join(f"{name}-{str(value)[:12]!r}" for name, value in bad.items()),
)
def test_no_row_keeps_the_others(shared_api: Api, database: Path, tmp_path: Path, bad: dict[str, Any]) -> None:
    """It is recorded or set aside, and those behind it are recorded."""
    run = uuid.uuid4()
    hub.put(database, hub.call(1, NOW * 1000, id=f"{run}-1", **bad), hub.call(2, NOW * 1000 + 1, id=f"{run}-2"))
    taken = Connector(HubDatabase(database), Ledger(shared_api), tmp_path).send_changes()
    aside = tmp_path / SET_ASIDE
    lines = aside.read_text().splitlines() if aside.exists() else []
    assert taken + len(lines) == 2
    assert {json.loads(line)["call"]["id"] for line in lines} <= {f"{run}-1"}
    assert shown(shared_api, f"{run}-2")


def test_a_moment_in_the_future_holds_nothing_up(shared_api: Api, database: Path, tmp_path: Path) -> None:
    """A clock that was wrong for a while must not carry the position past what comes then."""
    ahead = hub.call(1, NOW * 1000 + 2 * DAY, id=f"ahead-{uuid.uuid4()}", callTime=NOW)
    hub.put(database, ahead)
    connector = Connector(HubDatabase(database), Ledger(shared_api), tmp_path)
    assert connector.send_changes() == 0
    hub.put(database, hub.call(2, NOW * 1000, id=f"now-{uuid.uuid4()}"))
    assert connector.send_changes() == 1
    assert json.loads((tmp_path / POSITION).read_text())["updatedAt"] == hub.written(NOW * 1000)
