"""Erasing a user: their calls leave the log, and with them, by way of the stream, the statistics; their details and
API keys are forgotten, their exports removed.

What was received until the erasure was asked for goes, however it is written meanwhile; what a gateway sends of the
same did later is a new user's. Every step may be done again, and by several at once, so a worker that is cut off needs
no more than another that begins where it stopped.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ledger.access import api_keys
from ledger.aws.settings import Settings
from ledger.calls.calls_table import Calls
from ledger.calls.directory import Registry
from ledger.core.moments import unix
from ledger.erasure.store import AskedAgain, Erasure, Erasures
from ledger.exports.worker import ExportJob

SETTLING = 90.0
"""Seconds after which nothing is under way any more that was received before: as long as any function that writes calls
may take, and the index byUser to follow the table."""
_PAGE = 500

type TimeLeft = Callable[[], float]
"""Seconds after which a worker has to stop."""


@dataclass(frozen=True)
class Erasing:
    calls: Calls
    registry: Registry
    erasures: Erasures
    exports: ExportJob

    @classmethod
    def of(cls, settings: Settings) -> "Erasing":
        registry = settings.registry_table
        return cls(Calls.of(settings), Registry(registry), Erasures(registry), ExportJob.of(settings))

    def run(self, erasure_id: str, time_left: TimeLeft) -> Erasure | None:
        """Go on with an erasure while there is time. Answers it as it is then: without finished_at, if more is to do.

        None where nobody asked for it.
        """
        while (erasure := self.erasures.find(erasure_id)) and not erasure.finished_at and time_left() > 0:
            try:
                self._go_on(erasure, time_left)
            except AskedAgain:
                continue
        return erasure

    def _go_on(self, erasure: Erasure, time_left: TimeLeft) -> None:
        """A pass over the user's calls while there is time: the last one, or else one after which it waits for that."""
        settling = unix(erasure.requested_at) + SETTLING - time.time()
        if settling <= 0 and not erasure.is_last_pass:
            erasure = self.erasures.note(erasure, "", last_pass=True)
        self._forget(erasure)
        for positions in self.calls.positions(erasure.did, erasure.position, _PAGE):
            removed = self.calls.remove(positions, erasure.requested_at)
            self.erasures.note(erasure, positions[-1], last_pass=erasure.is_last_pass, calls=removed)
            if time_left() <= 0:
                return
        self.exports.remove_all(erasure.did)  # one that was begun meanwhile may hold calls that were still there
        if erasure.is_last_pass:
            self.erasures.finish(erasure)
        else:
            time.sleep(max(0.0, min(settling, time_left())))

    def _forget(self, erasure: Erasure) -> None:
        self.registry.forget_user(erasure.did)
        revoked = api_keys.revoke_of(self.registry.table, erasure.did)
        self.erasures.note(erasure, erasure.position, last_pass=erasure.is_last_pass, revoked=revoked)
