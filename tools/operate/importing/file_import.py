"""Importing history through the public API: 500 calls a request, from where the last import of the file stopped."""

import gzip
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx

from ledger.core import exact_json
from tools.operate.importing.sources import Placed, Row

BATCH_SIZE: Final = 500
"""Calls of a request."""
ATTEMPTS: Final = 30
WIDTH: Final = 40
"""Letters of a progress bar."""


@dataclass
class Progress:
    """`position` is the last row that is done with, `refusals` the size of the file of refused rows by then."""

    position: int = 0
    recorded: int = 0
    refused: int = 0
    refusals: int = 0


def import_file(
    path: Path, rows: Callable[[Path, int], Iterator[Placed]], client: httpx.Client, *, batch_size: int = BATCH_SIZE
) -> Iterator[Progress]:
    """Send the rows behind the checkpoint, and answer the progress after each request.

    The checkpoint is FILE.import.json; refused rows go to FILE.refused.jsonl, each with its number and the reason. Rows
    that were sent just before it was cut off are sent again: their ids make that harmless.
    """
    checkpoint, refusals = path.with_name(f"{path.name}.import.json"), path.with_name(f"{path.name}.refused.jsonl")
    progress = Progress(**json.loads(checkpoint.read_text())) if checkpoint.exists() else Progress()
    with refusals.open("ab") as refused:
        refused.truncate(progress.refusals)
        for batch in itertools.batched(rows(path, progress.position), batch_size):
            good = [(number, row) for number, row in batch if isinstance(row, dict)]
            bad = [(number, row) for number, row in batch if isinstance(row, str)]
            without_id = [
                (number, "id: an import needs one, so that it can be repeated")
                for number, row in good
                if not row.get("id")
            ]
            bad += without_id + _send(client, [(number, row) for number, row in good if row.get("id")])
            for number, reason in sorted(bad):
                refused.write(exact_json.dumps({"row": number, "reason": reason}) + b"\n")
            refused.flush()
            progress.position = batch[-1][0]
            progress.recorded += len(batch) - len(bad)
            progress.refused += len(bad)
            progress.refusals = refused.tell()
            temporary = checkpoint.with_suffix(".tmp")
            temporary.write_text(json.dumps(asdict(progress)))
            temporary.replace(checkpoint)
            yield progress
    yield progress


def show(progress: Iterator[Progress], path: Path, last: Callable[[Path], int]) -> None:
    """Draw the progress on a terminal, and say at the end what became of the rows."""
    rows = last(path) if sys.stderr.isatty() else 0
    latest = Progress()
    for latest in progress:
        if rows:
            print(f"\r{bar(latest, rows)}", end="", file=sys.stderr, flush=True)
    if rows:
        print(file=sys.stderr)
    print(f"{latest.recorded:,} calls recorded, {latest.refused:,} rows refused")
    if latest.refused:
        print(f"why: {path}.refused.jsonl")


def bar(progress: Progress, rows: int) -> str:
    """How far it is with so many rows."""
    done = min(progress.position / rows, 1)
    drawn = "█" * int(done * WIDTH)
    return f"{drawn:░<{WIDTH}} {done:4.0%}  {progress.recorded:,} recorded, {progress.refused:,} refused"


def _send(client: httpx.Client, rows: list[tuple[int, Row]]) -> list[tuple[int, str]]:
    """Record calls, again and again those that the ledger is too busy for. Answers those that it refuses, and why."""
    refused: list[tuple[int, str]] = []
    for attempt in range(ATTEMPTS):
        if not rows:
            return refused
        if attempt:
            time.sleep(min(attempt, 5))
        body = gzip.compress(exact_json.dumps({"calls": [row for _, row in rows]}))
        headers = {"Content-Type": "application/octet-stream", "Content-Encoding": "gzip"}
        response = client.post("/api/model-calls", content=body, headers=headers)
        if response.status_code in (429, 503):
            continue
        if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(rows) > 1:
            half = len(rows) // 2
            return refused + _send(client, rows[:half]) + _send(client, rows[half:])
        answer: dict[str, Any] = response.json()
        if "rejected" not in answer:
            raise RuntimeError(f"the API answered {response.status_code}: {response.text[:1000]}")
        again = [rejection["index"] for rejection in answer["rejected"] if rejection["retryable"]]
        refused += [
            (rows[rejection["index"]][0], rejection["error"])
            for rejection in answer["rejected"]
            if not rejection["retryable"]
        ]
        rows = [rows[index] for index in again]
    if rows:
        raise RuntimeError("the ledger stays busy; the same command goes on from here later")
    return refused
