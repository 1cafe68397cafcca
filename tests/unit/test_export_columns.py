"""What an export says of calls: read back by others, it is what the calls say."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import duckdb
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calls.call_item import to_item
from ledger.calls.directory import Directory
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core import exact_json
from ledger.core.moments import iso, unix
from ledger.exports.columns import Clock, Names
from ledger.exports.lines import Layout
from ledger.exports.raw_calls import decoded, undecoded
from ledger.pricing.providers import provider
from tests.call_strategies import calls_with

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
ZONES = st.sampled_from([UTC, *map(ZoneInfo, ("Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Etc/UTC"))])


class Known(Names):
    """Names that are looked up nowhere."""

    def __init__(self, calls: Sequence[ModelCall]) -> None:
        super().__init__(Directory("no table"))
        self.users |= {call.user_did: (f"={call.user_did}", f"{call.user_did}@x") for call in calls}
        self.apps |= {call.app_did: f"+{call.app_did}" for call in calls if call.app_did}


def exported(
    calls: Sequence[ModelCall], form: Literal["csv", "jsonl"], zone: tzinfo = UTC, locale: Literal["en", "zh"] = "en"
) -> bytes:
    answer = orjson.dumps({"Items": [to_item(call, time_shards=8, expires_at=0) for call in calls]})
    layout = Layout(form, locale, zone, Known(calls))
    lines = layout.lines(decoded(undecoded(answer)["Items"]))
    return (layout.head + "".join(line + layout.end for line in lines)).encode()


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
    ]


def understood(cells: Sequence[str | None], row: Sequence[Any]) -> list[Any]:
    """The cells of a row as documented: empty is nothing, and one leading apostrophe goes."""
    return [
        (Decimal(cell) if isinstance(value, Decimal) else cell.removeprefix("'")) if cell else None
        for cell, value in zip(cells, row, strict=True)
    ]


@given(st.lists(CALLS, max_size=8), ZONES)
def test_csv_read_back_says_what_the_calls_say(calls: list[ModelCall], zone: tzinfo) -> None:
    text = exported(calls, "csv", zone).decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(StringIO(text[1:], newline=""), strict=True))
    assert rows[0][:15] == EN
    expected = [said(call, zone) for call in calls]
    assert [understood(cells, row) for cells, row in zip(rows[1:], expected, strict=True)] == expected


@given(st.lists(CALLS, max_size=8))
def test_no_cell_is_a_formula_and_every_number_is_one(calls: list[ModelCall]) -> None:
    for cells, call in zip(
        list(csv.reader(StringIO(exported(calls, "csv").decode(), newline="")))[1:], calls, strict=True
    ):
        for cell, value in zip(cells, said(call, UTC), strict=True):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
            if isinstance(value, Decimal):
                assert cell == exact_json.plain(value)


@given(st.lists(CALLS, max_size=8), ZONES)
def test_json_lines_read_back_say_what_the_calls_say(calls: list[ModelCall], zone: tzinfo) -> None:
    lines = exported(calls, "jsonl", zone).decode().split("\n")
    assert lines.pop() == ""
    for line, call in zip(lines, calls, strict=True):
        row = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        assert list(row)[:5] == ["timestamp", "id", "userDid", "userName", "userEmail"]
        *others, other_usage, metadata, response_model = said(call, zone)
        assert list(row.values())[:-3] == others
        assert row["responseModel"] == response_model
        assert row["otherUsage"] == (other_usage and json.loads(other_usage, parse_float=Decimal, parse_int=Decimal))
        assert row["metadata"] == (metadata and json.loads(metadata, parse_float=Decimal, parse_int=Decimal))


def test_duckdb_reads_what_the_calls_say_and_a_megabyte_of_the_worst_texts(tmp_path: Path) -> None:
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
    file = tmp_path / "calls.csv"
    file.write_bytes(exported(calls, "csv"))
    assert file.stat().st_size > 1_000_000
    rows = duckdb.read_csv(str(file), header=True, all_varchar=True, quotechar='"', escapechar='"')
    assert rows.columns[:15] == EN
    expected = [said(call, UTC) for call in calls]
    assert [understood(cells, row) for cells, row in zip(rows.fetchall(), expected, strict=True)] == expected


def test_the_first_columns_are_those_of_aigne_hub_in_either_language() -> None:
    assert exported([], "csv").decode().removeprefix("\ufeff").split(",")[:15] == EN
    titles = exported([], "csv", locale="zh").decode().removeprefix("\ufeff").strip().split(",")
    assert titles[:15] == ZH
    assert len(set(titles)) == len(titles)
    assert exported([], "jsonl") == b""


@given(st.lists(st.integers(0, 4_102_444_799), max_size=5), ZONES)
def test_every_moment_is_told_in_its_zone(seconds: list[int], zone: tzinfo) -> None:
    clock, texts = Clock(zone), [iso(second) for second in seconds]
    assert clock.of_seconds(seconds) == [moment(text, zone) for text in texts]
    assert list(clock.of_texts(texts)) == [moment(text, zone) for text in texts]


@pytest.mark.parametrize("number", ["1E-10", "1.5E+3", "0", "12.50"])
def test_numbers_have_no_exponent_however_dynamodb_writes_them(number: str) -> None:
    item = {
        "callTimeId": {"S": "1795000000#a"},
        "credits": {"N": number},
        "totalUsage": {"N": "0"},
        **{name: {"S": "x"} for name in ("userDid", "providerId", "model", "type", "status", "costSource")},
        "updatedAt": {"S": iso(unix("2026-11-22T20:20:00Z"))},
    }
    names = Known([])
    names.users["x"] = "", ""
    (line,) = Layout("csv", "en", UTC, names).lines(decoded(undecoded(orjson.dumps({"Items": [item]}))["Items"]))
    assert line.split(",")[12] in ("0.0000000001", "1500", "0", "12.50")


def test_an_answer_that_is_no_json_is_left_to_be_asked_for_again() -> None:
    with pytest.raises(ValueError, match="truncated"):
        undecoded(b'{"Items": [{')
