"""The deployed API answers as its document says, whoever asks and whatever is asked, and never with a 5xx.

By its name the last of these tests: it sets rates, and leaves rows set aside.
"""

import time
import uuid
from collections.abc import Mapping
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis import checks as checks_of_all
from schemathesis.specs.openapi import checks

from ledger.core.identity import Role
from tests.e2e.conftest import SignIn
from tests.integration import document
from tools.build.openapi.document import DOCUMENT
from tools.operate.stack import Stack

AS_DOCUMENTED: Any = [
    cast("Any", checks_of_all).not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
FOUND: Any = [found.ok() for found in cast("Any", schemathesis.openapi.from_path(DOCUMENT)).get_all_operations()]
OPERATIONS: dict[str, Any] = {operation.definition.raw["operationId"]: operation for operation in FOUND}
ROUNDS = 2
"""With each operation. In one, everybody asks for what is there; then one of them asks well, and one badly."""
ONCE = {"erase_user"}
"""Operations that begin minutes of work."""

type Asker = Mapping[str, str]
"""The headers that say who asks."""


@pytest.fixture(scope="module")
def askers(stack: Stack) -> dict[str, Asker]:
    credentials = {role.value: stack.token(f"did:{role}", role) for role in (Role.USER, Role.ADMIN, Role.OWNER)}
    credentials["recorder"] = stack.create_key("recorder", Role.RECORDER)
    bearers = {name: {"Authorization": f"Bearer {credential}"} for name, credential in credentials.items()}
    return {"anonymous": {}, **bearers}


@pytest.fixture(scope="module")
def there(sign_in: SignIn) -> dict[str, dict[str, Any]]:
    """For operations that ask for something by its id, what is there; for others, parameters that leave calls."""
    admin, now, call_id = sign_in("did:root", Role.ADMIN), int(time.time()), str(uuid.uuid4())
    call = {"userDid": "did:user", "providerId": "openai", "model": "gpt-5", "type": "custom", "status": "success"}
    answer = admin.post("/api/model-calls", json={"id": call_id, "appDid": "app", **call})
    assert answer.json()["recorded"] == 1
    range_ = {"startTime": now - 86_400, "endTime": now + 86_400}

    def made(method: str, path: str, name: str, body: Any = None) -> dict[str, Any]:
        answer = admin.request(method, path, json=body, headers={"Accept": "application/json"})
        assert answer.is_success, answer.text
        return {"path_parameters": {"id": answer.json()[name]}}

    rate = {"model": "gpt-5", "providerId": str(uuid.uuid4()), "prices": {"request": 1}}
    return {
        "get_call": {"path_parameters": {"id": call_id}},
        "get_export": made("GET", "/api/user/model-calls/export", "exportId"),
        "get_erasure": made("POST", "/api/admin/erasures", "erasureId", {"userDid": call_id}),
        "get_repricing": made("POST", "/api/admin/reprice", "id", {**range_, "dryRun": False}),
        "revoke_key": made("POST", "/api/admin/keys", "id", {"name": "to be revoked", "role": "user"}),
        "delete_rate": made("PUT", "/api/admin/rates", "id", rate),
        **{name: {"query": range_} for name in ("get_usage_stats", "get_admin_stats", "list_calls", "export_calls")},
        **{name: {"query": range_} for name in ("get_trends", "get_projects", "get_project_trends")},
        "erase_user": {"body": {"userDid": call_id}},
        "reconcile_day": {"query": {"day": time.strftime("%Y-%m-%d", time.gmtime(now))}},
    }


@pytest.mark.parametrize("name", OPERATIONS)
@settings(
    max_examples=ROUNDS,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_every_answer_is_one_of_the_document(
    stack: Stack, askers: dict[str, Asker], there: dict[str, dict[str, Any]], name: str, data: st.DataObject
) -> None:
    operation = OPERATIONS[name]

    def ask(case: Any, asker: str) -> None:
        answer = case.call(base_url=stack.api_url, headers=dict(askers[asker]), timeout=60)
        case.validate_response(answer, checks=AS_DOCUMENTED)
        if answer.content:
            headers = {name.title(): values[0] for name, values in answer.headers.items()}
            document.check(case.method, operation.path, answer.status_code, headers, answer.content)

    existing = data.draw(operation.as_strategy(**there.get(name, {})))
    if name in ONCE:
        ask(existing, "admin")
        return
    for asker in askers:
        ask(existing, asker)
    for mode in GenerationMode:
        ask(data.draw(operation.as_strategy(generation_mode=mode)), data.draw(st.sampled_from(list(askers)[1:])))
