"""A run of the benchmark: groups of scenarios, one after the other, each at a fixed time of day."""

import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import time_machine

from bench import figures
from bench.figures import Figure

type Group = Callable[[], Iterator[Figure]]
type Scenarios = Iterable[tuple[str, Group]]


@dataclass
class Measured:
    """The figures of a run, and the names of the groups that failed."""

    figures: list[Figure] = field(default_factory=list[Figure])
    failed: list[str] = field(default_factory=list[str])


def measure(scenarios: Scenarios, path: Path) -> Measured:
    """Measure one group after the other, and write the figures to a file of JSON after each.

    A group that fails is named and keeps the figures that it has yielded. The others are measured nevertheless.
    """
    measured = Measured()
    for name, group in scenarios:
        begun = time.monotonic()
        try:
            for figure in group():
                measured.figures.append(figure)
                figures.write(measured.figures, path)
        except Exception:
            traceback.print_exc()
            measured.failed.append(name)
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return measured


def last(hour: str, now: float | None = None) -> int:
    """Returns the last moment at which it was an hour such as 23:30 UTC, in Unix seconds."""
    moment = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    hours, minutes = map(int, hour.split(":"))
    found = moment.replace(hour=hours, minute=minutes, second=0, microsecond=0)
    return int((found if found <= moment else found - timedelta(days=1)).timestamp())


def at(moment: int, group: Group) -> Group:
    """Returns the group with its clock stopped at a moment, whenever it is measured."""

    def measured() -> Iterator[Figure]:
        with time_machine.travel(moment, tick=False):
            yield from group()

    return measured


def late(group: Group) -> Group:
    """Returns the group with `-late` behind the names of its scenarios."""

    def measured() -> Iterator[Figure]:
        for figure in group():
            yield replace(figure, scenario=f"{figure.scenario}-late")

    return measured


def in_a_directory(group: Callable[[Path], Iterator[Figure]]) -> Group:
    """Returns the group with a directory of its own, which is removed afterwards."""

    def measured() -> Iterator[Figure]:
        with TemporaryDirectory() as directory:
            yield from group(Path(directory))

    return measured
