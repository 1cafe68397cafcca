"""Questions answered by DuckDB, inside the function, from the archive."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer

import duckdb

from ledger.archive.archive import Archive, OpenArchive, TooManyBytes
from ledger.archive.reader import Snapshot
from ledger.core.errors import InvalidRequest, Problem
from ledger.core.moments import TimeLeft, utc_day
from ledger.query.question import Question
from ledger.query.statement import Statement

_TO_ANSWER = 2.0
"""Seconds that are left for the answer when a statement is interrupted."""


@dataclass(frozen=True)
class QueryEngine:
    """The archive that questions are about. What is too much for a function raises InvalidRequest."""

    archive: Archive

    def plan(self, question: Question) -> Snapshot:
        """What would be read, however much it is."""
        return self.archive.snapshot(*_days(question))

    @contextmanager
    def ask(self, question: Question, time_left: TimeLeft) -> Generator[tuple[Statement, OpenArchive]]:
        """The statement of a question, executed, and what it reads."""
        try:
            with self.archive.open(*_days(question)) as opened:
                timer = Timer(max(time_left() - _TO_ANSWER, 0), opened.connection.interrupt)
                timer.start()
                try:
                    yield Statement(question, opened.connection), opened
                except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
                    what = "time" if isinstance(error, duckdb.InterruptException) else "memory"
                    size = opened.snapshot.size
                    raise _too_large(f"{size:,} bytes would take more {what} than a function has") from None
                finally:
                    timer.cancel()
        except TooManyBytes as error:
            raise _too_large(f"{error.size:,} bytes would be read, at most {self.archive.room:,} can be") from None


def _too_large(text: str) -> InvalidRequest:
    return InvalidRequest(Problem("endTime", f"a shorter range: {text}"))


def _days(question: Question) -> tuple[str, str]:
    return utc_day(question.start), utc_day(question.end - 1)
