"""API keys: made once, shown once, and good until they are revoked or expire."""

import json
import time
from typing import Any

import pytest

from tests.integration.harness import Api, call, payload, token
from tests.integration.support import items, refusal, sent

ADMIN, OWNER = token("root", "admin"), token("boss", "owner")
PATH = "/api/admin/keys"


def make(api: Api, asker: str = ADMIN, **fields: Any) -> dict[str, Any]:
    answer = api.request("POST", PATH, token=asker, body=sent({"name": "gateway", "role": "recorder"} | fields))
    assert answer.status == 201, answer
    return answer.body


def works(api: Api, key: str) -> bool:
    answer = api.record(key, call())
    if answer.status != 200:
        refusal(answer, 401, "unauthenticated")
    return answer.status == 200


class TestMaking:
    def test_a_key_is_shown_with_its_secret_once(self, api: Api) -> None:
        made = make(api)
        key_id = made["id"]
        assert made.pop("key").startswith(f"ul_{key_id}_")
        assert made.pop("createdAt").endswith("Z")
        assert made == {
            "id": key_id,
            "name": "gateway",
            "role": "recorder",
            "did": f"key:{key_id}",
            "createdBy": "root",
            "expiresAt": None,
        }

    def test_its_secret_is_neither_kept_nor_listed(self, api: Api) -> None:
        secret = make(api)["key"].split("_", 2)[2]
        assert len(secret) >= 40
        assert secret not in json.dumps(items("RegistryTable"))
        assert secret not in json.dumps(api.get(PATH, ADMIN).body)

    def test_a_key_acts_as_the_user_and_in_the_role_it_was_made_for(self, api: Api) -> None:
        key = make(api, role="user", did="alice")["key"]
        api.record(ADMIN, call(id="a"), call(id="b", userDid="bob"))
        assert [row["id"] for row in api.get("/api/user/model-calls", key).body["list"]] == ["a"]
        refusal(api.record(key, call()), 403, "forbidden")

    def test_only_an_owner_makes_an_owners_key(self, api: Api) -> None:
        body = sent({"name": "boss", "role": "owner"})
        refusal(api.request("POST", PATH, token=ADMIN, body=body), 403, "forbidden")
        assert items("RegistryTable") == []
        assert make(api, OWNER, role="owner")["role"] == "owner"
        assert make(api, ADMIN, role="admin")["role"] == "admin"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"role": "user"}, "name"),
            ({"name": "", "role": "user"}, "name"),
            ({"name": "x" * 257, "role": "user"}, "name"),
            ({"name": "x"}, "role"),
            ({"name": "x", "role": "root"}, "role"),
            ({"name": "x", "role": "user", "did": "x" * 257}, "did"),
            ({"name": "x", "role": "user", "expiresAt": 5}, "expiresAt"),
            ({"name": "x", "role": "user", "expiresAt": True}, "expiresAt"),
            ({"name": "x", "role": "user", "expiresAt": "soon"}, "expiresAt"),
            ({"name": "x", "role": "user", "expiresAt": 10**11}, "expiresAt"),
            ([], "body"),
            (None, "body"),
        ],
        ids=str,
    )
    def test_a_bad_request_names_its_field(self, shared_api: Api, body: object, field: str) -> None:
        refusal(shared_api.request("POST", PATH, token=OWNER, body=sent(body)), 400, "invalid_request", field)

    @pytest.mark.parametrize("body", ["{", "[" * 100_000, "", None])
    def test_what_is_not_json_is_refused(self, shared_api: Api, body: str | None) -> None:
        refusal(shared_api.request("POST", PATH, token=OWNER, body=body), 400, "invalid_request", "body")


class TestUsing:
    def test_a_key_is_good_until_it_is_revoked(self, api: Api) -> None:
        made = make(api)
        assert works(api, made["key"])
        assert api.request("DELETE", f"{PATH}/{made['id']}", token=ADMIN).status == 204
        assert not works(api, made["key"])
        refusal(api.request("DELETE", f"{PATH}/{made['id']}", token=ADMIN), 404, "not_found")

    def test_a_key_is_good_until_it_expires(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        now = time.time()
        key = make(api, expiresAt=int(now) + 60)["key"]
        assert works(api, key)
        admin = token("root", "admin", lifetime=7_200)
        monkeypatch.setattr(time, "time", lambda: now + 61)
        assert not works(api, key)
        assert api.get(PATH, admin).status == 200

    def test_a_key_that_expires_while_api_gateway_still_knows_it_is_refused(self, api: Api) -> None:
        identity = {"did": "key:1", "role": "recorder", "expiresAt": str(int(time.time()) - 1)}
        event = payload("record_calls")
        event["requestContext"]["authorizer"] = {"lambda": identity}
        assert api.handle("record_calls", event)["statusCode"] == 401
        assert items("CallsTable") == []

    @pytest.mark.parametrize(
        "spoil",
        [
            "ul_",
            "ul__",
            "ul_{id}",
            "ul_{id}_",
            "ul_{id}_x",
            "{key}x",
            "{key}_",
            "ul_0000000000000000_{secret}",
            "ul_{id}0_{secret}",
            "ul_{id}#_{secret}",
            "UL_{id}_{secret}",
            "{secret}",
            "ul_{id}_🦜",
            "ul_key#{id}_{secret}",
        ],
    )
    def test_a_key_that_is_wrong_anywhere_is_refused(self, shared_api: Api, spoil: str) -> None:
        made = make(shared_api)
        _, key_id, secret = made["key"].split("_", 2)
        assert not works(shared_api, spoil.format(id=key_id, secret=secret, key=made["key"]))

    def test_one_keys_secret_is_not_anothers(self, api: Api) -> None:
        first, second = make(api), make(api)
        assert not works(api, f"ul_{first['id']}_{second['key'].split('_', 2)[2]}")

    def test_what_else_is_in_the_registry_is_no_key(self, api: Api) -> None:
        api.request("PUT", "/api/admin/users", token=ADMIN, body='{"did": "0123456789abcdef"}')
        assert not works(api, "ul_0123456789abcdef_x")


def test_keys_are_listed_without_those_that_were_revoked(api: Api) -> None:
    made = [make(api, name=f"key {n}") for n in range(3)]
    api.request("DELETE", f"{PATH}/{made[1]['id']}", token=ADMIN)
    listed = api.get(PATH, ADMIN).body
    kept = [{name: value for name, value in key.items() if name != "key"} for key in (made[0], made[2])]
    assert listed == {"keys": sorted(kept, key=lambda key: key["id"])}


def test_without_keys_the_list_is_empty(api: Api) -> None:
    assert api.get(PATH, ADMIN).body == {"keys": []}


@pytest.mark.parametrize("key_id", ["0123456789abcdef", "x", "users", ".."])
def test_a_key_that_is_not_there_cannot_be_revoked(shared_api: Api, key_id: str) -> None:
    refusal(shared_api.request("DELETE", f"{PATH}/{key_id}", token=ADMIN), 404, "not_found")
