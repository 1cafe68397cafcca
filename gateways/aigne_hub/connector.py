"""Follows the calls of a Hub, and sends each to the ledger."""

import json
import logging
import os
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from .hub_database import BEGINNING, Change, HubDatabase, Version, before, moment
from .ledger_api import Busy, Ledger

MOST_CALLS: Final = 500
MOST_CHARACTERS: Final = 1_000_000
"""Of a request: the ledger takes 500 calls and 4 MB, and a character is up to four bytes."""
LATE: Final = timedelta(minutes=5)
"""How long after its `updatedAt` a call may become visible: so much of what was sent is read again."""
LONGEST_PAUSE: Final = 60.0
"""Seconds from one try to send a request to the next, unless the ledger asks for more."""
POSITION: Final = "position.json"
SET_ASIDE: Final = "set-aside.jsonl"

log = logging.getLogger("aigne-hub")


@dataclass
class Connector:
    """Sends what changes. `state` is a folder for its position, and for calls that the ledger refuses."""

    database: HubDatabase
    ledger: Ledger
    state: Path
    _known: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    """What the ledger has of the last minutes: of each id when it changed, and the hash of the call."""

    def send_changes(self) -> int:
        """Send what has changed since the last time, oldest first. Returns how many calls the ledger took."""
        taken, position = 0, self._position()
        after = Version(before(position, LATE), "")
        until = moment(datetime.now(UTC))  # no position passes the moment at which a look begins, nor a wrong clock's
        while page := self.database.changes(after, until):
            for batch in _requests(change for change in page if not self._is_known(change)):
                taken += self._deliver([change.call for change in batch])
                position = max(position, batch[-1].version.updated_at)
                self._keep(position)
                self._known |= {of.id: (of.updated_at, hash(call)) for of, call in batch}
            after = page[-1].version
            self._forget(before(position, LATE))
        return taken

    def _forget(self, oldest: str) -> None:
        """What will not be read again unless it changes."""
        self._known = {name: known for name, known in self._known.items() if known[0] >= oldest}

    def _is_known(self, change: Change) -> bool:
        return self._known.get(change.version.id, ("", 0))[1] == hash(change.call)

    def _deliver(self, calls: list[str]) -> int:
        """Send these until each is taken or set aside. Returns how many were taken."""
        taken, pause, wait = 0, 1.0, 0.0
        while calls:
            time.sleep(wait)
            pause = min(LONGEST_PAUSE, pause * 2)
            wait = pause * random.uniform(0.5, 1)  # noqa: S311
            try:
                rejected = self.ledger.record(f"[{','.join(calls)}]")["rejected"]
            except Busy as busy:
                wait = max(wait, busy.retry_after)
                log.warning("the ledger took nothing, again in %.0f s: %s", wait, busy)
                continue
            taken += len(calls) - len(rejected)
            self._set_aside({calls[each["index"]]: each["error"] for each in rejected if not each["retryable"]})
            calls = [calls[each["index"]] for each in rejected if each["retryable"]]
        return taken

    def _set_aside(self, refused: dict[str, str]) -> None:
        if refused:
            log.warning("the ledger refused %s calls, which are in %s", len(refused), self.state / SET_ASIDE)
            with (self.state / SET_ASIDE).open("a") as file:
                file.writelines(
                    f'{{"error": {json.dumps(error)}, "call": {call}}}\n' for call, error in refused.items()
                )

    def _position(self) -> str:
        """The `updatedAt` up to which the ledger has everything, but for what came late."""
        try:
            return json.loads((self.state / POSITION).read_text())["updatedAt"]
        except FileNotFoundError:
            return BEGINNING

    def _keep(self, position: str) -> None:
        """All of it or nothing, and on the disk."""
        new = self.state / f"{POSITION}.new"
        with new.open("w") as file:
            json.dump({"updatedAt": position}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.state / POSITION)


def _requests(changes: Iterable[Change]) -> Iterator[list[Change]]:
    """As many at once as a request may have."""
    batch: list[Change] = []
    size = 0
    for change in changes:
        if batch and (len(batch) == MOST_CALLS or size + len(change.call) > MOST_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(change)
        size += len(change.call) + 1
    if batch:
        yield batch
