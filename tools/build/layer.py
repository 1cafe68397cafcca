"""What is done to the layer after `sam build`: services that no function uses are removed, and bytecode is added."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from ledger.aws.clients import SERVICES

MOST_MEGABYTES: Final = 60
"""The most that the layer may have unpacked. Lambda takes 250 with the function, but a small layer loads sooner."""


def finish(layer: Path) -> str:
    """Returns a text that says how large the layer is. Raises RuntimeError where it is too large."""
    for library in ("boto3", "botocore"):
        for service in (layer / "python" / library / "data").iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
    # SAM's builder leaves out bytecode, so every cold start would compile the layer again. Zipping changes the times of
    # files, so the bytecode must not be checked against them.
    compilation = ("-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", str(layer))
    subprocess.run([sys.executable, *compilation], check=True)
    megabytes = sum(path.stat().st_size for path in layer.rglob("*")) / 1e6
    if megabytes > MOST_MEGABYTES:
        raise RuntimeError(f"the layer has {megabytes:.1f} MB, more than {MOST_MEGABYTES} (tools/build/layer.py)")
    return f"the layer has {megabytes:.1f} MB unpacked, of at most {MOST_MEGABYTES}"
