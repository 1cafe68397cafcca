"""The short form of `make soak`: all at once, with faults and kills, loses and double-counts nothing."""

from pathlib import Path

from tests.engine.soak import soak

SECONDS = 10


def test_nothing_is_lost_or_counted_twice(tmp_path: Path) -> None:
    print(*soak(SECONDS, tmp_path), sep="\n")  # noqa: T201 - pytest -s shows it
