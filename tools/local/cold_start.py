"""A function as Lambda starts it: a bare interpreter that finds its folder, the layer, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools.project import ROOT

_PYTHON: Final = Path(sys.base_prefix) / "bin/python3.13"
_ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "POWERTOOLS_SERVICE_NAME": "usage-ledger",
    "POWERTOOLS_METRICS_NAMESPACE": "UsageLedger",
}


def functions() -> list[str]:
    """The folders of functions/."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))


def run(code: str, *path: Path | str) -> str:
    """What this code prints, with these folders to import from: `import app` is the start of a function."""
    # Without the packages of this environment, and without writing bytecode that Lambda would not find.
    command = [_PYTHON, "-S", "-s", "-P", "-B", "-c", code]
    environment = {**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
