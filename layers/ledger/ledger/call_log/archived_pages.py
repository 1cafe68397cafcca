"""Pages of any selection, from the archive, and from the table what the archive may not have yet.

Loading DuckDB takes a while, so this is imported when the first such page is asked for.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from duckdb import DuckDBPyConnection

from ledger.archive import conditions, name_search, rows
from ledger.archive.archive import Archive, OpenArchive, TooManyBytes
from ledger.archive.conditions import Condition
from ledger.archive.name_search import TooManyNames
from ledger.archive.recent_calls import TooManyRecent
from ledger.aws.settings import Settings
from ledger.call_log.found import Found
from ledger.call_log.selection import LogSelection
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core.errors import InvalidRequest, Problem

_VIEW = "present_calls"


@dataclass(frozen=True)
class ArchivedPages:
    archive: Archive
    calls: Calls
    directory: Directory

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(Archive.of(settings), Calls.of(settings), Directory(settings.registry_table))

    def page(self, selection: LogSelection, position: str | None, skipped: int, wanted: int) -> Found:
        """The rows after a position, if there is one, and after `skipped` others, newest first, at most `wanted`.

        Raises InvalidRequest where more would have to be read than somebody waits for.
        """
        if selection.start >= selection.end:
            return Found([], 0)
        with self._opened(selection) as opened:
            condition = self._condition(opened.connection, selection)
            found = rows.newest(opened.connection, _VIEW, condition, position, skipped, wanted)
            return Found(found.calls, found.count, opened.as_of or None)

    def _condition(self, connection: DuckDBPyConnection, selection: LogSelection) -> Condition:
        found = [
            Condition("call_time BETWEEN ? AND ?", [selection.start, selection.end - 1]),
            conditions.of_filter(selection.filter),
        ]
        if selection.user_did is not None:
            found.append(Condition("user_did = ?", [selection.user_did]))
        if search := selection.filter.search:
            named = name_search.named(connection, _VIEW, conditions.all_of(found), search, self.directory)
            found.append(conditions.of_search(search, named))
        return conditions.all_of(found)

    @contextmanager
    def _opened(self, selection: LogSelection) -> Generator[OpenArchive]:
        first, last = selection.start, selection.end - 1
        try:
            with self.archive.open_present(self.calls, first, last, selection.user_did) as opened:
                yield opened
        except TooManyBytes as error:
            problem = f"a narrower range: {error.size:,} bytes would be read, at most {self.archive.room:,} can be"
            raise InvalidRequest(Problem("startTime", problem)) from None
        except TooManyRecent as error:
            raise InvalidRequest(Problem("startTime", f"a narrower range: {error}")) from None
        except TooManyNames as error:
            problem = f"without userName and appName, or in a narrower range: {error} have calls in this one"
            raise InvalidRequest(Problem("searchFields", problem)) from None
