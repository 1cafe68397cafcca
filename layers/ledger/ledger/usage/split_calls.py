"""The calls of quarter hours that a boundary splits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from ledger.archive.archived_calls import ArchivedCalls
from ledger.archive.hot_days import HotDays
from ledger.calls.calls_table import Calls
from ledger.calls.model_call import ModelCall
from ledger.core import keys
from ledger.core.moments import DAY, QUARTER_HOUR


@dataclass(frozen=True)
class SplitCalls:
    """Reads them from the table. Of cold days it has those that came late, and the archive has all the others.

    A call of a cold day that was removed, or moved, may be among them until the archive knows of that.
    """

    calls: Calls
    hot_days: HotDays
    archived: ArchivedCalls

    def hot_since(self, starts: Iterable[int], now: int) -> int:
        """The first second of the hot days, or an older one where none of these quarter hours might be cold."""
        return self.hot_days.since(now) if any(start < now - DAY for start in starts) else 0

    def of_user(self, did: str, starts: Iterable[int], since: int) -> Iterable[Iterator[ModelCall]]:
        """The calls of a user in the quarter hours that begin at some Unix seconds, as independent Queries.

        `since` is the first second of the hot days.
        """
        for start in starts:
            present = self.calls.of_user(did, *_keys(start))
            yield present if start >= since else self._laid_over(present, start, did)

    def of_everybody(self, starts: Iterable[int], since: int) -> Iterable[Iterator[ModelCall]]:
        """Everybody's calls, as `of_user`."""
        for start in starts:
            shards = [chain.from_iterable(pages) for pages in self.calls.of_shards(*_keys(start))]
            if start >= since:
                yield from shards
            else:
                yield self._laid_over(chain.from_iterable(shards), start, None)

    def _laid_over(self, present: Iterator[ModelCall], start: int, did: str | None) -> Iterator[ModelCall]:
        """The calls of the table, and those of the archive that are not among them."""
        known: set[str] = set()
        for call in present:
            known.add(call.id)
            yield call
        for page in self.archived.between(start, start + QUARTER_HOUR - 1, did):
            yield from (call for call in page if call.id not in known)


def _keys(start: int) -> tuple[str, str]:
    return keys.from_second(start), keys.through_second(start + QUARTER_HOUR - 1)
