"""History of other systems comes in through the API, once, and says what was refused."""

import csv
import gzip
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.import_rows import Placed, rows_of_csv, rows_of_sqlite
from local.importing import Progress, import_file
from tests.integration.harness import Api, token
from tests.integration.support import items, sent

NOW = int(time.time())
GATEWAY, ADMIN = token("gateway", "recorder"), token("root", "admin")
AT = datetime.fromtimestamp(NOW - 100 * 86_400, UTC)

type Import = Callable[[Path, Callable[[Path, int], Iterator[Placed]]], Progress]


@pytest.fixture
def client(api: Api) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        body = gzip.decompress(request.read()).decode()
        answered = api.request("POST", request.url.path, token=GATEWAY, body=body)
        return httpx.Response(answered.status, content=sent(answered.body))

    return httpx.Client(base_url="http://ledger", transport=httpx.MockTransport(answer))


@pytest.fixture
def load(client: httpx.Client) -> Import:
    def run(path: Path, rows: Callable[[Path, int], Iterator[Placed]]) -> Progress:
        *_, last = import_file(path, rows, client)
        return last

    return run


def write(path: Path, *rows: dict[str, Any], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def shown(api: Api, call_id: str) -> dict[str, Any]:
    return api.get(f"/api/user/model-calls/{call_id}", ADMIN).body


EXPORTED = {
    "Timestamp": AT.isoformat(),
    "Request ID": "a",
    "User DID": "alice",
    "User Name": "Alice",
    "Model": "gpt-5",
    "Provider": "OpenAI",
    "Type": "chatCompletion",
    "Status": "failed",
    "Input Tokens": "10",
    "Output Tokens": "2",
    "Total Usage": "15",
    "Credits": "0.0000000001",
    "Duration(s)": "1.5",
    "App DID": "desk",
    "Error Reason": '\'=no, "really"\nnot',
    "Cache Read Tokens": "3",
    "Cost Source": "reported",
    "Provider ID": "openai",
    "Call Time": str(int(AT.timestamp())),
    "Other Usage": '{"images": 2}',
    "Metadata": '{"a": 1.10}',
}
CHINESE = [
    "时间",
    "请求ID",
    "用户DID",
    "用户名",
    "模型",
    "提供商",
    "类型",
    "状态",
    "输入Token数",
    "输出Token数",
    "总使用量",
    "积分",
]


def test_an_export_comes_back_as_it_was(api: Api, load: Import, tmp_path: Path) -> None:
    progress = load(write(tmp_path / "calls.csv", EXPORTED, encoding="utf-8-sig"), rows_of_csv)
    assert (progress.recorded, progress.refused) == (1, 0)
    call = shown(api, "a")
    assert call["usageMetrics"] == {
        "inputTokens": 10,
        "outputTokens": 2,
        "cacheReadInputTokens": 3,
        "cacheCreationInputTokens": 0,
        "images": 2,
    }
    assert (call["credits"], call["costSource"], call["totalUsage"]) == (Decimal("0.0000000001"), "reported", 15)
    assert (call["userDid"], call["appDid"], call["providerId"], call["status"]) == (
        "alice",
        "desk",
        "openai",
        "failed",
    )
    assert (call["callTime"], call["duration"]) == (int(AT.timestamp()), Decimal("1.5"))
    assert (call["errorReason"], call["metadata"]) == ('=no, "really"\nnot', {"a": Decimal("1.10")})


def test_an_export_in_chinese_is_read_as_well(api: Api, load: Import, tmp_path: Path) -> None:
    row = dict(zip(CHINESE, list(EXPORTED.values())[:12], strict=True)) | {"提供商": "openai"}
    assert load(write(tmp_path / "calls.csv", row), rows_of_csv).recorded == 1
    assert (shown(api, "a")["model"], shown(api, "a")["credits"]) == ("gpt-5", Decimal("0.0000000001"))


def test_a_spend_log_of_litellm_is_read(api: Api, load: Import, tmp_path: Path) -> None:
    usual = {
        "request_id": "a",
        "call_type": "acompletion",
        "api_key": "hash",
        "spend": "1.35e-05",
        "total_tokens": "120",
        "prompt_tokens": "100",
        "completion_tokens": "20",
        "startTime": AT.strftime("%Y-%m-%d %H:%M:%S.250"),
        "endTime": AT.strftime("%Y-%m-%d %H:%M:%S.750"),
        "model": "openai/gpt-5",
        "custom_llm_provider": "openai",
        "user": "default_user_id",
        "team_id": "desk",
        "end_user": "alice",
        "metadata": json.dumps({"usage_object": {"prompt_tokens_details": {"cached_tokens": 64}}}),
        "cache_hit": "False",
        "status": "success",
    }
    unknown = usual | {"request_id": "b", "spend": "0", "model": "own", "call_type": "aembedding", "end_user": ""}
    hit = usual | {"request_id": "c", "spend": "0", "cache_hit": "True"}
    assert load(write(tmp_path / "log.csv", usual, unknown, hit), rows_of_csv).recorded == 3
    call = shown(api, "a")
    assert (call["costUsd"], call["costSource"], call["callTime"]) == (
        Decimal("0.0000135"),
        "reported",
        int(AT.timestamp()),
    )
    assert (call["usageMetrics"]["inputTokens"], call["usageMetrics"]["cacheReadInputTokens"]) == (36, 64)
    assert (call["userDid"], call["appDid"], call["duration"]) == ("alice", "desk", Decimal("0.5"))
    other = shown(api, "b")
    assert (other["costSource"], other["type"], other["userDid"]) == ("unpriced", "embedding", "default_user_id")
    assert (shown(api, "c")["costSource"], shown(api, "c")["costUsd"]) == ("reported", 0)


def hub(path: Path, *rows: tuple[Any, ...]) -> Path:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE AiProviders (id TEXT, name TEXT)")
        connection.execute("INSERT INTO AiProviders VALUES ('p1', 'openai')")
        connection.execute(
            "CREATE TABLE ModelCalls (id TEXT, providerId TEXT, model TEXT, type TEXT, status TEXT, userDid TEXT,"
            " usageMetrics TEXT, credits DECIMAL(20,8), duration REAL, callTime INTEGER, createdAt TEXT)"
        )
        connection.executemany("INSERT INTO ModelCalls VALUES (?,?,?,?,?,?,?,?,?,?,?)", rows)
    connection.close()
    return path


def hub_row(call_id: str, **fields: Any) -> tuple[Any, ...]:
    usual = {
        "id": call_id,
        "providerId": "p1",
        "model": "gpt-5",
        "type": "chatCompletion",
        "status": "success",
        "userDid": "alice",
        "usageMetrics": '{"inputTokens": 7}',
        "credits": 0.1,
        "duration": 1.5,
        "callTime": int(AT.timestamp()),
        "createdAt": AT.strftime("%Y-%m-%d %H:%M:%S.000 +00:00"),
    }
    return tuple((usual | fields).values())


def test_the_calls_of_an_aigne_hub_are_read_and_what_is_refused_is_told(api: Api, load: Import, tmp_path: Path) -> None:
    old = hub_row("old", callTime=NOW - 399 * 86_400)
    path = hub(
        tmp_path / "hub.sqlite",
        hub_row("a"),
        hub_row("b", callTime=None),
        hub_row("c", type="telepathy"),
        old,
        hub_row(""),
    )
    progress = load(path, rows_of_sqlite)
    assert (progress.recorded, progress.refused) == (2, 3)
    call = shown(api, "b")
    assert (call["providerId"], call["credits"], call["callTime"]) == ("openai", Decimal("0.1"), int(AT.timestamp()))
    told = [json.loads(line) for line in (tmp_path / "hub.sqlite.refused.jsonl").read_text().splitlines()]
    assert [each["row"] for each in told] == [3, 4, 5]
    assert [each["reason"].partition(":")[0] for each in told] == ["type", "callTime", "id"]


def test_an_import_that_is_cut_off_goes_on_and_records_each_call_once(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.importing.TOGETHER", 2)
    path = hub(tmp_path / "hub.sqlite", *(hub_row(f"call-{n}", type="bad" if n == 1 else "video") for n in range(7)))
    first = next(import_file(path, rows_of_sqlite, client))
    assert (first.position, first.recorded, first.refused) == (2, 1, 1)
    with (tmp_path / "hub.sqlite.refused.jsonl").open("a") as refused:
        refused.write("what was written when it was cut off")
    *_, last = import_file(path, rows_of_sqlite, client)
    assert (last.position, last.recorded, last.refused) == (7, 6, 1)
    assert len((tmp_path / "hub.sqlite.refused.jsonl").read_text().splitlines()) == 1
    assert len(items("CallsTable")) == 6
    *_, again = import_file(path, rows_of_sqlite, client)
    assert again == last


def test_any_other_csv_is_refused_as_a_whole(load: Import, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="neither"):
        load(write(tmp_path / "other.csv", {"a": 1}), rows_of_csv)
