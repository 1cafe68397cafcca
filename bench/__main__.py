"""Measure: python -m bench [NUMBER…], numbers of calls."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import aggregating, asking, figures, importing, writing
from local.emulator import ROOT

NUMBERS = (10_000, 100_000, 1_000_000)


def main() -> None:
    numbers = [int(text) for text in sys.argv[1:]] or NUMBERS
    now = int(time.time())
    found: list[figures.Figure] = []
    print(f"Calls until {datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S} UTC", flush=True)
    for number in numbers:
        with TemporaryDirectory() as directory:
            found += asking.figures(number, now, Path(directory))
        found += writing.figures(number, now)
    for number in (per_day for per_day in aggregating.PER_DAY if per_day <= max(numbers)):
        found += aggregating.figures(number, now)
    found += importing.figures()
    figures.write(found, ROOT / ".local" / "bench.json")
    print(figures.table(found))


if __name__ == "__main__":
    main()
