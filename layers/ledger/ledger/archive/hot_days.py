"""Hot days: those of which the table surely has every call. Of the days before them, the cold ones, the archive has.

The archive is asked for cold days only once a night has found every day in it. The last cold day is noted then, and a
day that was cold stays so: where `HotDays` is raised, what has left the table does not come back.
"""

import time
from dataclasses import dataclass, field

from ledger.aws import dynamodb
from ledger.calls.calls_table import Calls
from ledger.core import keys
from ledger.core.moments import DAY, day_start, utc_day

KNOWN_FOR = 600
"""Seconds for which it is taken as known which day was noted. It matters only after `HotDays` was changed."""


@dataclass(frozen=True)
class HotDays:
    """The table of calls, and the table that has the archive's manifest."""

    calls: Calls
    table: str
    _known: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def since(self, now: int) -> int:
        """The first second of the hot days. Calls before it are in the archive, or have expired."""
        noted = self._noted(now)
        if not noted:
            return self.calls.expired(now) + 1
        return max(self.calls.hot_since(now), day_start(noted) + DAY)

    def note_cold(self, now: int) -> None:
        """Note that the archive has every day that is cold by now. The last cold day never moves back."""
        last = {"S": utc_day(self.calls.hot_since(now) - DAY)}
        try:
            dynamodb.client().put_item(
                TableName=self.table,
                Item=_KEY | {"last": last},
                ConditionExpression="attribute_not_exists(#last) OR #last < :last",
                ExpressionAttributeNames={"#last": "last"},
                ExpressionAttributeValues={":last": last},
            )
        except dynamodb.client().exceptions.ConditionalCheckFailedException:
            return

    def _noted(self, now: int) -> str:
        if not self._known or now - self._known[0][0] >= KNOWN_FOR:
            item = dynamodb.get(self.table, _KEY)
            self._known[:] = [(int(time.time()), item["last"]["S"] if item else "")]
        return self._known[0][1]


_KEY = {"scope": {"S": keys.ARCHIVE}, "bucket": {"S": keys.COLD_DAYS}}
