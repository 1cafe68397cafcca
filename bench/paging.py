"""Pages of the call log: the first, the two thousandth and the last, and failures that are one call in ten thousand."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.archive_state import archived
from bench.databases import COLUMNS, Database, Different, Rows, with_duckdb, with_sqlite, write_csv
from bench.depth import depth
from bench.engine import CALLS, COUNTERS, DIRECTORY, engine
from bench.figures import Baseline, Figure
from bench.ledger_state import Sample, aggregates, live_counters, write, write_calls
from bench.meter import metered
from ledger.archive.archive import Archive
from ledger.archive.archived_calls import ArchivedCalls
from ledger.call_log.archived_pages import ArchivedPages
from ledger.call_log.counts import CallCounts
from ledger.call_log.day_rows import DayRows
from ledger.call_log.log import CallLog, CallsPage
from ledger.call_log.pages import CallPages
from ledger.call_log.query import CallsQuery
from ledger.call_log.rows import CallRows
from ledger.calls.model_call import CallStatus, CallType, CostSource, ModelCall
from ledger.core.identity import Identity, Role
from ledger.core.moments import DAY, HOUR, utc_day
from ledger.core.scopes import EVERYBODY, Scope
from ledger.counting import watermark
from ledger.usage.reader import UsageReader

PAGE: Final = 50
DEEP: Final = 2_000
ONE_FAILED_IN: Final = 10_000
ALL_LOADED: Final = 100_000
"""Up to so many calls, all are loaded. If there are more, only the hours around the rows that are asked for are."""
REPETITIONS: Final = 5
_SEARCHED: Final = ("model", "app_did", "user_did", "id")


@dataclass(frozen=True)
class Question:
    """A page of a user's calls, or of everybody's (None)."""

    scenario: str
    user: str | None
    status: str | None
    page: int
    search: str | None = None

    @property
    def where(self) -> tuple[str, list[str]]:
        filters = {"user_did": self.user, "status": self.status}
        given = {column: value for column, value in filters.items() if value is not None}
        where, values = [f"{column} = ?" for column in given], list(given.values())
        if self.search:
            where.append("(" + " OR ".join(f"lower({column}) LIKE ?" for column in _SEARCHED) + ")")
            values += [f"%{self.search}%"] * len(_SEARCHED)
        return " AND ".join(where) or "true", values

    def rows(self, database: Database, columns: str, number: int = PAGE) -> Rows:
        where, values = self.where
        order = "ORDER BY call_time DESC, id DESC LIMIT ? OFFSET ?"
        sql = f"SELECT {columns} FROM calls WHERE {where} {order}"  # noqa: S608
        return database.run(sql, [*values, number, (self.page - 1) * PAGE])

    def count(self, database: Database) -> int:
        where, values = self.where
        return database.run(f"SELECT count(*) FROM calls WHERE {where}", values)[0][0]  # noqa: S608

    def ask(self, log: CallLog) -> CallsPage:
        asked = {
            "page": self.page,
            "pageSize": PAGE,
            "allUsers": self.user is None,
            "status": self.status,
            "search": self.search,
        }
        query = CallsQuery.model_validate({name: value for name, value in asked.items() if value is not None})
        return log.page(Identity(self.user or "root", Role.ADMIN), query, "a-cursor-secret")


def figures(number: int, now: int, directory: Path) -> Iterator[Figure]:
    """Load that many calls into the ledger and each database, and ask each for the same pages."""
    sample = Sample(number, now, one_failed_in=ONE_FAILED_IN)
    calls = directory / "calls.csv"
    write_csv(calls, sample.calls())
    databases = [with_duckdb(directory / "calls.duckdb", calls), with_sqlite(directory / "calls.sqlite", calls)]
    asked = list(questions(sample))
    with engine():
        load(sample, _needed(number, asked, databases[0]))
        log = log_of(archived(calls, now, directory / "archive"))
        for question in asked:
            yield _measure(log, question, number, databases)


def log_of(archive: Archive) -> CallLog:
    """The log of the engine's tables and of an archive."""
    pages = ArchivedPages(archive, CALLS, DIRECTORY).page
    reader = UsageReader(CALLS, COUNTERS, ArchivedCalls(COUNTERS.table, bucket=""))
    day_rows = DayRows(CALLS, CallCounts(reader), pages, CALLS.hot_since)
    return CallLog(CALLS, CallPages(day_rows), pages, CallRows(CALLS, DIRECTORY))


def questions(sample: Sample) -> Iterator[Question]:
    """Yields the questions about the log of the heaviest user and of everybody."""
    heaviest = sample.heaviest
    for suffix, user, count in (("", heaviest, sample.calls_of[heaviest]), ("-all", None, sample.number)):
        last = -(-count // PAGE)
        yield Question(f"page-1{suffix}", user, None, 1)
        yield Question(f"page-2000{suffix}", user, None, min(DEEP, last * 2 // 3))
        yield Question(f"last-page{suffix}", user, None, last)
        yield Question(f"rare-failures{suffix}", user, "failed", 1)
    yield Question("search", None, None, 1, "e5-f")


def load(sample: Sample, calls: Sequence[ModelCall]) -> None:
    """Write the counters of both logs, as ninety nights leave them, and the calls."""
    scopes = (EVERYBODY, Scope.of_user(sample.heaviest))
    today, yesterday = utc_day(sample.now), utc_day(sample.now - DAY)
    write(COUNTERS.table, aggregates({day: sums for day, sums in sample.by_day.items() if day < today}, scopes))
    write(COUNTERS.table, live_counters(sample.recent, sample.now))
    for day in (today, yesterday):
        watermark.note_day(COUNTERS.table, day, sample.now)
    watermark.finish(COUNTERS.table, yesterday)
    DIRECTORY.learn(sample.users.items(), sample.apps.items())
    write_calls(calls)


def _needed(number: int, asked: Sequence[Question], database: Database) -> list[ModelCall]:
    """Returns the calls that the questions read, and some around them."""
    hours = "true"
    if number > ALL_LOADED:
        seconds = {second for question in asked for (second,) in question.rows(database, "call_time", PAGE + 1)}
        wanted = sorted({second // HOUR + near for second in seconds for near in (-1, 0, 1)})
        hours = f"call_time // 3600 IN ({', '.join(map(str, wanted))})"
    return [_call(row) for row in database.run(f"SELECT * FROM calls WHERE {hours}", [])]  # noqa: S608


def _call(row: tuple[Any, ...]) -> ModelCall:
    fields = dict(zip(COLUMNS, row, strict=True))
    kinds: dict[str, Any] = {
        "type": CallType,
        "status": CallStatus,
        "cost_source": CostSource,
        "total_usage": Decimal,
    }
    return ModelCall(**{name: kinds[name](value) if name in kinds else value for name, value in fields.items()})


def _measure(log: CallLog, question: Question, number: int, databases: Sequence[Database]) -> Figure:
    page = question.ask(log)
    for database in databases:
        _check(page, question, database)
    with metered() as counted:
        question.ask(log)
    with depth() as in_sequence:
        question.ask(log)
    runs = [_timed(question, log) for _ in range(REPETITIONS)]
    beside = [Baseline(database.name, _seconds(question, database)) for database in databases]
    return Figure(
        question.scenario,
        number,
        requests=len(counted.requests),
        round_trips=in_sequence.reached,
        read_units=counted.read_units,
        seconds=median(own for own, _ in runs),
        wall_seconds=median(wall for _, wall in runs),
        engine_seconds=counted.engine,
        baseline=beside[0],
        other_baselines=beside[1:],
        note=f"page {question.page:,} of {-(-page['count'] // PAGE):,}",
    )


def _check(page: CallsPage, question: Question, database: Database) -> None:
    rows = [row["id"] for row in page["list"]]
    theirs = [call_id for (call_id,) in question.rows(database, "id")]
    if rows != theirs or page["count"] != question.count(database):
        raise Different(f"{question.scenario}: {rows[:3]} of {page['count']} is not {database.name}'s {theirs[:3]}")


def _timed(question: Question, log: CallLog) -> tuple[float, float]:
    wall, own = time.perf_counter(), time.process_time()
    question.ask(log)
    return time.process_time() - own, time.perf_counter() - wall


def _seconds(question: Question, database: Database) -> float:
    def once() -> float:
        begun = time.perf_counter()
        question.rows(database, "*")
        question.count(database)
        return time.perf_counter() - begun

    return median(once() for _ in range(REPETITIONS))
