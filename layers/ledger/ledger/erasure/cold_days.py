"""The cold days of a user who is erased: only the archive has their calls.

Each call is removed by an item that the stream brings to the counters and to the archive, as it brings the deletion of
a call that the table has. The next night writes the days anew.
"""

import time
from dataclasses import dataclass
from typing import Self

from ledger.archive import freshness
from ledger.archive.archived_calls import ArchivedCalls
from ledger.archive.hot_days import HotDays
from ledger.archive.manifest import Manifest
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.core.moments import utc_day


@dataclass(frozen=True)
class ColdDays:
    """The table, and the archive."""

    calls: Calls
    hot_days: HotDays
    archived: ArchivedCalls

    @classmethod
    def of(cls, settings: Settings) -> Self:
        calls, table = Calls.of(settings), settings.counters_table
        return cls(calls, HotDays(calls, table), ArchivedCalls(table, settings.archive_bucket))

    def after(self, day: str) -> list[str]:
        """The cold days after one of them, all for an empty text. Those that have expired are none."""
        now = int(time.time())
        first, since = max(self.calls.expired(now) + 1, 0), self.hot_days.since(now)
        if since <= first:
            return []
        found = Manifest(self.hot_days.table).days(max(utc_day(first), day), utc_day(since - 1))
        return [each.day for each in found if each.day > day]

    def have_everything_before(self, second: int) -> bool:
        """Whether the archive has every change of a call from before a Unix second."""
        return freshness.read(self.hot_days.table).as_of >= second + freshness.MARGIN

    def remove(self, day: str, did: str, until: str) -> int:
        """Remove the calls of a user on a day that came until a moment, in ISO 8601. Returns how many are removed.

        Raises one of retries.REQUEST_ERRORS.
        """
        pages = self.archived.of_user(did, day, until)
        return sum(self.calls.remove_archived(page, int(time.time())) for page in pages)
