"""Every client whose spans are recorded arrives whole, once, and under its user: what its provider billed is here."""

import json
import re
from collections import Counter

import pytest

from tests.e2e.clients.arrived import compare
from tests.e2e.clients.spans import USER, recorded, recording
from tests.e2e.clients.table import CLIENTS
from tests.integration.harness import Api, token
from tests.moment import NOW

GATEWAY = token("gateway", "recorder")
LATER = re.compile(r'"((?:startT|endT|t)imeUnixNano)": "(\d+)"')


@pytest.mark.parametrize("client", recorded())
def test_what_the_ledger_has_of_a_client_is_what_its_provider_billed(api: Api, client: str) -> None:
    found = recording(client)
    text = json.dumps(found.exported)
    moved = NOW * 10**9 - max(int(moment) for _, moment in LATER.findall(text))
    exported = json.loads(LATER.sub(lambda match: f'"{match[1]}": "{int(match[2]) + moved}"', text))
    headers = {"content-type": "application/json"}
    for request in exported:
        answer = api.request("POST", "/v1/traces", token=GATEWAY, body=json.dumps(request), headers=headers)
        assert answer.status == 200
    arrived = [
        row
        for who in (USER, "gateway")
        for row in api.get("/api/user/model-calls", token(who), pageSize=100).body["list"]
    ]
    row = compare(client, CLIENTS[client], found.billed, arrived, USER, Counter())
    assert row.is_right, str(row)
