"""GET /api/user/model-calls/export and /api/user/exports: what those who ask get, and whose it is."""

import csv
import hashlib
import json
import random
import time
from dataclasses import replace
from io import StringIO
from typing import Any

import boto3
import pytest
import time_machine

from ledger.aws import dynamodb
from ledger.aws.settings import settings
from ledger.core.moments import iso
from ledger.exports.query import ExportQuery
from tests.integration.harness import BUCKET, Answer, Api, call, token
from tests.integration.support import count, dynamodb_answers, error, record, refusal

GATEWAY = token("gateway", "recorder")
ADMIN = token("root", "admin")
LOG = "/api/user/model-calls"
EXPORT = f"{LOG}/export"
EXPORTS = "/api/user/exports"
NOW = int(time.time())
JSON = {"accept": "application/json"}


@pytest.fixture
def larger(api: Api) -> None:
    """Every export is one that a job writes."""
    app = api.module("export_calls")
    app.starter = replace(app.starter, small=-1)


def ask(api: Api, asker: str, headers: dict[str, str] | None = None, **query: Any) -> Answer:
    """Ask for an export, with headers beside the usual ones."""
    event = {"headers": {"host": "api", **(headers or {})}}
    return api.request("GET", EXPORT, token=asker, query=query, **event)


def file_of(body: dict[str, Any]) -> bytes:
    """The object that the link of an answer names, when it is what the answer says of it."""
    stored = file_at(body["url"])
    data = stored["Body"].read()
    assert (body["bytes"], body["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert body["filename"] in stored["ContentDisposition"]
    return data


def file_at(url: str) -> Any:
    """The object of a link."""
    return boto3.client("s3").get_object(Bucket=BUCKET, Key=url.split("?")[0].rpartition("/")[2])


def ids(data: bytes) -> list[str]:
    return [row["Request ID"] for row in csv.DictReader(StringIO(data.decode("utf-8-sig"), newline=""))]


def walked(api: Api, asker: str, **query: Any) -> list[str]:
    """The ids on all pages of the log."""
    found: list[str] = []
    next_token: str | None = ""
    while next_token is not None:
        body = api.get(LOG, asker, pageSize=100, nextToken=next_token, **query).body
        found += [row["id"] for row in body["list"]]
        next_token = body["nextToken"]
    return found


def some_calls(number: int) -> list[dict[str, Any]]:
    chance = random.Random(8)
    return [
        call(
            id=f"{chance.getrandbits(40):010x}",
            userDid=chance.choice(["alice", "bob"]),
            providerId=chance.choice(["openai", "azure"]),
            model=chance.choice(["gpt-5", "a,b"]),
            type=chance.choice(["chatCompletion", "embedding"]),
            status=chance.choice(["success", "failed", "processing"]),
            callTime=NOW - chance.choice([5, 6, 4_000, 90_000]) - chance.randrange(3),
            appDid=chance.choice([None, "desk"]),
            duration=chance.choice([None, 0, 3, 30]),
            traceId=chance.choice([None, "TRACE"]),
            credentialId=chance.choice([None, "key-1"]),
            responseModel=chance.choice([None, "gpt-5-2026"]),
            metadata=chance.choice([None, {"team": "red"}, {"team": ["blue", "red"]}]),
            userInfo={"fullName": "Ann, the =first", "email": "a@b.c"},
        )
        for _ in range(number)
    ]


@pytest.mark.parametrize("asker", ["alice", "root"])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"status": "failed", "model": "a,b"},
        {"providerId": "azure", "type": "embedding"},
        {"appDid": "desk", "minDurationSeconds": "3"},
        {"minCredits": "0.0125", "metadata": "team:red"},
        {"maxCredits": "0.0124"},
        {"credential": "key-1", "costSource": "reported", "responseModel": "gpt-5-2026"},
        {"search": "trace"},
        {"search": "the =F", "searchFields": "userName"},
        {"search": "DESK", "searchFields": "appName", "status": "success"},
        {"startTime": NOW - 4_002, "endTime": NOW - 6},
        {"startTime": 1, "endTime": 2},
    ],
)
def test_an_export_has_the_rows_of_the_log_in_its_order(api: Api, asker: str, query: dict[str, Any]) -> None:
    record(api, GATEWAY, some_calls(60))
    count(api)
    query = query | ({"allUsers": "true"} if asker == "root" else {})
    who = ADMIN if asker == "root" else token("alice")
    answer = ask(api, who, JSON, **query)
    if not ExportQuery.model_validate(query).filter.is_counted:  # how many that will be no counter knows
        assert (answer.status, answer.body["rowsTotal"]) == (202, None)
        api.run_jobs()
        answer = api.get(answer.headers["Location"], who)
    assert answer.status == 200
    exported = ids(file_of(answer.body))
    assert exported == walked(api, who, **query)
    assert answer.body["rows"] == answer.body["rowsWritten"] == answer.body["rowsTotal"] == len(exported)


def test_a_row_says_what_the_log_says_and_who_it_was(api: Api) -> None:
    record(
        api,
        GATEWAY,
        call(
            id="a",
            status="failed",
            appDid="app",
            errorReason='=cmd(), "x"',
            credits=0,
            usageMetrics={"inputTokens": 1, "cacheReadInputTokens": 7},
            userInfo={"fullName": "Doe, Jane", "email": "jane@example.com"},
            appInfo={"appName": "Desk"},
        ),
    )
    (row,) = csv.DictReader(
        StringIO(file_of(ask(api, token("alice"), JSON).body).decode("utf-8-sig"), newline=""), strict=True
    )
    (shown,) = api.get(LOG, token("alice")).body["list"]
    assert (row["Timestamp"], row["Call Time"]) == (iso(shown["callTime"]), str(shown["callTime"]))
    assert row["Updated At"] == shown["updatedAt"]
    assert (row["User Name"], row["User Email"]) == ("Doe, Jane", "jane@example.com")
    assert (row["Provider"], row["App Name"]) == ("OpenAI", "Desk")
    assert row["Error Reason"] == '\'=cmd(), "x"'
    assert (row["Credits"], row["Output Tokens"], row["Cache Read Tokens"], row["TTFB(ms)"]) == ("0", "0", "7", "")
    (line,) = file_of(ask(api, token("alice"), JSON, format="jsonl").body).decode().splitlines()
    assert json.loads(line)["errorReason"] == '=cmd(), "x"'


def test_titles_and_times_are_in_the_language_and_zone_that_are_asked_for(api: Api) -> None:
    record(api, GATEWAY, call(id="a", callTime=NOW - 60))
    answer = ask(api, token("alice"), JSON, locale="zh", timezone="Asia/Kolkata")
    head, row = file_of(answer.body).decode("utf-8-sig").splitlines()
    assert head.startswith("时间,请求ID,用户DID,用户名,用户邮箱")
    assert row.partition(",")[0].endswith("+05:30")


def test_whoever_asks_gets_the_file_with_or_without_following_the_redirect(api: Api) -> None:
    record(api, GATEWAY, call(id="a", model='of "many", 模型'))
    answer = ask(api, token("alice"), {"accept": "*/*"})
    assert answer.status == 303
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    name = time.strftime("model-calls-%Y-%m-%d.csv", time.gmtime())
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert ids(answer.body.encode()) == ["a"]
    assert file_at(answer.headers["Location"])["Body"].read() == answer.body.encode()


@pytest.mark.parametrize(("size", "reason"), [("LARGEST_BODY", "its bytes"), ("LARGEST_ANSWER", "its signs in JSON")])
def test_a_file_that_no_answer_can_carry_is_at_the_link_alone(
    api: Api, size: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(api, GATEWAY, call(id="a"))
    monkeypatch.setattr(f"ledger.exports.job.{size}", 300)
    answer = ask(api, token("alice"))
    assert answer.status == 303, reason
    assert answer.headers["Location"] == answer.body["url"]
    assert NOW < answer.body["expiresAt"] <= time.time() + 300
    assert ids(file_of(answer.body)) == ["a"]


def test_parquet_is_at_the_link_alone(api: Api) -> None:
    record(api, GATEWAY, call(id="a", credits="0.1"))
    answer = ask(api, token("alice"), format="parquet")
    assert (answer.status, answer.headers["Location"]) == (303, answer.body["url"])
    assert file_of(answer.body)[:4] == b"PAR1"
    assert answer.body["filename"].endswith(".parquet")


def test_whoever_wants_json_gets_json_alone(api: Api) -> None:
    answer = ask(api, token("alice"), {"accept": "application/json, text/plain, */*"})
    assert (answer.status, answer.body["rows"]) == (200, 0)
    assert "Location" not in answer.headers


@pytest.mark.usefixtures("larger")
def test_a_larger_one_can_be_watched_until_it_is_ready(api: Api) -> None:
    record(api, GATEWAY, some_calls(20))
    count(api)
    answer = ask(api, ADMIN, allUsers="true")
    assert (answer.status, answer.body["status"]) == (202, "running")
    assert (answer.body["rowsWritten"], answer.body["rowsTotal"]) == (0, 20)
    assert answer.headers["Retry-After"].isdigit()
    where = answer.headers["Location"]
    assert where == f"{EXPORTS}/{answer.body['exportId']}"
    assert api.get(where, ADMIN).body == answer.body
    assert ask(api, ADMIN, allUsers="true").body["exportId"] == answer.body["exportId"]
    assert len(api.jobs) == 1
    api.run_jobs()
    ready = api.get(where, ADMIN).body
    assert (ready["status"], ready["rowsWritten"], ready["rows"]) == ("ready", 20, 20)
    assert len(ids(file_of(ready))) == 20
    again = ask(api, ADMIN, JSON, allUsers="true")
    assert again.body["exportId"] == ready["exportId"]
    assert [export["exportId"] for export in api.get(EXPORTS, ADMIN).body["exports"]] == [ready["exportId"]]


@pytest.mark.usefixtures("larger")
def test_a_job_whose_time_is_up_calls_itself_again(api: Api) -> None:
    record(api, GATEWAY, some_calls(3))
    answer = ask(api, ADMIN, allUsers="true")
    ((function, event),) = api.jobs
    assert function == "write_export"
    api.jobs.clear()
    api.handle("write_export", event)
    assert api.get(answer.headers["Location"], ADMIN).body["status"] == "ready"
    assert api.handle("write_export", event) == {"status": "nothing to do"}


def test_what_takes_too_long_in_the_request_goes_on_as_a_job(api: Api) -> None:
    app = api.module("export_calls")
    worker = app.starter.worker
    in_slices = replace(worker, rows=replace(worker.rows, chunk=7))
    app.starter = replace(app.starter, worker=in_slices, patience=-1.0)
    record(api, GATEWAY, some_calls(30))
    answer = ask(api, ADMIN, allUsers="true")
    assert answer.status == 202
    assert ask(api, ADMIN, allUsers="true").status == 202
    api.run_jobs()
    ready = api.get(answer.headers["Location"], ADMIN).body
    assert ids(file_of(ready)) == walked(api, ADMIN, allUsers="true")


def test_only_its_owner_and_administrators_see_an_export(api: Api) -> None:
    record(api, GATEWAY, some_calls(5))
    export_id = ask(api, token("alice"), JSON).body["exportId"]
    assert api.get(f"{EXPORTS}/{export_id}", token("alice")).status == 200
    assert api.get(f"{EXPORTS}/{export_id}", ADMIN).status == 200
    refusal(api.get(f"{EXPORTS}/{export_id}", token("bob")), 404, "not_found")
    refusal(api.get(f"{EXPORTS}/no-such", token("alice")), 404, "not_found")
    assert api.get(EXPORTS, token("bob")).body == {"exports": []}


def test_everybodys_calls_are_for_who_is_an_administrator_now(api: Api) -> None:
    record(api, GATEWAY, some_calls(5))
    refusal(ask(api, token("alice"), allUsers="true"), 403, "forbidden")
    export_id = ask(api, token("eve", "admin"), JSON, allUsers="true").body["exportId"]
    refusal(api.get(f"{EXPORTS}/{export_id}", token("eve")), 404, "not_found")
    assert api.get(EXPORTS, token("eve")).body == {"exports": []}


def test_the_key_of_an_object_cannot_be_guessed(api: Api) -> None:
    bodies = [ask(api, token("alice"), JSON).body for _ in range(2)]
    keys = [body["url"].split("?")[0].rpartition("/")[2] for body in bodies]
    assert len(set(keys)) == 2
    for key, body in zip(keys, bodies, strict=True):
        assert len(key) > 40
        assert body["exportId"] not in key


@pytest.mark.usefixtures("larger")
def test_an_export_that_nobody_goes_on_with_says_that_it_failed(api: Api) -> None:
    answer = ask(api, token("alice"))
    api.jobs.clear()
    with time_machine.travel(NOW + 2_000):
        body = api.get(answer.headers["Location"], token("alice")).body
        assert body["status"] == "failed"
        assert "ask for it again" in body["error"]
        assert ask(api, token("alice")).body["exportId"] != body["exportId"]
    with time_machine.travel(NOW + 8 * 86_400):
        refusal(api.get(answer.headers["Location"], token("alice")), 404, "not_found")


@pytest.mark.parametrize(
    ("name", "value"), [("format", "xlsx"), ("locale", "de"), ("timezone", "Mars/Base"), ("status", "x"), ("type", "x")]
)
def test_a_value_that_is_none_of_those_there_are_is_refused_by_name(api: Api, name: str, value: str) -> None:
    refusal(ask(api, token("alice"), None, **{name: value}), 400, "invalid_request", name)


def test_expired_calls_are_not_exported(api: Api) -> None:
    record(api, GATEWAY, call(id="new"))
    item = dynamodb.get("CallsTable", {"id": {"S": "new"}})
    assert item
    old = int(time.time()) - settings().retention - 1_000
    expired = item | {"id": {"S": "old"}, "callTimeId": {"S": f"{old:010d}#old"}}
    dynamodb.client().put_item(TableName="CallsTable", Item=expired)
    assert ids(file_of(ask(api, token("alice"), JSON, startTime=0).body)) == ["new"]


def test_a_database_that_is_busy_leaves_the_export_to_a_job(api: Api) -> None:
    record(api, GATEWAY, call(id="a"))
    busy = (400, error("ThrottlingException"))
    with dynamodb_answers("Query", lambda request: busy if "byUser" in str(request) else None):
        answer = ask(api, token("alice"))
    assert answer.status == 202
    api.run_jobs()
    assert api.get(answer.headers["Location"], token("alice")).body["status"] == "ready"
