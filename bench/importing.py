"""What a cold start imports: each function, beside a bare boto3 client, each in a fresh interpreter."""

import os
import subprocess
import sys
from collections.abc import Iterator
from statistics import median

from bench.engine import ENVIRONMENT
from bench.figures import Baseline, Figure
from local.emulator import ROOT

REPETITIONS = 3
_CLIENT = "import boto3; boto3.client('dynamodb')"
_FUNCTION = "import runpy; runpy.run_path({!r})"
_TIMED = "import time; begun = time.perf_counter(); {}; print(time.perf_counter() - begun)"


def figures() -> Iterator[Figure]:
    functions = sorted((ROOT / "functions").glob("*/app.py"))
    for path in functions:
        turns = [(_seconds(_FUNCTION.format(str(path))), _seconds(_CLIENT)) for _ in range(REPETITIONS)]
        yield Figure(
            f"import-{path.parent.name}",
            seconds=median(function for function, _ in turns),
            baseline=Baseline("boto3.client('dynamodb')", median(client for _, client in turns)),
        )


def _seconds(code: str) -> float:
    command = [sys.executable, "-c", _TIMED.format(code)]
    done = subprocess.run(command, env=os.environ | ENVIRONMENT, capture_output=True, text=True, check=True)
    return float(done.stdout)
