"""History of other systems as calls of the API: AIGNE Hub's table, this project's own export, LiteLLM's spend log."""

import csv
import json
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec

from ledger.core import exact_json
from ledger.core.errors import InvalidRequest
from ledger.gateways import litellm_call
from ledger.gateways.litellm_payload import Payload
from ledger.pricing.providers import PROVIDERS

type Row = dict[str, Any]
type Placed = tuple[int, Row | str]
"""A row's number, and the call it holds or why it can't be read."""

_OF_EXPORT: Final = {
    "Request ID": ("id", "请求ID"),
    "User DID": ("userDid", "用户DID"),
    "Model": ("model", "模型"),
    "Type": ("type", "类型"),
    "Status": ("status", "状态"),
    "Total Usage": ("totalUsage", "总使用量"),
    "Credits": ("credits", "积分"),
    "Cost USD": ("costUsd", "费用(美元)"),
    "Duration(s)": ("duration", "时长(秒)"),
    "App DID": ("appDid", "应用DID"),
    "Error Reason": ("errorReason", "错误原因"),
    "TTFB(ms)": ("ttfb", "首字节时间(毫秒)"),
    "Provider TTFB(ms)": ("providerTtfb", "提供商首字节时间(毫秒)"),
    "Provider Request ID": ("requestId", "提供商请求ID"),
    "Trace ID": ("traceId", "追踪ID"),
    "Credential ID": ("credentialId", "凭证ID"),
    "Metadata": ("metadata", "元数据"),
    "Response Model": ("responseModel", "响应模型"),
    "Service Tier": ("serviceTier", "服务等级"),
}
_NUMBERS: Final = ("totalUsage", "credits", "costUsd", "duration", "ttfb", "providerTtfb")
_TOKENS: Final = {
    "Input Tokens": ("inputTokens", "输入Token数"),
    "Output Tokens": ("outputTokens", "输出Token数"),
    "Cache Read Tokens": ("cacheReadInputTokens", "缓存读取Token数"),
    "Cache Creation Tokens": ("cacheCreationInputTokens", "缓存写入Token数"),
}
_SHOWN_AS: Final = {known.display_name: known.id for known in reversed(PROVIDERS.values())}
_LONGEST_CELL: Final = 2**27
"""A spend log may hold prompts and answers."""


def rows_of_sqlite(path: Path, after: int) -> Iterator[Placed]:
    """The ModelCalls of AIGNE Hub behind a row. Providers that its AiProviders names go by their names."""
    with _sqlite(path) as connection:
        known = {
            str(name).lower() for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        names = dict(connection.execute("SELECT id, name FROM AiProviders")) if "aiproviders" in known else {}
        connection.row_factory = sqlite3.Row
        query = "SELECT rowid AS rowNumber, * FROM ModelCalls WHERE rowid > ? ORDER BY rowid"
        for row in connection.execute(query, (after,)):
            yield row["rowNumber"], _read(_of_aigne_hub, {**dict(row), "names": names})


def last_of_sqlite(path: Path) -> int:
    """The number of the last row."""
    with _sqlite(path) as connection:
        ((last,),) = connection.execute("SELECT max(rowid) FROM ModelCalls")
    return last or 0


def rows_of_csv(path: Path, after: int) -> Iterator[Placed]:
    """The rows of a CSV behind the n-th. What it is shows in its titles."""
    with _csv(path) as rows:
        titles = set(rows.fieldnames or ())
        if {"request_id", "startTime"} <= titles:
            of = _of_litellm
        elif "Request ID" in titles or "请求ID" in titles:
            of = _of_export
        else:
            raise RuntimeError(f"{path} is neither an export of this ledger nor a spend log of LiteLLM")
        for number, row in enumerate(rows, 1):
            if number > after:
                yield number, _read(of, row)


def last_of_csv(path: Path) -> int:
    """The number of the last row."""
    with _csv(path) as rows:
        return sum(1 for _ in rows)


@contextmanager
def _sqlite(path: Path) -> Generator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
            yield connection
    except sqlite3.Error as error:
        raise RuntimeError(f"{path} can't be read as the database of an AIGNE Hub: {error}") from None


@contextmanager
def _csv(path: Path) -> Generator[csv.DictReader[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
            yield csv.DictReader(file)
    except (OSError, csv.Error) as error:
        raise RuntimeError(f"{path} can't be read as CSV: {error}") from None


def _read(of: Callable[[Any], Row], row: Mapping[str, Any]) -> Row | str:
    try:
        call = {name: value for name, value in of(row).items() if value not in (None, "")}
        exact_json.dumps(call)  # what can't be sent is refused for itself
    except KeyError as error:
        return f"no column {error}"
    except (ValueError, TypeError, OverflowError, InvalidRequest) as error:
        return f"not a call: {error}"
    return call


def _of_aigne_hub(row: Mapping[str, Any]) -> Row:
    names: Mapping[str, str] = row["names"]
    numbers, words = _measured(_json(row.get("usageMetrics")))
    metadata = _json(row.get("metadata"))
    return {
        **{name: row.get(name) for name in ("id", "model", "type", "status", "errorReason", "appDid", "userDid")},
        **{name: row.get(name) for name in ("requestId", "traceId", "credentialId")},
        **{name: _number(row.get(name)) for name in ("totalUsage", "credits", "duration", "ttfb", "providerTtfb")},
        "providerId": names.get(row["providerId"], row["providerId"]),
        "usageMetrics": numbers,
        "metadata": {**(metadata or {}), **words} if words else metadata,
        "callTime": int(row["callTime"]) if row.get("callTime") else _second(row["createdAt"]),
    }


def _measured(usage: Any) -> tuple[Row, Row]:
    """The numbers of a Hub's usage, and what else is in it, such as the size of an image."""
    if not isinstance(usage, dict | None):
        raise TypeError("usageMetrics is no object")
    known = {name: value for name, value in cast("Row", usage or {}).items() if value is not None}
    numbers = {
        name: value if isinstance(value, int) else _number(value)
        for name, value in known.items()
        if type(value) in (int, Decimal)
    }
    return numbers, {name: value for name, value in known.items() if name not in numbers}


def _of_export(row: Mapping[str, str]) -> Row:
    def cell(title: str, chinese: str) -> str:
        return (row.get(title) or row.get(chinese) or "").removeprefix("'")  # which keeps a spreadsheet from running it

    call: Row = {name: cell(title, chinese) for title, (name, chinese) in _OF_EXPORT.items()}
    for name in _NUMBERS:
        call[name] = _number(call[name])
    source = cell("Cost Source", "费用来源")
    if source and source != "reported":
        call["credits"] = call["costUsd"] = None  # priced anew where it goes to
    tokens = {name: int(cell(title, chinese) or 0) for title, (name, chinese) in _TOKENS.items()}
    shown = cell("Provider", "提供商")
    other, metadata = cell("Other Usage", "其他用量"), call["metadata"]
    second = cell("Call Time", "调用时间(Unix秒)")
    return {
        **call,
        "providerId": cell("Provider ID", "提供商ID") or _SHOWN_AS.get(shown, shown),
        "usageMetrics": {**(exact_json.loads(other) if other else {}), **tokens},
        "metadata": exact_json.loads(metadata) if metadata else None,
        "callTime": int(second) if second else _second(cell("Timestamp", "时间")),
    }


def _of_litellm(row: Mapping[str, str]) -> Row:
    """By the same rules as a row of the callback, of which a spend log has the fields under other names."""
    filled = {name: text for name, text in row.items() if text}
    metadata = _object(filled.get("metadata", "{}"))
    payload = {
        "status": metadata.get("status"),
        "error_information": metadata.get("error_information"),
        **filled,
        "id": None,
        "litellm_call_id": row["request_id"],
        "response_cost": filled.get("spend"),
        "cache_hit": filled.get("cache_hit", "").lower(),
        "startTime": _moment(row["startTime"]),
        "endTime": _moment(row["endTime"]),
        "completionStartTime": None,
        "request_tags": json.loads(filled.get("request_tags", "[]")),
        "model_parameters": None,
        "metadata": {
            **metadata,
            "user_api_key_hash": filled.get("api_key"),
            "user_api_key_user_id": filled.get("user"),
            "user_api_key_team_id": filled.get("team_id"),
            "user_api_key_org_id": filled.get("organization_id"),
        },
    }
    return litellm_call.call(msgspec.convert(payload, Payload, strict=False), asker="")


def _object(text: str) -> Row:
    """The fields of a JSON object. None where the text is other JSON."""
    value = json.loads(text)
    return cast("Row", value) if isinstance(value, dict) else {}


def _number(text: Any) -> Decimal | None:
    if text in (None, ""):
        return None
    try:
        number = Decimal(str(text)).quantize(Decimal("1e-10"))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{text} is no number of at most 18 digits and ten decimals")
    return number


def _json(text: Any) -> Any:
    """Of the Hub, whose JSON may be in a text of JSON."""
    if text in (None, ""):
        return None
    value = exact_json.loads(text)
    return exact_json.loads(value) if isinstance(value, str) and value[:1] == "{" else value


def _moment(text: Any) -> float:
    """Unix seconds of a moment in ISO 8601, as databases write it too; without a zone it is UTC."""
    moment = datetime.fromisoformat(str(text).strip().replace(" +", "+").replace(" -", "-"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _second(text: Any) -> int:
    return int(_moment(text))


class Source(NamedTuple):
    """The rows of a file behind one of them, and the number of its last."""

    rows: Callable[[Path, int], Iterator[Placed]]
    last: Callable[[Path], int]


SOURCES: Final = {"aigne-hub": Source(rows_of_sqlite, last_of_sqlite), "csv": Source(rows_of_csv, last_of_csv)}
