"""What is found for a page of the call log, and who may be asked for it."""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.call_log.selection import LogSelection
from ledger.calls.model_call import ModelCall


@dataclass(frozen=True)
class Found:
    """The rows, and how many the log has in all."""

    rows: list[ModelCall]
    count: int
    as_of: int | None = None
    """The Unix second as of which older calls were read from the archive. None where the table had every row."""


type FindArchived = Callable[[LogSelection, str | None, int, int], Found]
"""Finds the rows of any selection after a position, if there is one, and a number of skipped rows: so many at most.

Raises InvalidRequest where that is too much to be read while somebody waits.
"""
