"""A proxy before DynamoDB, or S3, that lets it fail in every way it can."""

import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from ledger.aws import retries
from ledger.aws.s3 import ObjectChanged
from tools.local.emulator import free_port

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
OF_S3: dict[str, dict[str, Any]] = {
    "slow down": {"error": {"code": "SlowDown", "status": 503}},
    "fault of the service": {"error": {"code": "InternalError", "status": 500}},
    **{name: FAULTS[name] for name in ("connection reset", "slow", "done, answer lost")},
}
"""Without answers cut short: the proxy says that they are as long as they are, and of a file nobody could tell."""
SEEDED = "import random, sys; random.seed(int(sys.argv.pop(1))); from microburst.cli import main; sys.exit(main())"


def retrying(work: Callable[[], Any]) -> Any:
    """As gateways and Lambda do: whoever is told that something failed tries again."""
    while True:
        try:
            return work()
        except (*retries.REQUEST_ERRORS, ObjectChanged):
            time.sleep(0.05)


@contextmanager
def faulty(
    url: str, directory: Path, faults: Mapping[str, dict[str, Any]], probability: float, *, service: str = "dynamodb"
) -> Generator[str]:
    """The URL of a proxy before this one that lets each kind of fault happen with that probability."""
    rules = [{"service": service, "probability": probability} | fault for fault in faults.values()]
    config = directory / f"{service}.yml"
    config.write_bytes(orjson.dumps({"rules": rules}))  # JSON is YAML
    port = free_port()
    command = [sys.executable, "-c", SEEDED, "11", "--upstream", url, "--port", str(port), "--config", str(config)]
    with (directory / f"{service}.log").open("w") as log:
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
