"""The erasing of a user: calls, details, API keys and exports. Statistics and archive follow by way of the stream.

Everything that was received until the erasure was requested is removed, also what is written late. Calls received
after it are kept, as those of a new user. Every step may be repeated, and done by several workers at once, so a worker
that is cut off is simply followed by another.
"""

import time
from contextlib import suppress
from dataclasses import dataclass

from ledger.access import api_keys
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Directory
from ledger.core.moments import TimeLeft, unix
from ledger.erasure.cold_days import ColdDays
from ledger.erasure.job import Erasure
from ledger.erasure.store import ErasureStore, RequestedAgain
from ledger.exports.removal import ExportRemoval

PAUSE = 10.0
"""Seconds between two looks at whether the archive has caught up."""


@dataclass(frozen=True)
class ErasureWorker:
    """Removes calls in pages of `page_size`.

    `settling` seconds after the request nothing that was received before it is under way any more: no function that
    writes calls runs as long, and the index byUser has followed the table.
    """

    calls: Calls
    directory: Directory
    store: ErasureStore
    exports: ExportRemoval
    cold_days: ColdDays
    settling: float = 90.0
    page_size: int = 500

    @classmethod
    def of(cls, settings: Settings) -> "ErasureWorker":
        registry = settings.registry_table
        return cls(
            Calls.of(settings),
            Directory(registry),
            ErasureStore(registry),
            ExportRemoval.of(settings),
            ColdDays.of(settings),
        )

    def run(self, erasure_id: str, time_left: TimeLeft) -> Erasure | None:
        """Go on with an erasure while there is time. Returns it as it is then: still running, if there is more to do.

        Returns None where there is nothing to do: the erasure is done, or is not there.
        """
        erasure = self.store.find(erasure_id)
        if erasure is None or erasure.status == "done":
            return None
        while erasure and erasure.status == "running" and time_left() > 0:
            with suppress(RequestedAgain):
                self._go_on(erasure, time_left)
            erasure = self.store.find(erasure_id)
        return erasure

    def _go_on(self, erasure: Erasure, time_left: TimeLeft) -> None:
        """Make a pass over the user's calls in the table while there is time, and after the last one over cold days.

        If it is not the last pass, wait for that to begin.
        """
        if erasure.cleared_at:
            self._go_on_with_cold_days(erasure, time_left)
            return
        settling = unix(erasure.requested_at) + self.settling - time.time()
        if settling <= 0 and not erasure.is_last_pass:
            erasure = self.store.save(erasure, "", last_pass=True)
        self._remove_details(erasure)
        for positions in self.calls.positions(erasure.did, erasure.position, self.page_size):
            removed = self.calls.remove(positions, erasure.requested_at)
            self.store.save(erasure, positions[-1], last_pass=erasure.is_last_pass, calls=removed)
            if time_left() <= 0:
                return
        self.exports.delete_all(erasure.did)  # an export begun meanwhile may hold calls that are removed now
        if erasure.is_last_pass:
            self.store.save_cold(erasure, "", cleared_at=int(time.time()))
        else:
            time.sleep(max(0.0, min(settling, time_left())))

    def _go_on_with_cold_days(self, erasure: Erasure, time_left: TimeLeft) -> None:
        """Remove the user's calls from cold days while there is time.

        The archive still has calls that were removed from the table just now. They must not be removed twice.
        """
        days = self.cold_days.after(erasure.position)
        while days and not self.cold_days.have_everything_before(erasure.cleared_at):
            if time_left() <= PAUSE:
                time.sleep(max(0.0, time_left()))
                return
            time.sleep(PAUSE)
        for day in days:
            removed = self.cold_days.remove(day, erasure.did, erasure.requested_at)
            self.store.save_cold(erasure, day, cleared_at=erasure.cleared_at, calls=removed)
            if time_left() <= 0:
                return
        self.store.finish(erasure)

    def _remove_details(self, erasure: Erasure) -> None:
        self.directory.forget_user(erasure.did)
        revoked = api_keys.revoke_of(self.directory.table, erasure.did)
        self.store.save(erasure, erasure.position, last_pass=erasure.is_last_pass, revoked=revoked)
