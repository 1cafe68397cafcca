"""POST /v1/traces: spans of the same call, in any order and any requests, become one call, counted once."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.aws.settings import settings as stack_settings
from ledger.calls.call_item import from_item, is_withdrawn
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.identity import Identity, Role
from ledger.gateways import traces
from ledger.gateways.otlp import Span
from ledger.gateways.span_batch import SpanBatches
from tests.integration.harness import Api, token
from tests.integration.support import DAY, count, error, items, messages, write_waiting, writes_answered

ADMIN = token("root", "admin", lifetime=DAY)
OPENLLMETRY, SDK = "opentelemetry.instrumentation.anthropic", "com.anthropic.sdk.python"
RESPONSE, OTHER_RESPONSE = "msg_0123456789abcdefghij", "msg_9876543210abcdefghij"
START = int(time.time() - 60) * 10**9

pytestmark = pytest.mark.usefixtures("instantly", "api")


def span(name: str, parent: str = "", scope: str = OPENLLMETRY, **attributes: Any) -> Span:
    found: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        **{key.replace("__", "."): value for key, value in attributes.items() if not key.isupper()},
    }
    trace = attributes.get("TRACE", "a")
    return Span(
        trace * 32, name * 16, parent * 16, scope, "1.0", START + int(name, 16), START + 10**9, False, "", found, {}
    )


USED: dict[str, Any] = {"gen_ai__usage__input_tokens": 100, "gen_ai__usage__output_tokens": 20}
OUTER = span("1", user__id="alice")
INNER = span("2", "1", SDK, gen_ai__response__id=RESPONSE, **USED)
ALONE = span("3", "", SDK, gen_ai__response__id=OTHER_RESPONSE, TRACE="b", **USED)
WITH_RESPONSE = span("4", gen_ai__response__id=OTHER_RESPONSE, user__id="alice", TRACE="c", **USED)
ANOTHER = span("5", user__id="bob", **USED)
LANGCHAIN = "openinference.instrumentation.langchain"
OF_CHATS = "chatcmpl-0123456789abcdefghij"
CHAT: dict[str, Any] = {"gen_ai__provider__name": "openai", "gen_ai__response__id": OF_CHATS}
BESIDE = span("6", "7", LANGCHAIN, user__id="carol", TRACE="d", **CHAT, **USED)
CHATTED = span("8", TRACE="e", **CHAT, **USED)
BESIDE_ALONE = span("9", "a", LANGCHAIN, gen_ai__response__id=OTHER_RESPONSE, user__id="dora", TRACE="f", **USED)


GATEWAY = Identity("key:1", Role.RECORDER, credential="key:1")
OTHER = Identity("key:2", Role.RECORDER, credential="key:2")


def send(*spans: Span, asker: Identity = GATEWAY) -> list[str]:
    """Send spans. Returns why some are refused."""
    return list(SpanBatches.of(stack_settings()).record(spans, asker).rejected)


def stored() -> list[ModelCall]:
    """The calls in the log, by their ids."""
    found = [from_item(item) for item in items("CallsTable") if not is_withdrawn(item)]
    return sorted((replace(call, updated_at="") for call in found), key=lambda call: call.id)


@pytest.mark.parametrize("order", [[OUTER, INNER], [INNER, OUTER]], ids=["outer first", "inner first"])
def test_what_comes_first_is_recorded_and_what_comes_later_corrects_it(api: Api, order: Sequence[Span]) -> None:
    send(order[0])
    assert len(stored()) == 1
    send(order[1])
    (call,) = stored()
    assert (call.id, call.user_did, call.input_tokens) == (f"{'a' * 32}-{'2' * 16}", "alice", 100)
    count(api)
    day = {"startTime": int(time.time()) - DAY, "endTime": int(time.time()), "allUsers": True}
    stats = api.get("/api/user/admin/user-stats", ADMIN, **day)
    assert (stats.body["summary"]["totalCalls"], stats.body["summary"]["byType"]["chatCompletion"]["totalUsage"]) == (
        1,
        120,
    )
    listed = api.get("/api/user/model-calls", ADMIN, allUsers=True)
    assert [row["id"] for row in listed.body["list"]] == [call.id]
    assert api.get(f"/api/user/model-calls/{'a' * 32}-{'1' * 16}", ADMIN).status == 404


@pytest.mark.parametrize("order", [[ALONE, WITH_RESPONSE], [WITH_RESPONSE, ALONE]], ids=["alone first", "alone last"])
def test_the_span_of_an_sdk_in_a_trace_of_its_own_finds_the_other_by_its_response(order: Sequence[Span]) -> None:
    for each in order:
        send(each)
    (call,) = stored()
    assert (call.id, call.user_did, call.request_id) == (f"{'b' * 32}-{'3' * 16}", "alice", OTHER_RESPONSE)


@pytest.mark.parametrize("order", [[BESIDE, CHATTED], [CHATTED, BESIDE]], ids=["callback first", "callback last"])
def test_the_span_of_a_callback_finds_that_of_the_sdk_in_another_trace(order: Sequence[Span]) -> None:
    for each in order:
        send(each)
    (call,) = stored()
    assert (call.id, call.user_did, call.request_id) == (f"{'e' * 32}-{'8' * 16}", "carol", OF_CHATS)


def test_a_batch_that_was_never_seen_apart_withdraws_nothing() -> None:
    send(OUTER, INNER)
    assert len(items("CallsTable")) == 1


def test_what_came_alone_is_corrected_where_it_comes_again_with_the_other() -> None:
    send(OUTER)
    send(OUTER, INNER)
    send(OUTER)
    assert [call.id for call in stored()] == [f"{'a' * 32}-{'2' * 16}"]


def test_calls_that_waited_do_not_undo_what_came_after_them(api: Api) -> None:
    with writes_answered(lambda _: (400, error("ThrottlingException"))):
        send(INNER)
    waiting = messages("WAITING_CALLS_QUEUE")
    send(OUTER)
    merged = stored()
    assert write_waiting(api, waiting) == []
    assert stored() == merged
    assert [call.user_did for call in merged] == ["alice"]


def test_what_was_withdrawn_does_not_come_back_with_a_call_that_waited(api: Api) -> None:
    with writes_answered(lambda _: (400, error("ThrottlingException"))):
        send(OUTER)
    waiting = messages("WAITING_CALLS_QUEUE")
    send(INNER)
    assert write_waiting(api, waiting) == []
    assert [call.id for call in stored()] == [f"{'a' * 32}-{'2' * 16}"]


def test_what_was_received_of_a_user_before_their_erasure_is_not_recorded_again(api: Api) -> None:
    send(OUTER)
    asked = api.request("POST", "/api/admin/erasures", token=ADMIN, json_body={"userDid": "alice"})
    assert asked.status == 202
    send(INNER)
    assert [call.user_did for call in stored() if call.id.endswith("2" * 16)] == ["key:1"]


def test_nobody_changes_or_withdraws_what_another_key_recorded() -> None:
    send(OUTER)
    mine = stored()
    (refusal,) = send(OUTER, asker=OTHER)
    assert "another key" in refusal
    send(INNER, asker=OTHER)
    assert [call for call in stored() if call.recorded_by == "key:1"] == mine
    assert [call.user_did for call in stored() if call.recorded_by == "key:2"] == ["alice"]


def test_where_earlier_spans_cannot_be_read_calls_are_recorded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGESTION_TABLE", "no-such-table")
    stack_settings.cache_clear()
    send(OUTER, INNER, ANOTHER)
    monkeypatch.undo()
    stack_settings.cache_clear()
    assert [call.user_did for call in stored()] == ["alice", "bob"]


def test_a_trace_keeps_its_latest_families_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "MOST_SPANS", 2)
    for number in range(1, 8):
        send(replace(ANOTHER, span_id=f"{number:016x}", end=START + number * 10**9))
    (item,) = [item for item in items("IngestionTable") if item["partition"]["S"].startswith("trace#")]
    assert 2 <= sum("B" in value for value in item.values()) <= 4
    assert len(stored()) == 7


def test_an_answer_that_keeps_its_id_does_not_fill_its_item_for_ever() -> None:
    """A server that repeats ids would, so the item is begun anew once it is full."""
    table = boto3.resource("dynamodb").Table("IngestionTable")
    partition = keys.response(GATEWAY.credential, "anthropic", OTHER_RESPONSE)
    table.put_item(Item={"partition": partition, "name": "spans", "filler": "x" * 403_500})
    spans = [replace(WITH_RESPONSE, trace_id=f"{number:032x}", scope=f"{number}" * 2_000) for number in range(1, 9)]
    send(*spans)
    assert len(stored()) == 8


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Span]]:
    order = draw(st.permutations([OUTER, INNER, ALONE, WITH_RESPONSE, ANOTHER, BESIDE, CHATTED, BESIDE_ALONE]))
    requests: list[list[Span]] = [[]]
    for each in order:
        if draw(st.booleans()):
            requests.append([])
        requests[-1].append(each)
    return [request for request in requests if request]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries())
def test_the_end_is_the_same_for_every_order_and_every_cut(requests: list[list[Span]]) -> None:
    client = boto3.client("dynamodb")
    for table, names in (("CallsTable", ("id",)), ("IngestionTable", ("partition", "name"))):
        for item in items(table):
            client.delete_item(TableName=table, Key={name: item[name] for name in names})
    for request in requests:
        send(*request)
    assert [(call.id[0], call.id[-1], call.user_did, call.model, call.input_tokens) for call in stored()] == [
        ("a", "2", "alice", "claude-sonnet-4-5", 100),
        ("a", "5", "bob", "claude-sonnet-4-5", 100),
        ("b", "3", "alice", "claude-sonnet-4-5", 100),
        ("e", "8", "carol", "claude-sonnet-4-5", 100),
    ]


def test_a_call_with_a_lower_revision_changes_nothing() -> None:
    calls = Calls.of(stack_settings())
    send(ANOTHER)
    (call,) = stored()
    assert call.revision == 1
    assert calls.put([replace(call, revision=3, model="newest")], time.time()) == []
    assert calls.put([replace(call, revision=2, model="older")], time.time()) == []
    assert calls.withdraw({call.id: 2}, GATEWAY.writer, time.time()) == []
    assert [each.model for each in stored()] == ["newest"]
    assert calls.withdraw({call.id: 4}, GATEWAY.writer, time.time()) == []
    assert calls.put([replace(call, revision=3, model="newest")], time.time()) == []
    assert stored() == []
