"""Calls found in the archive by their ids, where the day of each is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.archive.manifest import Manifest
from ledger.aws.retries import TornRead
from ledger.calls.model_call import ModelCall
from ledger.core.moments import DAY, utc_day

ROOM = 200 * 1024 * 1024
"""Bytes of day files that are read at once, and that stay for whoever asks next: some four million calls."""


class TooManyCalls(Exception):
    """The files of the days are too large to be searched while somebody waits."""


@dataclass(frozen=True)
class ArchivedCalls:
    """The table that has the manifest, and the name of the archive's bucket."""

    table: str
    bucket: str

    def find(self, wanted: Mapping[str, int]) -> dict[str, ModelCall]:
        """The calls with some ids, each given with a second of its UTC day, as the archive has them by now.

        The files of a day are read once. Raises TooManyCalls, or one of retries.REQUEST_ERRORS.
        """
        # They take a while to load, and most functions that might look for a cold call never do.
        from ledger.archive import columns
        from ledger.archive.archive import Archive, TooManyBytes
        from ledger.aws.s3 import ObjectChanged, S3Bucket

        archive = Archive(Manifest(self.table), S3Bucket(self.bucket), ROOM)
        days = set(map(utc_day, wanted.values()))
        try:
            with archive.open_days(days) as opened:
                rows = opened.connection.execute(
                    f"SELECT {', '.join(columns.NAMES)} FROM calls "
                    "SEMI JOIN (SELECT unnest(?) AS id, unnest(?) AS day) wanted "
                    f"ON wanted.id = calls.id AND wanted.day = calls.call_time // {DAY}",
                    [list(wanted), [second // DAY for second in wanted.values()]],
                ).fetchall()
        except TooManyBytes as error:
            raise TooManyCalls(str(error)) from None
        except ObjectChanged as error:
            raise TornRead(str(error)) from error
        return {call.id: call for call in map(columns.to_call, rows)}
