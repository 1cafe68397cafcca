"""Questions answered by DuckDB, inside the function, from the archive."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import Self

import duckdb

from ledger.archive import recent_calls
from ledger.archive.archive import Archive, OpenArchive, TooManyBytes
from ledger.archive.reader import Snapshot
from ledger.archive.recent_calls import TooManyRecent
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.core.errors import RangeTooLong
from ledger.core.moments import TimeLeft, utc_day
from ledger.query.question import Question
from ledger.query.statement import Statement

_TO_ANSWER = 2.0
"""Seconds that are left for the answer when a statement is interrupted."""


@dataclass(frozen=True)
class OpenCalls:
    """The calls of a range, as they were at one moment, to be asked about one question after another."""

    opened: OpenArchive
    view: str
    """The view that has them."""

    @property
    def as_of(self) -> int:
        """The Unix second at which they were so."""
        return as_of(self.opened.snapshot)

    def ask(self, question: Question) -> Statement:
        """The statement of a question, which the next question replaces."""
        return Statement(question, self.opened.connection, self.view)


@dataclass(frozen=True)
class QueryEngine:
    """The archive that questions are about, and the table that has what came before it."""

    archive: Archive
    calls: Calls
    with_latest: bool = False
    """Whether what the archive may not have yet is read from the table."""

    @classmethod
    def of(cls, settings: Settings, *, with_latest: bool = False) -> Self:
        return cls(Archive.of(settings), Calls.of(settings), with_latest)

    def plan(self, start: int, end: int) -> Snapshot:
        """What questions about [start, end) read, however much it is."""
        return self.archive.snapshot(utc_day(start), utc_day(end - 1))

    @contextmanager
    def open(self, start: int, end: int, time_left: TimeLeft) -> Generator[OpenCalls]:
        """Open the calls of [start, end) for questions. Raises RangeTooLong."""
        try:
            with self.archive.open(utc_day(start), utc_day(end - 1)) as opened:
                timer = Timer(max(time_left() - _TO_ANSWER, 0), opened.connection.interrupt)
                timer.start()
                try:
                    yield OpenCalls(opened, self._view(opened, start, end))
                except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
                    what = "time" if isinstance(error, duckdb.InterruptException) else "memory"
                    size = opened.snapshot.size
                    raise RangeTooLong(f"{size:,} bytes would take more {what} than a function has") from None
                finally:
                    timer.cancel()
        except TooManyBytes as error:
            raise RangeTooLong(f"{error.size:,} bytes would be read, at most {self.archive.room:,} can be") from None
        except TooManyRecent:
            raise RangeTooLong(f"more than {recent_calls.MOST:,} of its calls are not archived yet") from None

    def _view(self, opened: OpenArchive, start: int, end: int) -> str:
        """The view that has the calls of [start, end): those from before the archive began too."""
        unarchived = recent_calls.spans if self.with_latest else recent_calls.before_the_archive
        read = unarchived(opened.snapshot, start, end - 1)
        if not read:
            return "calls"
        recent_calls.open_present(opened.connection, self.calls, None, read, opened.scratch)
        return "present_calls"


def as_of(snapshot: Snapshot) -> int:
    """The Unix second at which the calls of a snapshot were so: at the latest when the archive began."""
    return snapshot.as_of or snapshot.started_at
