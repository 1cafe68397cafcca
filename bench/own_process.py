"""Work that is measured in a process of its own, so that its peak of memory is its own. Its figures come as JSON."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ledger.aws import gc_tuning


def measured_apart(module: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run a module's `main`, which calls `measure`, in a new process. Returns its figures."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measure(work: Callable[[], Mapping[str, object]]) -> None:
    """Print as JSON what the work returns, its times `wall` and `cpu` in seconds, and the peak of memory in bytes.

    `peak` is the peak when the work is done, `before` is the peak when it begins.
    """
    gc_tuning.collect_seldom()
    before, wall, cpu = _peak(), time.perf_counter(), time.process_time()
    found = dict(work())
    found |= {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps(found | {"peak": _peak(), "before": before}))


def _peak() -> int:
    """Returns the most bytes of memory that this process has had. (getrusage would include its parent's.)"""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
