"""The figures of a run: one table for people, and .local/bench.json for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Baseline:
    name: str
    seconds: float


@dataclass(frozen=True)
class Figure:
    """The figures of one scenario. A figure that does not apply is None.

    `seconds` is our own time: the time that the processor worked for this process, in all its threads. `engine_seconds`
    is the time in which at least one request was with the engine; it overlaps with our own where several were.
    """

    scenario: str
    calls: int | None = None
    requests: int | None = None
    round_trips: int | None = None
    read_units: float | None = None
    write_units: float | None = None
    seconds: float | None = None
    engine_seconds: float | None = None
    wall_seconds: float | None = None
    calls_per_second: float | None = None
    peak_bytes: int | None = None
    baseline: Baseline | None = None
    other_baselines: Sequence[Baseline] = field(default_factory=tuple[Baseline])
    note: str = ""


def write(figures: Sequence[Figure], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([_entry(figure) for figure in figures], indent=1))


def _entry(figure: Figure) -> dict[str, object]:
    baseline = figure.baseline and {"name": figure.baseline.name, "seconds": round(figure.baseline.seconds, 6)}
    others = [{"name": other.name, "seconds": round(other.seconds, 6)} for other in figure.other_baselines]
    entry = {
        "scenario": figure.scenario,
        "calls": figure.calls,
        "requests": figure.requests,
        "roundTrips": figure.round_trips,
        "readUnits": figure.read_units,
        "writeUnits": figure.write_units,
        "seconds": _rounded(figure.seconds),
        "engineSeconds": _rounded(figure.engine_seconds),
        "wallSeconds": _rounded(figure.wall_seconds),
        "callsPerSecond": _rounded(figure.calls_per_second),
        "peakBytes": figure.peak_bytes,
        "baseline": baseline,
        "otherBaselines": others or None,
        "note": figure.note or None,
    }
    return {name: value for name, value in entry.items() if value is not None}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)


def table(figures: Sequence[Figure]) -> str:
    """Returns a table with a line for each figure. Times are in milliseconds, peaks in megabytes."""
    titles = (
        *(
            "scenario",
            "calls",
            "requests",
            "round trips",
            "read units",
            "write units",
            "own ms",
            "engine ms",
            "wall ms",
        ),
        *("calls/s", "peak MB", "beside", ""),
    )
    rows = [titles, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(titles))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 0 < column < 11 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _cells(figure: Figure) -> tuple[str, ...]:
    beside = [figure.baseline] if figure.baseline else []
    return (
        figure.scenario,
        _number(figure.calls),
        _number(figure.requests),
        _number(figure.round_trips),
        _number(figure.read_units, 1),
        _number(figure.write_units, 2),
        _number(_milli(figure.seconds), 1),
        _number(_milli(figure.engine_seconds), 1),
        _number(_milli(figure.wall_seconds), 1),
        _number(figure.calls_per_second),
        _number(None if figure.peak_bytes is None else figure.peak_bytes / 1e6, 1),
        ", ".join(f"{one.name} {one.seconds * 1000:,.1f} ms" for one in (*beside, *figure.other_baselines)),
        figure.note,
    )


def _milli(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _number(number: float | None, places: int = 0) -> str:
    return "" if number is None else f"{number:,.{places}f}"
