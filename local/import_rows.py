"""History of other systems as calls of the API: AIGNE Hub's table, this project's own export, LiteLLM's spend log."""

import csv
import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from ledger import exact_json

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
    "Duration(s)": ("duration", "时长(秒)"),
    "App DID": ("appDid", "应用DID"),
    "Error Reason": ("errorReason", "错误原因"),
    "TTFB(ms)": ("ttfb", "首字节时间(毫秒)"),
    "Provider TTFB(ms)": ("providerTtfb", "提供商首字节时间(毫秒)"),
    "Provider Request ID": ("requestId", "提供商请求ID"),
    "Trace ID": ("traceId", "追踪ID"),
    "Credential ID": ("credentialId", "凭证ID"),
    "Metadata": ("metadata", "元数据"),
}
_TOKENS: Final = {
    "Input Tokens": ("inputTokens", "输入Token数"),
    "Output Tokens": ("outputTokens", "输出Token数"),
    "Cache Read Tokens": ("cacheReadInputTokens", "缓存读取Token数"),
    "Cache Creation Tokens": ("cacheCreationInputTokens", "缓存写入Token数"),
}
_TYPES: Final = {"embedding": "embedding", "image": "imageGeneration", "speech": "audioGeneration"}
"""By what is in the call_type of LiteLLM; all else is a chat completion."""


def rows_of_sqlite(path: Path, after: int) -> Iterator[Placed]:
    """The ModelCalls of AIGNE Hub behind a row. Providers that its AiProviders names go by their names."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        known = {
            str(name).lower() for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        names = dict(connection.execute("SELECT id, name FROM AiProviders")) if "aiproviders" in known else {}
        query = "SELECT rowid AS rowNumber, * FROM ModelCalls WHERE rowid > ? ORDER BY rowid"
        for row in connection.execute(query, (after,)):
            yield row["rowNumber"], _read(_of_aigne_hub, {**dict(row), "names": names})
    finally:
        connection.close()


def rows_of_csv(path: Path, after: int) -> Iterator[Placed]:
    """The rows of a CSV behind the n-th. What it is shows in its titles."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        titles = set(reader.fieldnames or ())
        if {"request_id", "startTime"} <= titles:
            of = _of_litellm
        elif "Request ID" in titles or "请求ID" in titles:
            of = _of_export
        else:
            raise RuntimeError(f"{path} is neither an export of this ledger nor a spend log of LiteLLM")
        for number, row in enumerate(reader, 1):
            if number > after:
                yield number, _read(of, row)


def _read(of: Any, row: Mapping[str, Any]) -> Row | str:
    try:
        return {name: value for name, value in of(row).items() if value not in (None, "")}
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        return f"not a call: {error!r}"


def _of_aigne_hub(row: Mapping[str, Any]) -> Row:
    names: Mapping[str, str] = row["names"]
    return {
        **{name: row.get(name) for name in ("id", "model", "type", "status", "errorReason", "appDid", "userDid")},
        **{name: row.get(name) for name in ("requestId", "traceId", "credentialId")},
        **{name: _number(row.get(name)) for name in ("totalUsage", "credits", "duration", "ttfb", "providerTtfb")},
        "providerId": names.get(row["providerId"], row["providerId"]),
        "usageMetrics": _json(row.get("usageMetrics")),
        "metadata": _json(row.get("metadata")),
        "callTime": int(row["callTime"]) if row.get("callTime") else _second(row["createdAt"]),
    }


def _of_export(row: Mapping[str, str]) -> Row:
    def cell(title: str, chinese: str) -> str:
        text = row.get(title) or row.get(chinese) or ""
        return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text  # what keeps a spreadsheet from running it

    call: Row = {name: cell(title, chinese) for title, (name, chinese) in _OF_EXPORT.items()}
    for name in ("totalUsage", "credits", "duration", "ttfb", "providerTtfb"):
        call[name] = _number(call[name])
    source = cell("Cost Source", "费用来源")
    if source and source != "reported":
        call["credits"] = None  # priced anew where it goes to
    tokens = {name: int(cell(title, chinese) or 0) for title, (name, chinese) in _TOKENS.items()}
    other = cell("Other Usage", "其他用量")
    second = cell("Call Time", "调用时间(Unix秒)")
    return {
        **call,
        "providerId": cell("Provider ID", "提供商ID") or cell("Provider", "提供商"),
        "usageMetrics": {**(exact_json.loads(other) if other else {}), **tokens},
        "metadata": _json(call["metadata"]),
        "callTime": int(second) if second else _second(cell("Timestamp", "时间")),
    }


def _of_litellm(row: Mapping[str, str]) -> Row:
    metadata: Mapping[str, Any] = _json(row.get("metadata")) or {}
    usage: Mapping[str, Any] = metadata.get("usage_object") or {}
    details: Mapping[str, Any] = usage.get("prompt_tokens_details") or {}
    read = int(usage.get("cache_read_input_tokens") or details.get("cached_tokens") or 0)
    written = int(usage.get("cache_creation_input_tokens") or 0)
    prompt, output = int(float(row["prompt_tokens"] or 0)), int(float(row["completion_tokens"] or 0))
    spend = _number(row.get("spend"))
    failed = (row.get("status") or metadata.get("status")) == "failure"
    cached = (row.get("cache_hit") or "").lower() == "true"
    start, end = _moment(row["startTime"]), _moment(row["endTime"])
    call_type = row.get("call_type") or ""
    return {
        "id": row["request_id"],
        "userDid": row.get("end_user") or row.get("user") or metadata.get("user_api_key_alias") or row.get("api_key"),
        "appDid": row.get("team_id") or metadata.get("user_api_key_alias"),
        "providerId": row.get("custom_llm_provider") or row["model"].partition("/")[0],
        "model": row.get("model") or row.get("model_group"),
        "type": next((type_ for part, type_ in _TYPES.items() if part in call_type), "chatCompletion"),
        "status": "failed" if failed else "success",
        "costUsd": spend
        if spend or cached
        else None,  # 0 is also what LiteLLM says of a model that it has no price for
        "usageMetrics": {
            "inputTokens": max(0, prompt - read - written),
            "outputTokens": output,
            "cacheReadInputTokens": read,
            "cacheCreationInputTokens": written,
        },
        "duration": round(max(0.0, end - start), 1),
        "errorReason": (metadata.get("error_information") or {}).get("error_message"),
        "callTime": int(start),
    }


def _number(text: Any) -> Decimal | None:
    return None if text in (None, "") else Decimal(str(text)).quantize(Decimal("1e-10"))


def _json(text: Any) -> Any:
    if text in (None, ""):
        return None
    value = exact_json.loads(text) if isinstance(text, str | bytes) else text
    return json.loads(value) if isinstance(value, str) and value[:1] == "{" else value


def _moment(text: str) -> float:
    """Unix seconds of a moment in ISO 8601, as databases write it too; without a zone it is UTC."""
    moment = datetime.fromisoformat(text.strip().replace(" +", "+").replace(" -", "-"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _second(text: str) -> int:
    return int(_moment(text))
