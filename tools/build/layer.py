"""What `sam build` leaves to be done to the layer: it goes without what no function loads, and with its bytecode."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from ledger.aws.clients import SERVICES

MOST_MEGABYTES: Final = 60
"""Unpacked. Lambda takes 250 with the function, but what is not there need not be fetched by a function that starts."""


def finish(layer: Path) -> str:
    """Says how large the layer has become. Raises RuntimeError where that is too large."""
    for service in (layer / "python/botocore/data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    # SAM's builder leaves out bytecode, so every cold start would compile the layer anew. Zipping changes the times of
    # files, so the bytecode is of the kind that doesn't ask for them.
    compilation = ("-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash", str(layer))
    subprocess.run([sys.executable, *compilation], check=True)
    megabytes = sum(path.stat().st_size for path in layer.rglob("*")) / 1e6
    if megabytes > MOST_MEGABYTES:
        raise RuntimeError(f"the layer has {megabytes:.1f} MB, more than {MOST_MEGABYTES} (tools/build/layer.py)")
    return f"the layer has {megabytes:.1f} MB unpacked, of at most {MOST_MEGABYTES}"
