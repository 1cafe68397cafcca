"""What an export says of calls: read back by others, it is what the calls say."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.archive import columns, engine, parquet
from ledger.archive.conditions import Condition
from ledger.calls.call_item import to_item
from ledger.calls.directory import Directory, DirectoryEntries
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core import exact_json, keys
from ledger.core.moments import iso
from ledger.core.zone_offsets import offset_changes
from ledger.exports.layout import Layout
from ledger.exports.names import Names
from ledger.exports.query import Format, Locale
from ledger.pricing.providers import provider
from tests.call_strategies import calls_with

UNTIL = 4_102_444_800
EN = [
    *("Timestamp", "Request ID", "User DID", "User Name", "User Email", "Model", "Provider", "Type", "Status"),
    *("Input Tokens", "Output Tokens", "Total Usage", "Credits", "Duration(s)", "App DID"),
]
ZH = [
    *("时间", "请求ID", "用户DID", "用户名", "用户邮箱", "模型", "提供商", "类型", "状态"),
    *("输入Token数", "输出Token数", "总使用量", "积分", "时长(秒)", "应用DID"),
]
NASTY = [
    "a,b",
    'say "hi"',
    "two\nlines",
    "two\r\nlines",
    "\r",
    "🦜 ünïcode 中文",
    "=cmd()",
    "=1+1,2",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "'quoted",
    "''",
    "-",
    " leading",
    "null",
    "0",
    "1E5",
    "\ufeff",
    "# no comment",
    "\x1b[31mred\x1b[0m",
    "\\u001b",
]
TEXTS = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
)
AMOUNTS = st.decimals(0, 10**11, places=10) | st.integers(0, 10**9).map(Decimal) | st.just(Decimal("1E-10"))
COUNTS = st.integers(0, 10**14)
CALLS = calls_with(
    texts=TEXTS,
    amounts=AMOUNTS,
    counts=COUNTS,
    call_time=st.integers(1, 4_000_000_000),
    provider_id=TEXTS | st.just("openai"),
    metadata=st.none() | st.sampled_from(['{"a":[1,"x\\n,\\""]}', '"=cmd()"', "-5", "[]"]),
    updated_at=st.floats(0, 4e9).map(iso),
)
EXAMPLES = 40  # of up to eight calls each, whose forty fields take long to make up
LOGS = st.lists(CALLS, max_size=8, unique_by=lambda call: call.id).map(
    lambda calls: sorted(calls, key=lambda call: call.call_time_id, reverse=True)
)
ZONES = st.sampled_from([UTC, *map(ZoneInfo, ("Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Etc/UTC"))])


class Known(Directory):
    """Knows everybody, and looks up nothing."""

    def look_up(self, users: Iterable[str], apps: Iterable[str]) -> DirectoryEntries:
        named = {keys.user(did): {"fullName": {"S": f"={did}"}, "email": {"S": f"{did}@x"}} for did in users}
        return DirectoryEntries(named | {keys.app(did): {"appName": {"S": f"+{did}"}} for did in apps})


def exported(calls: Sequence[ModelCall], form: Format, zone: tzinfo = UTC, locale: Locale = "en") -> bytes:
    """The file of some calls, which are in its order."""
    layout, everything = Layout(form, locale, zone, 0, UNTIL), Condition("true", [])
    with TemporaryDirectory() as name, engine.connected(Path(name)) as database:
        source, file = Path(name) / "items.json", Path(name) / "file"
        source.write_bytes(b"\n".join(orjson.dumps(to_item(one, time_shards=8, expires_at=0)) for one in calls))
        items = parquet.lines_of(source, columns.ITEM)
        database.execute(f"CREATE TABLE calls AS SELECT {columns.SELECTION} FROM {items}")  # noqa: S608
        Names(database, Known("no table")).learn("calls", everything)
        assert layout.copy(database, "calls", everything, file) == len(calls)
        return layout.head + file.read_bytes()


def moment(text: str, zone: tzinfo) -> str:
    told = datetime.fromisoformat(text).astimezone(zone).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")


def said(call: ModelCall, zone: tzinfo) -> list[Any]:
    """What a row should say of a call: texts, numbers, or None."""
    other = call.other_usage and exact_json.dumps(call.other_usage).decode()
    return [
        moment(iso(call.call_time), zone),
        call.id,
        call.user_did,
        f"={call.user_did}",
        f"{call.user_did}@x",
        call.model,
        provider(call.provider_id).display_name,
        call.type.value,
        call.status.value,
        Decimal(call.input_tokens),
        Decimal(call.output_tokens),
        call.total_usage,
        call.credits,
        call.duration,
        call.app_did,
        call.app_did and f"+{call.app_did}",
        call.error_reason,
        Decimal(call.cache_read_input_tokens),
        Decimal(call.cache_creation_input_tokens),
        call.cost_source.value,
        call.ttfb,
        call.provider_ttfb,
        call.provider_id,
        call.request_id,
        call.trace_id,
        call.credential_id,
        Decimal(call.call_time),
        moment(call.updated_at, zone),
        call.cost_usd,
        call.priced_by,
        other,
        call.metadata,
        call.response_model,
        call.service_tier,
        call.list_cost_usd,
        exact_json.dumps(call.list_costs).decode() if call.list_costs else None,
        call.cache_savings,
    ]


def cell(value: object) -> str:
    """A value as CSV has it, before it is quoted."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return exact_json.plain(value)
    text = str(value)
    return f"'{text}" if text[0] in "=+-@\t\r\n'" else text


def naive_csv(calls: Sequence[ModelCall], zone: tzinfo) -> str:
    """The rows of some calls, by Python's writer."""
    lines = StringIO()
    csv.writer(lines).writerows([cell(value) for value in said(call, zone)] for call in calls)
    return lines.getvalue()


def naive_json(calls: Sequence[ModelCall], zone: tzinfo) -> str:
    """The lines of some calls, by the ledger's own encoder. DuckDB writes the number of a sign in capital letters."""
    lines: list[str] = []
    for call in calls:
        values = said(call, zone)
        texts = [
            str(value or "null") if name in JSON else CODES.sub(_capital, exact_json.dumps(value).decode())
            for name, value in zip(NAMES, values, strict=True)
        ]
        lines.append("{" + ",".join(f'"{name}":{text}' for name, text in zip(NAMES, texts, strict=True)) + "}\n")
    return "".join(lines)


CODES = re.compile(r"(\\\\)|(\\u)(00..)")


def _capital(found: re.Match[str]) -> str:
    return found[1] or found[2] + found[3].upper()


NAMES = [
    *("timestamp", "id", "userDid", "userName", "userEmail", "model", "provider", "type", "status", "inputTokens"),
    *("outputTokens", "totalUsage", "credits", "duration", "appDid", "appName", "errorReason", "cacheReadInputTokens"),
    *("cacheCreationInputTokens", "costSource", "ttfb", "providerTtfb", "providerId", "requestId", "traceId"),
    *("credentialId", "callTime", "updatedAt", "costUsd", "pricedBy", "otherUsage", "metadata"),
    *("responseModel", "serviceTier", "listCostUsd", "listCosts", "cacheSavings"),
]
JSON = {"otherUsage", "metadata", "listCosts"}


@settings(max_examples=EXAMPLES)
@given(LOGS, ZONES)
def test_csv_is_what_python_would_write(calls: list[ModelCall], zone: tzinfo) -> None:
    head, _, rows = exported(calls, "csv", zone).decode().partition("\r\n")
    assert head.startswith("\ufeff" + ",".join(EN))
    assert rows == naive_csv(calls, zone)


@settings(max_examples=EXAMPLES)
@given(LOGS, ZONES)
def test_json_lines_are_what_python_would_write(calls: list[ModelCall], zone: tzinfo) -> None:
    assert exported(calls, "jsonl", zone).decode() == naive_json(calls, zone)


@settings(max_examples=EXAMPLES)
@given(LOGS)
def test_no_cell_is_a_formula_and_every_text_can_be_restored(calls: list[ModelCall]) -> None:
    rows = list(csv.reader(StringIO(exported(calls, "csv").decode(), newline=""), strict=True))[1:]
    for cells, call in zip(rows, calls, strict=True):
        for found, value in zip(cells, said(call, UTC), strict=True):
            assert not found.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
            assert (found.removeprefix("'") or None) == (
                exact_json.plain(value) if isinstance(value, Decimal) else value
            )


@settings(max_examples=EXAMPLES)
@given(LOGS, ZONES)
def test_parquet_has_the_values_in_types_of_its_own(calls: list[ModelCall], zone: tzinfo) -> None:
    with TemporaryDirectory() as name:
        file = Path(name) / "calls.parquet"
        file.write_bytes(exported(calls, "parquet", zone))
        with duckdb.connect() as database:
            database.execute("SET TimeZone = 'UTC'")
            found = database.execute(f"SELECT * FROM read_parquet('{file}')")  # noqa: S608 - a path of our own
            assert [column[0] for column in found.description] == NAMES
            rows = found.fetchall()
    for values, call in zip(rows, calls, strict=True):
        for value, expected in zip(values, said(call, UTC), strict=True):
            if isinstance(value, datetime):
                assert value.isoformat(timespec="milliseconds").replace("+00:00", "Z") == expected
            else:
                assert value == expected


def test_duckdb_reads_a_megabyte_of_the_worst_texts(tmp_path: Path) -> None:
    plain = ModelCall(
        id="a",
        user_did="alice",
        call_time=1_795_000_000,
        provider_id="openai",
        model="gpt-5",
        type=CallType.CHAT_COMPLETION,
        status=CallStatus.FAILED,
        credits=Decimal("0.0000000001"),
        cost_source=CostSource.REPORTED,
        total_usage=Decimal(0),
        updated_at="2026-11-22T20:20:00.123Z",
    )
    calls = [
        replace(plain, id=f"{text}-{number}", model=text, user_did=text, error_reason=f"{text}{'x' * number}")
        for number in range(200)
        for text in NASTY
    ]
    calls.sort(key=lambda call: call.call_time_id, reverse=True)
    file = tmp_path / "calls.csv"
    file.write_bytes(exported(calls, "csv"))
    assert file.stat().st_size > 1_000_000
    rows = duckdb.read_csv(str(file), header=True, all_varchar=True, quotechar='"', escapechar='"')
    assert rows.columns[:15] == EN
    assert [[value or "" for value in row] for row in rows.fetchall()] == [
        list(map(cell, said(one, UTC))) for one in calls
    ]


def test_the_first_columns_are_those_of_aigne_hub_in_either_language() -> None:
    assert exported([], "csv").decode().removeprefix("\ufeff").split(",")[:15] == EN
    titles = exported([], "csv", locale="zh").decode().removeprefix("\ufeff").strip().split(",")
    assert titles[:15] == ZH
    assert len(set(titles)) == len(titles)
    assert exported([], "jsonl") == b""


@given(st.integers(0, UNTIL - 1), ZONES)
def test_the_offset_of_every_second_is_known(second: int, zone: tzinfo) -> None:
    offset = [change for change in offset_changes(zone, 0, UNTIL) if change.since <= second][-1]
    told = datetime.fromtimestamp(second, zone)
    assert datetime.fromtimestamp(second + offset.ahead, UTC).replace(tzinfo=None) == told.replace(tzinfo=None)
    assert told.isoformat()[19:].replace("+00:00", "Z") == offset.suffix


@pytest.mark.parametrize("number", ["1E-10", "1.5E+3", "0", "12.50"])
def test_numbers_have_no_exponent_however_dynamodb_writes_them(number: str, tmp_path: Path) -> None:
    item = {
        "id": {"S": "a"},
        "callTimeId": {"S": "1795000000#a"},
        "credits": {"N": number},
        "totalUsage": {"N": "0"},
        **{name: {"S": "x"} for name in ("userDid", "providerId", "model", "type", "status", "costSource")},
        "updatedAt": {"S": "2026-11-22T20:20:00.000Z"},
    }
    source = tmp_path / "items.json"
    source.write_bytes(orjson.dumps(item))
    with engine.connected(tmp_path) as database:
        items = parquet.lines_of(source, columns.ITEM)
        database.execute(f"CREATE TABLE calls AS SELECT {columns.SELECTION} FROM {items}")  # noqa: S608
        Names(database, Known("no table"))
        Layout("csv", "en", UTC, 0, UNTIL).copy(database, "calls", Condition("true", []), tmp_path / "file")
    assert (tmp_path / "file").read_text().split(",")[12] in ("0.0000000001", "1500", "0", "12.5")
