"""What somebody sends who means harm, and that nothing comes of it."""

import base64
import gzip
import time
from collections.abc import Iterator

import pytest

from tests.integration.harness import Api, call, token
from tests.integration.support import items, refusal, sent

NOW = int(time.time())
GATEWAY, ADMIN = token("gateway", "recorder"), token("root", "admin")
PROTOBUF, JSON = "application/x-protobuf", "application/json"
RANGE = {"startTime": NOW - 60, "endTime": NOW}
SPLIT = "x\r\nX-Evil: 1\r\n\r\n<script>"


@pytest.mark.parametrize(
    ("path", "content_type"), [("/api/ingest/litellm", JSON), ("/v1/traces", JSON), ("/v1/traces", PROTOBUF)]
)
def test_a_gateways_gzip_bomb_is_refused_by_what_it_would_unpack_to(
    shared_api: Api, path: str, content_type: str
) -> None:
    bomb = base64.b64encode(gzip.compress(b" " * 100_000_000, compresslevel=1)).decode()
    headers = {"content-type": content_type, "content-encoding": "gzip"}
    answer = shared_api.request("POST", path, token=GATEWAY, body=bomb, isBase64Encoded=True, headers=headers)
    assert answer.status == 413


def test_endless_nesting_in_protobuf_is_refused(shared_api: Api) -> None:
    value = b""
    for _ in range(10_000):
        value = _field(5, _field(1, value))  # an array with an array in it
    attribute = _field(1, b"gen_ai.request.model") + _field(2, value)
    request = _field(1, _field(2, _field(2, _field(9, attribute))))
    body, headers = base64.b64encode(request).decode(), {"content-type": PROTOBUF}
    answer = shared_api.request("POST", "/v1/traces", token=GATEWAY, body=body, isBase64Encoded=True, headers=headers)
    assert answer.status == 400


def _field(number: int, content: bytes) -> bytes:
    """A field of protobuf that holds bytes or a message."""
    size = len(content)
    length = bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + content


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/api/user/model-calls/{SPLIT}"),
        ("GET", f"/api/user/exports/{SPLIT}"),
        ("GET", "/api/user/model-calls/export"),
        ("GET", "/api/user/model-calls"),
        ("GET", "/api/user/usage-stats"),
        ("GET", f"/api/admin/reprice/{SPLIT}"),
        ("GET", f"/api/admin/erasures/{SPLIT}"),
        ("POST", "/api/admin/erasures"),
        ("PUT", "/api/admin/users"),
    ],
)
def test_nothing_that_is_sent_becomes_a_header(shared_api: Api, method: str, path: str) -> None:
    given = dict.fromkeys(("appDid", "model", "search", "locale", "format", "timezone", "userDid"), SPLIT)
    for query in ({}, RANGE, *({**RANGE, name: value} for name, value in given.items())):
        body = dict.fromkeys(("fullName", "did", "userDid"), SPLIT)
        answer = shared_api.request(method, path, token=ADMIN, query=query, json_body=body)
        assert answer.status < 500
        for name, value in answer.headers.items():
            assert "x-evil" not in name.lower()
            assert not {"\r", "\n"} & set(name + value)


@pytest.mark.parametrize("claim", ["role", "x-role", "x-user-role", "did", "x-amzn-oidc-data"])
def test_a_role_is_what_the_credentials_say_and_nothing_else(shared_api: Api, claim: str) -> None:
    answer = shared_api.request(
        "GET",
        "/api/user/admin/user-stats",
        token=token("alice"),
        query={**RANGE, claim: "admin"},
        headers={claim: "admin", "cookie": f"{claim}=admin"},
        body=sent({claim: "admin"}),
    )
    refusal(answer, 403, "forbidden")


KINDS = {
    "GET /api/user/exports/": "export#",
    "GET /api/admin/erasures/": "erasure#",
    "GET /api/admin/reprice/": "reprice#",
    "DELETE /api/admin/rates/": "rate#",
    "DELETE /api/admin/keys/": "key#",
}
"""What each route finds in the Registry, by the beginning of its id there."""


@pytest.fixture
def registry(api: Api) -> Api:
    """With an item of every kind."""
    api.record(GATEWAY, call(id="a", userInfo={"fullName": "Alice"}, appDid="desk", appInfo={"appName": "Desk"}))
    for method, path, body in (
        ("POST", "/api/admin/keys", {"name": "gateway", "role": "user"}),
        ("PUT", "/api/admin/rates", {"model": "gpt-5", "prices": {"inputTokens": 1}}),
        ("POST", "/api/admin/reprice", {**RANGE, "dryRun": False}),
        ("POST", "/api/admin/erasures", {"userDid": "bob"}),
        ("GET", "/api/user/model-calls/export", None),
    ):
        assert api.request(method, path, token=ADMIN, json_body=body).status < 400
    return api


def test_no_item_of_the_registry_is_taken_for_another(registry: Api) -> None:
    ids = {item["id"]["S"] for item in items("RegistryTable")}
    assert {prefix for prefix in KINDS.values() if any(found.startswith(prefix) for found in ids)} == set(
        KINDS.values()
    )
    for route, prefix in KINDS.items():
        method, _, path = route.partition(" ")
        for tried in _tried(ids, prefix):
            assert registry.request(method, path + tried, token=ADMIN).status in {400, 404}, (route, tried)
    assert {item["id"]["S"] for item in items("RegistryTable")} == ids


def _tried(ids: set[str], own: str) -> Iterator[str]:
    """Ids as they are in the Registry, and as they would be asked for, but for the route's own."""
    for found in ids:
        yield found
        if not found.startswith(own):
            yield found.partition("#")[2]
