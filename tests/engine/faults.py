"""A proxy before DynamoDB that lets it fail in every way it can."""

import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from local.emulator import free_port

CONFLICT = {"CancellationReasons": [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]}
FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"error": {"code": "ProvisionedThroughputExceededException"}},
    "fault of the service": {"error": {"code": "InternalServerError", "status": 500}},
    "unavailable": {"error": {"code": "ServiceUnavailable", "status": 503}},
    "connection reset": {"reset": True},
    "slow": {"latency": {"min": 20, "max": 60}},
    "answer cut short": {"response": {"truncate_frac": 0.5}},
    "done, answer lost": {"response": {"abort_frac": 0.1}},
    "conflict": {
        "operation": "TransactWriteItems",
        "error": {"code": "TransactionCanceledException", "fields": CONFLICT},
    },
    "in progress": {"operation": "TransactWriteItems", "error": {"code": "TransactionInProgressException"}},
}
SEEDED = "import random, sys; random.seed(int(sys.argv.pop(1))); from microburst.cli import main; sys.exit(main())"


@contextmanager
def faulty(url: str, directory: Path, faults: Mapping[str, dict[str, Any]], probability: float) -> Generator[str]:
    """The URL of a proxy before this one that lets each kind of fault happen with that probability."""
    rules = [{"service": "dynamodb", "probability": probability} | fault for fault in faults.values()]
    config = directory / "faults.yml"
    config.write_bytes(orjson.dumps({"rules": rules}))  # JSON is YAML
    port = free_port()
    command = [sys.executable, "-c", SEEDED, "11", "--upstream", url, "--port", str(port), "--config", str(config)]
    with (directory / "faults.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
        proxy = f"http://127.0.0.1:{port}"
        try:
            for _ in range(300):
                try:
                    httpx.get(f"{proxy}/_microburst/health")
                    break
                except httpx.HTTPError:
                    time.sleep(0.05)
            yield proxy
        finally:
            process.kill()
            process.wait()
