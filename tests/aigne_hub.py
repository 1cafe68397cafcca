"""The database of an AIGNE Hub, as its migrations up to March 2026 leave it, and rows as the Hub writes them."""

import json
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

SCHEMA: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE `AiProviders` (`id` VARCHAR(255) NOT NULL PRIMARY KEY, `name` VARCHAR(50) NOT NULL UNIQUE,
    `displayName` VARCHAR(100) NOT NULL, `baseUrl` VARCHAR(500), `region` VARCHAR(50),
    `enabled` TINYINT(1) NOT NULL DEFAULT 1, `config` JSON, `createdAt` DATETIME NOT NULL,
    `updatedAt` DATETIME NOT NULL, `createdBy` VARCHAR(255));
CREATE TABLE `Projects` (`appDid` VARCHAR(255) NOT NULL PRIMARY KEY, `appName` VARCHAR(255) NOT NULL,
    `appLogo` VARCHAR(255), `appUrl` VARCHAR(255), `createdAt` DATETIME NOT NULL, `updatedAt` DATETIME NOT NULL);
CREATE TABLE `ModelCalls` (`id` VARCHAR(255) NOT NULL PRIMARY KEY, `providerId` VARCHAR(255) NOT NULL,
    `model` VARCHAR(255) NOT NULL, `credentialId` VARCHAR(255) NOT NULL,
    `type` TEXT NOT NULL DEFAULT 'chatCompletion', `totalUsage` INTEGER NOT NULL DEFAULT 0, `usageMetrics` JSON,
    `credits` DECIMAL(20,8) NOT NULL DEFAULT 0, `status` TEXT NOT NULL DEFAULT 'processing',
    `duration` DECIMAL(10,1), `errorReason` TEXT, `appDid` VARCHAR(255), `userDid` VARCHAR(255),
    `requestId` VARCHAR(255), `metadata` JSON, `callTime` INTEGER NOT NULL, `createdAt` DATETIME NOT NULL,
    `updatedAt` DATETIME NOT NULL, `traceId` VARCHAR(255), `ttfb` DECIMAL(10,1), `providerTtfb` DECIMAL(10,1));
CREATE INDEX `idx_model_calls_call_time` ON `ModelCalls` (`callTime`);
CREATE INDEX `idx_model_calls_user_time` ON `ModelCalls` (`userDid`, `callTime`);
CREATE INDEX `idx_model_calls_app_time` ON `ModelCalls` (`appDid`, `callTime`);
"""
OPENAI: Final = "7301234567890123456"
PROJECT: Final = "zNKtest"


def written(milliseconds: int) -> str:
    """A moment, in Unix milliseconds, as the Hub writes it."""
    whole = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{whole:%Y-%m-%d %H:%M:%S}.{milliseconds % 1000:03} +00:00"


def create(path: Path) -> None:
    """With a provider and a project, and without calls."""
    with connected(path) as connection:
        connection.executescript(SCHEMA)
        now = written(0)
        provider = (OPENAI, "openai", "OpenAI", now, now)
        columns = "(id, name, displayName, createdAt, updatedAt)"
        connection.execute(f"INSERT INTO AiProviders {columns} VALUES (?, ?, ?, ?, ?)", provider)  # noqa: S608
        connection.execute("INSERT INTO Projects VALUES (?, 'Shop', '/logo.png', '', ?, ?)", (PROJECT, now, now))


def put(path: Path, *rows: dict[str, Any]) -> None:
    """Write calls, each instead of one of the same id."""
    with connected(path) as connection:
        for row in rows:
            values = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in row.items()}
            columns, places = ", ".join(values), ", ".join("?" for _ in values)
            statement = f"INSERT OR REPLACE INTO ModelCalls ({columns}) VALUES ({places})"  # noqa: S608
            connection.execute(statement, (*values.values(),))


def call(number: int, milliseconds: int, **other: Any) -> dict[str, Any]:
    """A call that ended at this moment, in Unix milliseconds."""
    return {
        "id": f"73{number:017}",
        "providerId": OPENAI,
        "model": "gpt-5-mini",
        "credentialId": "7300000000000000001",
        "type": "chatCompletion",
        "totalUsage": 1_500 + number,
        "usageMetrics": {"inputTokens": 1_000, "outputTokens": 300 + number, "cacheReadInputTokens": 200},
        "credits": 0.00012345,
        "status": "success",
        "duration": 1.3,
        "appDid": PROJECT,
        "userDid": "z1user",
        "requestId": None,
        "metadata": {"endpoint": "/v2/chat/completions", "phase": "completed", "modelParams": {"temperature": 1}},
        "callTime": milliseconds // 1000 - 2,
        "createdAt": written(milliseconds),
        "updatedAt": written(milliseconds),
        "traceId": None,
        "ttfb": 412.5,
        "providerTtfb": 400.0,
        **other,
    }


@contextmanager
def connected(path: Path) -> Generator[sqlite3.Connection]:
    """A connection whose changes are committed at the end."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            yield connection
    finally:
        connection.close()
