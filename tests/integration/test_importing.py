"""History of other systems comes in through the API, once, and says what was refused."""

import csv
import gzip
import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from tests.integration.harness import BUCKET, TABLES, Api, call, make_table, token
from tests.integration.support import count, items, record, sent, shown
from tools.operate.importing.file_import import Progress, bar, import_file
from tools.operate.importing.sources import Placed, last_of_csv, rows_of_csv, rows_of_sqlite

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


def write(path: Path, *rows: dict[str, Any]) -> Path:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


TEXTS = [
    *("=1+1", "-1", "+1", "@SUM(A1)", "\t=1", "\r", "\n", "'", "'quoted", "''"),
    *('say "a,b"', "two\r\nlines", "🦜 中文", " "),
]


def every_kind_of_call() -> list[dict[str, Any]]:
    """Calls of every type, status and source of a cost, with the texts that CSV and spreadsheets stumble over."""
    chance = random.Random(5)
    costs: list[dict[str, Any]] = [
        {"credits": Decimal("0.0000000001"), "costUsd": Decimal("0.0000000002")},
        {"credits": 0},
        {"credits": None, "costUsd": Decimal("1.35e-05")},
        {"credits": None, "model": "own"},
        {"credits": None, "model": "nobody-knows"},
        {"credits": None},
    ]
    return [
        call(
            id=f"{number}-{text}",
            userDid=chance.choice(["alice", "=bob"]),
            appDid=chance.choice([None, "desk"]),
            type=chance.choice(["chatCompletion", "embedding", "imageGeneration", "video"]),
            status=chance.choice(["success", "failed", "processing"]),
            callTime=NOW - chance.choice([2, 86_400]),
            totalUsage=chance.choice([None, Decimal("2.5"), 10**11]),
            usageMetrics=chance.choice(
                [None, {"inputTokens": 7, "cacheReadInputTokens": 3, "images": 2}, {"cacheCreationInputTokens": 5}]
            ),
            duration=chance.choice([None, 0, Decimal("0.1234567891")]),
            ttfb=chance.choice([None, 12]),
            providerTtfb=chance.choice([None, Decimal("3.5")]),
            errorReason=chance.choice([None, text]),
            requestId=chance.choice([None, text]),
            traceId=chance.choice([None, text]),
            credentialId=chance.choice([None, text]),
            responseModel=chance.choice([None, "gpt-5-mini", text]),
            metadata=chance.choice([None, {}, text, '{"a": 1}', [1, Decimal("2.50"), None], {"=": {"'": text}}]),
            **{"model": "gpt-5", **chance.choice(costs)},
        )
        for number, text in enumerate(TEXTS * 2)
    ]


def ledger_without_calls(api: Api) -> None:
    """With a rate, and nothing else."""
    api.positions.clear()
    for table in TABLES.values():
        boto3.client("dynamodb").delete_table(TableName=table)
        make_table(table)
    rate = {"model": "own", "prices": {"inputTokens": 3, "request": Decimal("0.01")}}
    assert api.request("PUT", "/api/admin/rates", token=ADMIN, body=sent(rate)).status == 200


def told(api: Api) -> tuple[Any, Any]:
    """What a ledger tells of all its calls, and what it tells of them one by one."""
    count(api)
    span = {"startTime": NOW - 4 * 86_400, "endTime": NOW, "timezoneOffset": 90}
    stats = api.get("/api/user/admin/user-stats", ADMIN, **span).body
    log = api.get("/api/user/model-calls", ADMIN, allUsers="true", pageSize=100).body["list"]
    by_whom_and_when = {"createdAt", "updatedAt", "recordedBy", "pricedBy"}
    rows = [{name: value for name, value in row.items() if name not in by_whom_and_when} for row in log]
    return {name: value for name, value in stats.items() if name not in ("asOf", "boardsAsOf")}, rows


def exported(api: Api, locale: str, path: Path) -> Path:
    asked = {"allUsers": "true", "locale": locale}
    headers = {"host": "api", "accept": "application/json"}
    body = api.request("GET", "/api/user/model-calls/export", token=ADMIN, query=asked, headers=headers).body
    key = body["url"].split("?")[0].rpartition("/")[2]
    path.write_bytes(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    return path


def test_what_one_ledger_exports_another_imports(api: Api, load: Import, tmp_path: Path) -> None:
    """Call by call, and in every figure; the same calls in Chinese change nothing."""
    ledger_without_calls(api)
    assert record(api, GATEWAY, every_kind_of_call()).body["rejected"] == []
    stats, calls = told(api)
    assert {row["costSource"] for row in calls} == {"reported", "rate", "catalogue", "unpriced"}
    english, chinese = (exported(api, locale, tmp_path / f"{locale}.csv") for locale in ("en", "zh"))
    ledger_without_calls(api)
    for path in (english, chinese):
        assert last_of_csv(path) == len(calls)
        assert load(path, rows_of_csv) == Progress(position=len(calls), recorded=len(calls))
    assert told(api) == (stats, calls)


SPENT = {
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
HUB_EXPORT = {
    "时间": AT.isoformat(),
    "请求ID": "a",
    "用户DID": "alice",
    "用户名": "Alice",
    "模型": "gpt-5",
    "提供商": "Google Vertex AI",
    "类型": "chatCompletion",
    "状态": "success",
    "输入Token数": "10",
    "输出Token数": "2",
    "总使用量": "12",
    "积分": "0.0000000001",
}


def test_an_export_of_an_aigne_hub_is_read_as_well(api: Api, load: Import, tmp_path: Path) -> None:
    assert load(write(tmp_path / "calls.csv", HUB_EXPORT), rows_of_csv).recorded == 1
    found = shown(api, "a")
    assert (found["model"], found["providerId"], found["credits"], found["callTime"]) == (
        "gpt-5",
        "vertex_ai",
        Decimal("0.0000000001"),
        int(AT.timestamp()),
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"总使用量": "NaN"},
        {"积分": "Infinity"},
        {"积分": "much"},
        {"输入Token数": "1.5"},
        {"时间": ""},
        {"元数据": '"\\ud800"'},
        {"元数据": "{"},
    ],
)
def test_a_row_that_cannot_be_read_fails_no_other(tmp_path: Path, bad: dict[str, str]) -> None:
    path = write(tmp_path / "calls.csv", {"元数据": "", **HUB_EXPORT, **bad}, {"元数据": "", **HUB_EXPORT})
    (_, refused), (_, read) = rows_of_csv(path, 0)
    assert isinstance(refused, str)
    assert isinstance(read, dict)


def test_a_file_that_is_no_text_is_read_as_far_as_it_is_one(tmp_path: Path) -> None:
    """A spend log may hold cells of any length, and what is no UTF-8."""
    path = write(tmp_path / "log.csv", SPENT | {"end_user": "alice\udcff", "response": "x" * 200_000})
    ((_, row),) = rows_of_csv(path, 0)
    assert isinstance(row, dict)
    assert row["userDid"] == "alice\\xff"


def test_a_spend_log_of_litellm_is_read(api: Api, load: Import, tmp_path: Path) -> None:
    usual = SPENT
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
    assert (shown(api, "c")["costSource"], shown(api, "c")["credits"]) == ("reported", 0)
    assert [shown(api, call_id)["model"] for call_id in "abc"] == ["gpt-5", "own", "gpt-5"]


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


def test_the_words_and_long_fractions_of_a_hubs_usage_are_read_as_its_connector_does(
    api: Api, load: Import, tmp_path: Path
) -> None:
    usage = {"inputTokens": 7, "seconds": 0.123456789012, "imageSize": "1024x1024", "outputTokens": None, "hd": True}
    rows = hub_row("a", usageMetrics=json.dumps(usage)), hub_row("b", usageMetrics=None)
    assert load(hub(tmp_path / "hub.sqlite", *rows), rows_of_sqlite).recorded == 2
    call = shown(api, "a")
    assert (call["usageMetrics"]["inputTokens"], call["usageMetrics"]["outputTokens"]) == (7, 0)
    assert call["usageMetrics"]["seconds"] == Decimal("0.123456789")
    assert call["metadata"] == {"imageSize": "1024x1024", "hd": True}
    assert shown(api, "b")["metadata"] is None


@pytest.mark.parametrize("usage", ["[7]", "{", '{"seconds": 1e99}'])
def test_a_row_of_a_hub_whose_usage_cannot_be_read_fails_no_other(tmp_path: Path, usage: str) -> None:
    path = hub(tmp_path / "hub.sqlite", hub_row("a", usageMetrics=usage), hub_row("b"))
    (_, refused), (_, read) = rows_of_sqlite(path, 0)
    assert isinstance(refused, str)
    assert isinstance(read, dict)


def test_an_import_that_is_cut_off_goes_on_and_records_each_call_once(client: httpx.Client, tmp_path: Path) -> None:
    path = hub(tmp_path / "hub.sqlite", *(hub_row(f"call-{n}", type="bad" if n == 1 else "video") for n in range(7)))
    first = next(import_file(path, rows_of_sqlite, client, batch_size=2))
    assert (first.position, first.recorded, first.refused) == (2, 1, 1)
    with (tmp_path / "hub.sqlite.refused.jsonl").open("a") as refused:
        refused.write("what was written when it was cut off")
    *_, last = import_file(path, rows_of_sqlite, client, batch_size=2)
    assert (last.position, last.recorded, last.refused) == (7, 6, 1)
    assert len((tmp_path / "hub.sqlite.refused.jsonl").read_text().splitlines()) == 1
    assert len(items("CallsTable")) == 6
    *_, again = import_file(path, rows_of_sqlite, client, batch_size=2)
    assert again == last


def test_a_bar_says_how_far_it_is() -> None:
    assert (
        bar(Progress(position=500, recorded=1_499, refused=1), 2_000)
        == f"{'█' * 10}{'░' * 30}  25%  1,499 recorded, 1 refused"
    )
    assert bar(Progress(position=7), 5).startswith("█" * 40)


def test_any_other_csv_is_refused_as_a_whole(load: Import, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="neither"):
        load(write(tmp_path / "other.csv", {"a": 1}), rows_of_csv)
