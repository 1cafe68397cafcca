"""A stack goes on with restored tables: docs/procedures.md#restore, from end to end.

The emulator restores a table as it is at the moment, and a restored table has neither stream nor TTL, as on AWS.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.core import exact_json
from ledger.core.identity import Role
from tests.e2e.probes import minutes_pass
from tools.local import deployment, routes
from tools.local.emulator import Emulator
from tools.operate.importing.file_import import import_file
from tools.operate.importing.sources import SOURCES
from tools.operate.night import run_night
from tools.operate.stack import Stack

DAY = 86_400
PATIENCE = 30
"""Seconds within which the stream has long been counted."""


@dataclass
class Ledger:
    """A stack, and the parameters with which it was last deployed."""

    running: Emulator
    stack: Stack
    parameters: dict[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def tables(self) -> Any:
        return self.stack.session.client("dynamodb", endpoint_url=self.stack.endpoint_url)

    def deploy(self, **parameters: str) -> None:
        """Deploy with these parameters, and those given before."""
        self.parameters |= parameters
        overrides = [f"{name}={value}" for name, value in self.parameters.items()]
        deployment.deploy(self.stack, self.running.directory, *overrides)

    def in_use(self, table: str) -> str:
        """Returns the name of Calls, Counters or Registry, as the stack's outputs tell it at the moment."""
        return Stack(self.stack.name, self.stack.endpoint_url).outputs[f"{table}TableName"]

    def restore(self, table: str) -> str:
        """Restore one of the tables as it is now. Returns the name of the restored table."""
        name = f"{self.in_use(table)}-restored"
        self.tables.restore_table_to_point_in_time(
            SourceTableName=self.in_use(table), TargetTableName=name, UseLatestRestorableTime=True
        )
        return name

    def counters(self) -> list[Any]:
        """Every item of Counters."""
        pages = self.tables.get_paginator("scan").paginate(TableName=self.in_use("Counters"))
        return [item for page in pages for item in page["Items"]]

    def put_back(self, before: list[Any]) -> None:
        """Make Counters hold these items and no others."""
        name, now = self.in_use("Counters"), self.counters()
        for item in now:
            if item not in before:
                self.tables.delete_item(TableName=name, Key={part: item[part] for part in ("scope", "bucket")})
        for item in before:
            if item not in now:
                self.tables.put_item(TableName=name, Item=item)

    def start_stream(self, table: str) -> str:
        """Returns the ARN of the stream."""
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        self.tables.update_table(TableName=table, StreamSpecification=stream)
        return self.tables.describe_table(TableName=table)["Table"]["LatestStreamArn"]

    def client(self, credentials: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {credentials}"}
        return httpx.Client(base_url=self.stack.api_url, headers=headers, timeout=60, follow_redirects=True)


@pytest.fixture(scope="module")
def ledger(running: Emulator, stack: Stack) -> Iterator[Ledger]:
    """A second stack, of what was built for the first one, served instead of it."""
    yield Ledger(running, deployment.create(running, "usage-ledger-restored"))
    running.serve(stack.resources[routes.API])


def test_the_stack_goes_on_with_restored_tables_and_loses_nothing_that_can_still_be_read(
    ledger: Ledger, tmp_path: Path
) -> None:
    """All three tables, of one moment. What was recorded later is taken from the damaged table, by an export."""
    did = f"did:anna:{uuid.uuid4()}"
    admin = ledger.client(ledger.stack.token("did:root", Role.ADMIN))
    user = ledger.client(ledger.stack.token(did))
    gateway = ledger.client(ledger.stack.create_key("gateway", Role.RECORDER))
    before = [_call(did, callTime=int(time.time()) - hours * 3_600) for hours in range(40)]
    _record(gateway, before)
    _eventually(lambda: _total(user), len(before))
    days = sorted({time.strftime("%Y-%m-%d", time.gmtime(call["callTime"])) for call in before})
    _compute(ledger, days)
    expected = _stats(user)

    restored = {table: ledger.restore(table) for table in ("Calls", "Counters", "Registry")}
    damaged = {table: ledger.in_use(table) for table in restored}
    late = _call(did)
    _record(gateway, [late])
    exported = tmp_path / "calls.csv"
    exported.write_bytes(admin.get("/api/user/model-calls/export", params={"allUsers": "true"}).content)
    for call in before:
        ledger.tables.delete_item(TableName=damaged["Calls"], Key={"id": {"S": call["id"]}})

    streams = {table: ledger.start_stream(restored[table]) for table in ("Calls", "Counters")}
    ledger.deploy(
        RestoredCallsTable=restored["Calls"],
        RestoredCallsStream=streams["Calls"],
        RestoredCountersTable=restored["Counters"],
        RestoredCountersStream=streams["Counters"],
        RestoredRegistryTable=restored["Registry"],
    )

    assert {table: ledger.in_use(table) for table in restored} == restored
    for name in damaged.values():
        assert ledger.tables.describe_table(TableName=name), "it left the stack and is still there"
    assert _figures(_stats(user)) == _figures(expected)
    list(import_file(exported, SOURCES["csv"].rows, admin))
    _record(gateway, [after := _call(did)])
    _eventually(lambda: _total(user), len(before) + 2)
    assert {row["id"] for row in user.get("/api/user/model-calls").json()["list"]} == {
        call["id"] for call in [*before, late, after]
    }
    _compute(ledger, days)
    assert [_drifted(admin, day) for day in days] == [0] * len(days)
    assert _total(user) == len(before) + 2


def test_counters_restored_alone_catch_up_with_what_the_stream_still_has(ledger: Ledger) -> None:
    """A second reader begins with the oldest change of the stream. Markers keep what is counted from counting twice.

    To save a deployment, the items of the restored table are put into the table in use.
    """
    did = f"did:ben:{uuid.uuid4()}"
    admin = ledger.client(ledger.stack.token("did:root", Role.ADMIN))
    user = ledger.client(ledger.stack.token(did))
    gateway = ledger.client(ledger.stack.token("gateway", Role.RECORDER))
    _record(gateway, [_call(did) for _ in range(3)])
    _eventually(lambda: _total(user), 3)
    of_the_moment = ledger.counters()
    _record(gateway, [_call(did) for _ in range(4)])
    _eventually(lambda: _total(user), 7)
    ledger.put_back(of_the_moment)
    assert _total(user) == 3

    functions = ledger.stack.session.client("lambda", endpoint_url=ledger.stack.endpoint_url)
    reader = functions.create_event_source_mapping(
        FunctionName=ledger.stack.resources["CountCallsFunction"],
        EventSourceArn=ledger.tables.describe_table(TableName=ledger.in_use("Calls"))["Table"]["LatestStreamArn"],
        StartingPosition="TRIM_HORIZON",
        BatchSize=1_000,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    today = time.strftime("%Y-%m-%d", time.gmtime())
    _eventually(lambda: _drifted(admin, today), 0)
    functions.delete_event_source_mapping(UUID=reader.get("UUID", ""))
    assert _total(user) == 7


def _call(did: str, **fields: Any) -> dict[str, Any]:
    usual = {
        "id": str(uuid.uuid4()),
        "userDid": did,
        "providerId": "openai",
        "model": "gpt-5",
        "type": "chatCompletion",
        "status": "success",
        "credits": "0.25",
        "usageMetrics": {"inputTokens": 100, "outputTokens": 20},
        "callTime": int(time.time()),
    }
    return usual | fields


def _record(gateway: httpx.Client, calls: list[dict[str, Any]]) -> None:
    answer = gateway.post("/api/model-calls", json=calls)
    assert answer.json() == {"recorded": len(calls), "rejected": []}


def _compute(ledger: Ledger, days: list[str]) -> None:
    with minutes_pass(ledger.stack):
        assert list(run_night(ledger.stack, days))[-1] == "Verify"


def _drifted(admin: httpx.Client, day: str) -> int:
    return admin.get("/api/admin/reconcile", params={"day": day}).json()["drifted"]


def _stats(user: httpx.Client) -> dict[str, Any]:
    now = int(time.time())
    span = {"startTime": now // DAY * DAY - 6 * DAY, "endTime": now // DAY * DAY + 2 * DAY}
    return exact_json.loads(user.get("/api/user/usage-stats", params=span).raise_for_status().text)


def _total(user: httpx.Client) -> int:
    return _stats(user)["summary"]["totalCalls"]


def _figures(stats: dict[str, Any]) -> dict[str, Any]:
    """An answer without the moment and the way in which it was found."""
    return {name: value for name, value in stats.items() if name not in {"asOf", "sources"}}


def _eventually(ask: Callable[[], int], expected: int) -> None:
    give_up = time.monotonic() + PATIENCE
    while (found := ask()) != expected and time.monotonic() < give_up:
        time.sleep(0.2)
    assert found == expected
