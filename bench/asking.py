"""Statistics of thirty days with their trend, the heaviest user's and everybody's.

The dashboard asks for days of a time zone, up to the end of the current quarter hour. A program may ask for exactly
thirty times 86,400 seconds, up to the current second. Both are measured.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from statistics import median

from bench import checking
from bench.databases import Answer, Database, Different, Question, with_duckdb, with_sqlite, write_csv
from bench.engine import CALLS, COUNTERS, engine
from bench.figures import Baseline, Figure
from bench.ledger_state import Sample, load
from bench.meter import LATENCY, metered
from bench.postgresql import with_postgresql
from ledger.archive.archived_calls import ArchivedCalls
from ledger.core.moments import DAY, QUARTER_HOUR
from ledger.statistics.answer_types import Stats, Totals
from ledger.statistics.stats_query import AdminStatsQuery, StatsQuery
from ledger.statistics.usage_stats import admin_stats, user_stats
from ledger.usage.reader import UsageReader

RANGE = 30 * DAY
REPETITIONS = 7
ZONES = {"": ("UTC", 0), "-kolkata": ("Asia/Kolkata", 19_800)}
TO_THE_SECOND = "-to-the-second"


@dataclass(frozen=True)
class Case:
    scenario: str
    ask: Callable[[UsageReader], Stats]
    question: Question


def figures(number: int, now: int, directory: Path) -> Iterator[Figure]:
    """Load that many calls into the ledger and each database, and ask each the same questions."""
    start = now - RANGE + 1
    edges = (start - RANGE, start, now)
    sample = Sample(number, now, keep=frozenset(edge // QUARTER_HOUR * QUARTER_HOUR for edge in edges))
    calls = directory / "calls.csv"
    write_csv(calls, sample.calls())
    embedded = [with_duckdb(directory / "calls.duckdb", calls), with_sqlite(directory / "calls.sqlite", calls)]
    with with_postgresql(calls) as served, engine():
        databases = [*embedded, *served]
        load(sample)
        for case in _cases(sample.heaviest, now):
            yield _measure(case, number, databases)
        yield from checking.figures(sample, databases)


def _cases(heaviest: str, now: int) -> Iterator[Case]:
    soon = (now // QUARTER_HOUR + 1) * QUARTER_HOUR - 1
    for suffix, (zone, offset) in ZONES.items():
        midnight = (now + offset) // DAY * DAY - offset
        yield from _both(suffix, heaviest, zone, Question(heaviest, midnight - RANGE + DAY, soon, offset))
    yield from _both(TO_THE_SECOND, heaviest, "UTC", Question(heaviest, now - RANGE + 1, now, 0))


def _both(suffix: str, heaviest: str, zone: str, question: Question) -> Iterator[Case]:
    asked = {"startTime": question.start, "endTime": question.end, "timezone": zone}
    own, everybodys = StatsQuery.model_validate(asked), AdminStatsQuery.model_validate(asked)
    yield Case(f"user-stats{suffix}", lambda reader: user_stats(reader, heaviest, own), question)
    yield Case(
        f"all-stats{suffix}",
        lambda reader: admin_stats(reader, everybodys),
        replace(question, user=None),
    )


def _measure(case: Case, number: int, databases: Sequence[Database]) -> Figure:
    reader = UsageReader(CALLS, COUNTERS, ArchivedCalls(COUNTERS.table, bucket=""))
    with metered() as cold:
        stats = case.ask(reader)
    for database in databases:
        _check(stats, database.ask(case.question), database, case)
    with metered(latency=LATENCY) as slowed:
        case.ask(reader)
    with metered() as counted:
        case.ask(reader)
    runs = [_timed(case, reader) for _ in range(REPETITIONS)]
    engines = [_engine(case, reader) for _ in range(3)]
    beside = [baseline for database in databases for baseline in _baselines(database, case.question)]
    return Figure(
        case.scenario,
        number,
        requests=len(counted.requests),
        round_trips=slowed.round_trips,
        read_units=counted.read_units,
        seconds=median(own for own, _ in runs),
        wall_seconds=median(wall for _, wall in runs),
        engine_seconds=median(engines),
        baseline=beside[0],
        other_baselines=beside[1:],
        note=f"a function's first time: {cold.read_units:,.1f} units",
    )


def _timed(case: Case, reader: UsageReader) -> tuple[float, float]:
    wall, own = time.perf_counter(), time.process_time()
    case.ask(reader)
    return time.process_time() - own, time.perf_counter() - wall


def _engine(case: Case, reader: UsageReader) -> float:
    with metered() as meter:
        case.ask(reader)
    return meter.engine


def _baselines(database: Database, question: Question) -> Iterator[Baseline]:
    """Yields how long a database takes. If it uses several threads, yields their processor time too."""

    def once() -> tuple[float, float]:
        begun, worked = time.perf_counter(), time.process_time()
        database.ask(question)
        return time.perf_counter() - begun, time.process_time() - worked

    repetitions = REPETITIONS if once()[0] < 0.2 else 2
    runs = [once() for _ in range(repetitions)]
    seconds, worked = (median(times) for times in zip(*runs, strict=True))
    yield Baseline(database.name, seconds)
    if worked > 1.1 * seconds:
        yield Baseline(f"{database.name}, all threads", worked)


def _check(stats: Stats, answer: Answer, database: Database, case: Case) -> None:
    """Raises Different if a figure that both give is not the same to the last decimal."""
    ours = {
        "summary": [_figures(stats["summary"])],
        "types": [(name, *_figures(of_type)) for name, of_type in stats["summary"]["byType"].items()],
        "days": [
            ((day["timestamp"] + case.question.offset) // DAY, name, *_figures(of_type))
            for day in stats["dailyStats"]
            for name, of_type in day["byType"].items()
        ],
        "models": [(model["providerId"], model["model"], *_figures(model)) for model in stats["modelStats"]],
        "previous": [_figures(stats["trendComparison"]["previous"])],
    }
    theirs = {
        "summary": [_of_database(row[:4], database) for row in answer.summary],
        "types": [(row[0], *_of_database(row[1:], database)) for row in answer.types],
        "days": [(*row[:2], *_of_database(row[2:], database)) for row in answer.days],
        "models": [(*row[:2], *_of_database(row[2:], database)) for row in answer.models[:5]],
        "previous": [_of_database(row, database) for row in answer.previous],
    }
    for part, rows in ours.items():
        if rows != theirs[part]:
            raise Different(f"{case.scenario}, {part}: {rows[:3]} is not {database.name}'s {theirs[part][:3]}")
    summary = stats["summary"]
    counts = (
        *(summary[name] for name in ("failedCalls", "unpricedCalls", "inputTokens", "outputTokens")),
        summary["modelCount"],
    )
    if counts != (*answer.summary[0][4:8], len(answer.models)):
        raise Different(f"{case.scenario}: {counts} is not {database.name}'s {answer.summary}")


type _Figures = tuple[Decimal, Decimal, int, int]


def _figures(totals: Totals) -> _Figures:
    return totals["totalUsage"], totals["totalCredits"], totals["totalCalls"], totals["successCalls"]


def _of_database(row: Sequence[object], database: Database) -> _Figures:
    usage, credits_, calls, successes = row
    return Decimal(str(usage)), database.credits(credits_), int(str(calls)), int(str(successes))
