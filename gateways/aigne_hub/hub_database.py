"""The SQLite database of an AIGNE Hub."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

LARGEST: Final = 1_000_000
"""Bytes of a call. The ledger takes far less, and refuses a request of 4 MB as a whole."""
PAGE: Final = 5_000
"""How many calls are read at once."""
BEGINNING: Final = "0001-01-01 00:00:00.000 +00:00"
"""A moment before every call, as the Hub writes moments: their order is that of their texts."""

READ: Final = """
    SELECT c.*, p.name AS providerName, a.appName, a.appLogo, a.appUrl
    FROM (SELECT * FROM "ModelCalls" WHERE ("updatedAt", "id") > (?, ?) AND "updatedAt" <= ?
          ORDER BY "updatedAt", "id" LIMIT ?) AS c
    LEFT JOIN "AiProviders" AS p ON p."id" = c."providerId"
    LEFT JOIN "Projects" AS a ON a."appDid" = c."appDid"
    ORDER BY c."updatedAt", c."id"
"""
SENT_AS_THEY_ARE: Final = (
    *("id", "userDid", "appDid", "model", "type", "status", "callTime", "credentialId", "requestId", "traceId"),
    *("totalUsage", "duration", "ttfb", "providerTtfb", "errorReason"),
)
NOT_SENT: Final = "modelParams"
"""Of the metadata: what a caller chose is not the ledger's business."""


class Version(NamedTuple):
    """A call's place among those that follow one another by `updatedAt`."""

    updated_at: str
    id: str


class Change(NamedTuple):
    """A call that was written or changed: as the ledger takes it, in JSON."""

    version: Version
    call: str


class HubDatabase(NamedTuple):
    """The Hub's SQLite file."""

    path: Path

    def changes(self, after: Version, until: str) -> list[Change]:
        """The next of those that were written up to `until`."""
        with closing(self._connection()) as connection:
            rows = connection.execute(READ, (*after, until, PAGE)).fetchall()
        return [Change(Version(row["updatedAt"], row["id"]), _json_of(row)) for row in rows]

    def _connection(self) -> sqlite3.Connection:
        """One that can't write, and that keeps nobody from writing, since it is soon closed."""
        connection = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
        connection.row_factory = sqlite3.Row
        connection.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
        return connection


def _json_of(row: sqlite3.Row) -> str:
    """Of a row that can't be sent it has too little for the ledger, which refuses it, and the reason."""
    try:
        text = json.dumps(call_of(row), ensure_ascii=False, allow_nan=False)
        if len(text.encode()) > LARGEST:
            raise ValueError(f"more than {LARGEST} bytes")  # noqa: TRY301
    except (ValueError, TypeError, AttributeError) as error:
        return json.dumps({"id": row["id"], "unreadable": str(error)})
    return text


def call_of(row: sqlite3.Row) -> dict[str, Any]:
    """A row of ModelCalls as a call of POST /api/model-calls."""
    usage: dict[str, Any] = json.loads(row["usageMetrics"] or "{}") or {}
    numbers = {name: round(value, 10) for name, value in usage.items() if type(value) in (int, float)}
    words = {name: value for name, value in usage.items() if value is not None and name not in numbers}
    metadata: dict[str, Any] = json.loads(row["metadata"] or "{}") or {}
    told = {name: value for name, value in (metadata | words).items() if name != NOT_SENT}
    call = {name: row[name] for name in SENT_AS_THEY_ARE if row[name] is not None}
    call["providerId"] = row["providerName"] or row["providerId"] or "aigne-hub"
    call["credits"] = f"{row['credits']:.8f}"
    call["usageMetrics"] = numbers
    if told:
        call["metadata"] = told
    if row["appName"]:
        call["appInfo"] = {name: row[name] or "" for name in ("appName", "appLogo", "appUrl")}
    return call


def moment(time: datetime) -> str:
    """As the Hub writes it, in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03} +00:00"


def before(text: str, much: timedelta) -> str:
    """A moment so much earlier."""
    return text if text == BEGINNING else moment(datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f %z") - much)
