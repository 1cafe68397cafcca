"""Cold starts of each function, beside a boto3 client alone. Both start in new interpreters, in alternation.

A function starts from the deployed layer, and makes its DynamoDB client while it starts.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from bench.figures import Baseline, Figure
from tools.build import sam
from tools.local import cold_start, deployment
from tools.project import ROOT

REPETITIONS: Final = 5
CLIENT: Final = "boto3.client('dynamodb')"
_TIMED: Final = "import time; begun = time.process_time(); {}; print(time.process_time() - begun)"


def figures() -> Iterator[Figure]:
    directory = ROOT / ".local/bench"
    directory.mkdir(parents=True, exist_ok=True)
    sam.build(directory, deployment.PARAMETERS)
    layer = directory / ".aws-sam/build/LedgerLayer/python"
    for name in cold_start.functions():
        folder = ROOT / "functions" / name
        turns = [
            (_seconds("import app", folder, layer), _seconds(f"import boto3; {CLIENT}", layer))
            for _ in range(REPETITIONS)
        ]
        yield Figure(
            f"import-{name}",
            seconds=median(function for function, _ in turns),
            baseline=Baseline(CLIENT, median(client for _, client in turns)),
        )


def _seconds(code: str, *path: Path | str) -> float:
    return float(cold_start.run(_TIMED.format(code), *path))
