"""Calls found in the archive: by their ids, where the day of each is known, by their user, or by some seconds."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.archive.manifest import Manifest
from ledger.aws.retries import TornRead
from ledger.calls.model_call import ModelCall
from ledger.core.moments import DAY, utc_day

if TYPE_CHECKING:
    from ledger.archive.archive import Archive

ROOM = 200 * 1024 * 1024
"""Bytes of day files that are read at once, and that stay for whoever asks next: some four million calls."""
_PAGE = 500


class TooManyCalls(Exception):
    """The files of the days are too large to be searched while somebody waits."""


@dataclass(frozen=True)
class ArchivedCalls:
    """The table that has the manifest, and the name of the archive's bucket.

    Whoever asks gets the calls as the archive has them by now, or one of retries.REQUEST_ERRORS.
    """

    table: str
    bucket: str

    def find(self, wanted: Mapping[str, int]) -> dict[str, ModelCall]:
        """The calls with some ids, each given with a second of its UTC day.

        The files of a day are read once. Raises TooManyCalls.
        """
        from ledger.archive.archive import TooManyBytes

        days = set(map(utc_day, wanted.values()))
        condition = (
            "SEMI JOIN (SELECT unnest(?) AS id, unnest(?) AS day) wanted "
            f"ON wanted.id = calls.id AND wanted.day = calls.call_time // {DAY}"
        )
        try:
            with self._archive() as archive, archive.open_days(days) as opened:
                values = [list(wanted), [second // DAY for second in wanted.values()]]
                found = list(_calls(opened.connection, condition, values))
        except TooManyBytes as error:
            raise TooManyCalls(str(error)) from None
        return {call.id: call for page in found for call in page}

    def of_user(self, did: str, day: str, until: str) -> Iterator[list[ModelCall]]:
        """The calls of a user on a day that came until a moment, in ISO 8601, in pages.

        A part of the day's files is read at a time.
        """
        condition = "WHERE user_did = ? AND call_time BETWEEN ? AND ? AND coalesce(received_at, updated_at) <= ?"
        archived = Manifest(self.table).day(day)
        for part in archived.parts if archived else ():
            with self._archive() as archive, archive.open_seconds(part.first, part.last) as opened:
                yield from _calls(opened.connection, condition, [did, part.first, part.last, until])

    def between(self, first: int, last: int, did: str | None) -> Iterator[list[ModelCall]]:
        """The calls of a user, or of everybody (None), between two Unix seconds, both inclusive, in pages."""
        condition = "WHERE call_time BETWEEN ? AND ? AND (? IS NULL OR user_did = ?)"
        with self._archive() as archive, archive.open_seconds(first, last) as opened:
            yield from _calls(opened.connection, condition, [first, last, did, did])

    @contextmanager
    def _archive(self) -> Generator["Archive"]:
        # They take a while to load, and most functions that might look for a cold call never do.
        from ledger.archive.archive import Archive
        from ledger.aws.s3 import ObjectChanged, S3Bucket

        try:
            yield Archive(Manifest(self.table), S3Bucket(self.bucket), ROOM)
        except ObjectChanged as error:
            raise TornRead(str(error)) from error


def _calls(connection: Any, condition: str, values: Sequence[Any]) -> Iterator[list[ModelCall]]:
    from ledger.archive import columns

    names = ", ".join(f"calls.{name}" for name in columns.NAMES)
    found = connection.execute(f"SELECT {names} FROM calls {condition}", values)
    while rows := found.fetchmany(_PAGE):
        yield [columns.to_call(row) for row in rows]
