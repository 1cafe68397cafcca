"""Every client whose spans are recorded arrives whole, once, and under its user: what its provider billed is here."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from tests.e2e.clients.arrived import compare
from tests.e2e.clients.capture import WORDS
from tests.e2e.clients.spans import USER, Recording, recorded, recording
from tests.e2e.clients.table import CLIENTS, RECORDED
from tests.integration.harness import Api, token
from tests.moment import NOW

GATEWAY = token("gateway", "recorder")
LATER = re.compile(r'"((?:startT|endT|t)imeUnixNano)": "(\d+)"')


def arrived(api: Api, found: Recording) -> list[dict[str, Any]]:
    """The calls that a recording becomes, sent as if it had just been made."""
    text = json.dumps(found.exported)
    moved = NOW * 10**9 - max(int(moment) for _, moment in LATER.findall(text))
    exported = json.loads(LATER.sub(lambda match: f'"{match[1]}": "{int(match[2]) + moved}"', text))
    headers = {"content-type": "application/json"}
    for request in exported:
        answer = api.request("POST", "/v1/traces", token=GATEWAY, body=json.dumps(request), headers=headers)
        assert (answer.status, answer.body) == (200, {})
    return [
        row
        for who in (USER, "gateway")
        for row in api.get("/api/user/model-calls", token(who), pageSize=100).body["list"]
    ]


@pytest.mark.parametrize("client", recorded())
def test_what_the_ledger_has_of_a_client_is_what_its_provider_billed(api: Api, client: str) -> None:
    found = recording(client)
    calls = arrived(api, found)
    row = compare(client, CLIENTS.get(client) or RECORDED[client], found.billed, calls, USER, Counter())
    assert row.is_right, str(row)
    for call in calls:
        assert call["ttfb"] is None or call["ttfb"] <= call["duration"] * 1000
        assert bool(call["errorReason"]) == (call["status"] == "failed")


@pytest.mark.parametrize("client", recorded())
def test_no_recording_has_what_was_asked_or_answered(client: str) -> None:
    text = json.dumps(recording(client).exported)
    assert not any(words in text for words in WORDS)


def test_each_client_without_a_program_is_recorded() -> None:
    assert set(recorded()) >= RECORDED.keys()
    assert CLIENTS.keys().isdisjoint(RECORDED)
