"""Who may replace a call: the credential that recorded it, or an administrator's. Nobody loses a call by that."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.aws import dynamodb
from ledger.recording.recorder import ANOTHERS
from tests.integration.harness import Answer, Api, call, payload, token
from tests.integration.requests import at_request
from tests.integration.support import (
    dynamodb_answers,
    error,
    items,
    messages,
    record,
    shown,
    write_waiting,
    writes_answered,
)
from tests.otlp import as_json, request, span

ADMIN, OWNER, VIEWER = token("root", "admin"), token("boss", "owner"), token("auditor", "viewer")
GATEWAY, OTHER = token("gateway", "recorder"), token("other", "recorder")
THROTTLED = (400, error("ProvisionedThroughputExceededException"))


def key(api: Api, role: str = "recorder", **fields: Any) -> tuple[str, str]:
    """A new API key, and how calls name it."""
    body = {"name": "gateway", "role": role, **fields}
    made = api.request("POST", "/api/admin/keys", token=OWNER, json_body=body).body
    return made["key"], f"key:{made['id']}"


def refused(answer: Answer, *ids: str) -> None:
    """Of the calls of this answer exactly these were refused, for good."""
    rejected = [(bad["id"], bad["error"], bad["retryable"]) for bad in answer.body["rejected"]]
    assert rejected == [(one, ANOTHERS, False) for one in ids], answer


def stored(call_id: str) -> Mapping[str, Any]:
    (found,) = [item for item in items("CallsTable") if item["id"]["S"] == call_id]
    return found


def traces(api: Api, credentials: str, body: str) -> Answer:
    headers = {"content-type": "application/json"}
    return api.request("POST", "/v1/traces", token=credentials, body=body, headers=headers)


class TestReplacing:
    def test_a_call_of_another_key_is_refused_and_the_others_are_recorded(self, api: Api) -> None:
        own, leaked = key(api)[0], key(api)[0]
        api.record(own, call(id="a", credits=5))
        before = stored("a")
        answer = api.record(leaked, call(id="b"), call(id="a", credits=0), call(id="c"), call(id="a", credits=1))
        assert (answer.status, answer.body["recorded"]) == (207, 2)
        assert [bad["index"] for bad in answer.body["rejected"]] == [1, 3]
        refused(answer, "a", "a")
        assert stored("a") == before

    def test_a_request_of_nothing_else_is_refused(self, api: Api) -> None:
        api.record(key(api)[0], call(id="a"))
        answer = api.record(key(api)[0], call(id="a", credits=0))
        assert (answer.status, answer.body["recorded"]) == (400, 0)
        refused(answer, "a")

    def test_keys_of_one_user_are_different_writers(self, api: Api) -> None:
        api.record(key(api, did="hub")[0], call(id="a"))
        refused(api.record(key(api, did="hub")[0], call(id="a")), "a")

    def test_a_refused_call_renames_nobody(self, api: Api) -> None:
        api.record(GATEWAY, call(id="a", appDid="x", userInfo={"fullName": "Alice"}, appInfo={"appName": "Desk"}))
        renaming = {"userInfo": {"fullName": "Mallory"}, "appInfo": {"appName": "Trap"}}
        refused(api.record(OTHER, call(id="a", appDid="x", **renaming)), "a")
        assert (shown(api, "a")["userInfo"]["fullName"], shown(api, "a")["appInfo"]["appName"]) == ("Alice", "Desk")

    def test_the_same_key_replaces_its_own(self, api: Api) -> None:
        own, name = key(api)
        api.record(own, call(id="a", status="processing"))
        assert api.record(own, call(id="a", credits=7)).status == 200
        assert (shown(api, "a")["credits"], shown(api, "a")["recordedBy"]) == (7, name)

    def test_so_do_tokens_of_the_same_user(self, api: Api) -> None:
        api.record(GATEWAY, call(id="a"))
        assert api.record(token("gateway", "recorder", lifetime=60), call(id="a", credits=7)).status == 200
        refused(api.record(OTHER, call(id="a")), "a")

    @pytest.mark.parametrize("role", ["admin", "owner"])
    def test_an_administrator_replaces_anybodys_which_are_the_administrators_then(self, api: Api, role: str) -> None:
        admins, name = key(api, role)
        api.record(GATEWAY, call(id="a"))
        assert api.record(admins, call(id="a", credits=7)).status == 200
        assert (shown(api, "a")["credits"], shown(api, "a")["recordedBy"]) == (7, name)
        refused(api.record(GATEWAY, call(id="a", credits=1)), "a")

    def test_a_call_from_before_writers_were_stored_is_anybodys_once(self, api: Api) -> None:
        api.record(GATEWAY, call(id="a"))
        dynamodb.client().update_item(
            TableName="CallsTable", Key={"id": {"S": "a"}}, UpdateExpression="REMOVE recordedBy"
        )
        assert shown(api, "a")["recordedBy"] is None
        assert api.record(OTHER, call(id="a")).status == 200
        refused(api.record(GATEWAY, call(id="a")), "a")

    def test_a_request_that_the_version_before_let_in_is_treated_as_by_it(self, api: Api) -> None:
        """While a deployment is under way, its authorizer may answer for this version, and it names no credential."""
        api.record(GATEWAY, call(id="0f9d7c3e-call"))
        event = payload("record_calls")
        del event["requestContext"]["authorizer"]["lambda"]["credential"]
        assert api.handle("record_calls", event)["statusCode"] == 200
        assert shown(api, "0f9d7c3e-call")["recordedBy"] is None

    def test_the_items_of_a_barrier_are_no_calls(self, api: Api) -> None:
        dynamodb.client().put_item(TableName="CallsTable", Item={"id": {"S": "a"}, "barrier": {"S": "b"}})
        assert api.record(GATEWAY, call(id="a")).status == 200


class TestGateways:
    def test_litellms_row_is_set_aside_and_stays_refused_when_it_is_sent_again(self, api: Api) -> None:
        row = payload("ingest_litellm")["body"]
        assert api.request("POST", "/api/ingest/litellm", token=GATEWAY, body=row).body["recorded"] == 1
        for _ in range(2):
            answer = api.request("POST", "/api/ingest/litellm", token=OTHER, body=row)
            assert (answer.status, answer.body) == (200, {"recorded": 0, "accepted": 0, "setAside": 1})
        (first, _) = messages("ROWS_SET_ASIDE_QUEUE")
        assert ANOTHERS in first["body"]

    def test_a_span_is_rejected_alone(self, api: Api) -> None:
        spans = json.dumps(as_json(request(span(1), span(2))))
        own, others = (traces(api, credentials, spans) for credentials in (GATEWAY, OTHER))
        assert (own.status, own.body, others.status) == (200, {}, 200)
        assert others.body["partialSuccess"] == {"rejectedSpans": "2", "errorMessage": ANOTHERS}


@pytest.mark.usefixtures("instantly")
class TestWaiting:
    def test_a_call_that_waited_is_its_writers(self, api: Api) -> None:
        own, name = key(api)
        with writes_answered(lambda _: THROTTLED):
            api.record(own, call(id="a"))
        assert write_waiting(api, messages("WAITING_CALLS_QUEUE")) == []
        assert shown(api, "a")["recordedBy"] == name

    def test_a_call_of_another_key_is_refused_without_waiting(self, api: Api) -> None:
        api.record(GATEWAY, call(id="a"))
        with writes_answered(lambda _: THROTTLED):
            answer = api.record(OTHER, call(id="a"), call(id="b"))
        assert (answer.status, answer.body["recorded"], answer.body["accepted"]) == (207, 0, 1)
        refused(answer, "a")
        assert "id" in messages("WAITING_CALLS_QUEUE")[0]["body"]

    def test_it_replaces_no_call_that_another_key_recorded_meanwhile(self, api: Api) -> None:
        with writes_answered(lambda _: THROTTLED):
            api.record(OTHER, call(id="a", credits=1), call(id="b"))
        waiting = messages("WAITING_CALLS_QUEUE")
        api.record(GATEWAY, call(id="a", credits=5))
        assert write_waiting(api, waiting) == []
        assert (shown(api, "a")["credits"], shown(api, "b")["recordedBy"]) == (5, "token:other")

    def test_an_administrators_replaces_any(self, api: Api) -> None:
        api.record(GATEWAY, call(id="a", credits=5))
        with writes_answered(lambda _: THROTTLED):
            api.record(ADMIN, call(id="a", credits=7))
        assert write_waiting(api, messages("WAITING_CALLS_QUEUE")) == []
        assert (shown(api, "a")["credits"], shown(api, "a")["recordedBy"]) == (7, "token:root")

    def test_a_message_of_the_version_before_names_no_writer(self, api: Api) -> None:
        with writes_answered(lambda _: THROTTLED):
            api.record(GATEWAY, call(id="a"))
        (message,) = messages("WAITING_CALLS_QUEUE")
        body = json.loads(message["body"])
        del body["recordedBy"], body["role"]
        assert write_waiting(api, [{**message, "body": json.dumps(body)}]) == []
        assert shown(api, "a")["recordedBy"] is None

    def test_where_it_cannot_be_read_whose_calls_are_they_wait(self, api: Api) -> None:
        with dynamodb_answers("BatchGetItem", lambda _: THROTTLED):
            answer = api.record(GATEWAY, call(id="a"))
        assert (answer.status, answer.body) == (202, {"recorded": 0, "accepted": 1, "rejected": []})


class TestShowing:
    def test_who_recorded_a_call_is_shown_to_those_who_may_read_all(self, api: Api) -> None:
        own, name = key(api)
        api.record(own, call(id="a"))
        for reader, expected in ((ADMIN, name), (OWNER, name), (VIEWER, name), (token("alice"), None)):
            assert api.get("/api/user/model-calls/a", reader).body["recordedBy"] == expected
            for query in ({"id": "a"}, {}):
                of_everybody = {"allUsers": "true"} if expected else {}
                (row,) = api.get("/api/user/model-calls", reader, **query, **of_everybody).body["list"]
                assert row["recordedBy"] == expected


def test_a_request_reads_each_id_once_and_strongly(api: Api) -> None:
    asked: list[Mapping[str, Any]] = []

    def note(params: Mapping[str, Any], **_: object) -> None:
        asked.append(params["RequestItems"]["CallsTable"])

    events: Any = dynamodb.client().meta.events
    events.register("provide-client-params.dynamodb.BatchGetItem", note)
    record(api, GATEWAY, [call(id=f"call-{number % 250}") for number in range(500)])
    events.unregister("provide-client-params.dynamodb.BatchGetItem", note)
    assert sorted(len(one["Keys"]) for one in asked) == [50, 100, 100]
    assert all(one["ConsistentRead"] for one in asked)


WRITERS = {"gateway": GATEWAY, "other": OTHER, "root": ADMIN}
SENT = st.lists(st.tuples(st.sampled_from(sorted(WRITERS)), st.lists(st.integers(0, 3), min_size=1, max_size=3)))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SENT)
def test_whoever_sends_what_a_call_is_its_first_writers_or_an_administrators(
    shared_api: Api, requests: list[tuple[str, list[int]]]
) -> None:
    world, owners, versions = str(uuid.uuid4()), dict[int, str](), dict[int, int]()
    for version, (writer, numbers) in enumerate(requests):
        sent = [call(id=f"{world}-{number}", credits=version) for number in numbers]
        answer = shared_api.record(WRITERS[writer], *sent)
        allowed = [number for number in numbers if writer == "root" or owners.get(number, writer) == writer]
        assert answer.body["recorded"] == len(allowed)
        for number in allowed:
            owners[number], versions[number] = writer, version
    for number, writer in owners.items():
        found = shown(shared_api, f"{world}-{number}")
        assert (found["recordedBy"], found["credits"]) == (f"token:{writer}", versions[number])


def test_of_two_keys_that_write_a_new_id_at_the_same_moment_the_later_one_has_it(api: Api) -> None:
    """The one thing that reading before writing leaves open (decision 18)."""
    with at_request(0, lambda: _recorded(api, OTHER), of={"BatchWriteItem"}):
        assert api.record(GATEWAY, call(id="a", credits=1)).status == 200
    assert (shown(api, "a")["credits"], shown(api, "a")["recordedBy"]) == (1, "token:gateway")
    refused(api.record(OTHER, call(id="a")), "a")


def _recorded(api: Api, writer: str) -> None:
    assert api.record(writer, call(id="a", credits=2)).status == 200
