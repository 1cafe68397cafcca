"""Sections: the scopes of a call day, cut into parts that a function aggregates in bounded memory.

A scope's live counters and aggregates are found by a digest of its did. A section has the scopes whose digests lie in
one range, so that each of its counters is read by a Query and none of another section is.
"""

from dataclasses import dataclass

from ledger.core import keys
from ledger.core.scopes import Scope

PER_SECTION = 50_000
"""Calls of a section, about. They bound its memory."""
INGESTED = 500_000
"""Calls, about, whose live counters are read for a section. Most are of other days, and not kept."""
_PLACES = 3
_MOST = len(keys.DIGITS) ** _PLACES
"""Sections end at digests that differ in their first places."""


@dataclass(frozen=True)
class Section:
    """The `number`th of `of` sections of a call day. Everybody is in the first."""

    day: str
    number: int
    of: int

    @property
    def first(self) -> str:
        """The least digest that it may have, or what that begins with."""
        return _beginning(-(-self.number * _MOST // self.of))

    @property
    def last(self) -> str:
        """What the greatest digest that it may have begins with."""
        return _beginning(-(-(self.number + 1) * _MOST // self.of) - 1)

    @property
    def has_everybody(self) -> bool:
        return self.number == 0

    @property
    def cells(self) -> list[int | None]:
        """The cells that have its aggregates."""
        cells = range(keys.cell(self.first), keys.cell(self.last) + 1)
        return [None, *cells] if self.has_everybody else list(cells)

    def has(self, scope: Scope) -> bool:
        """Whether a scope is in it."""
        return self.has_everybody if scope.kind == "all" else self.has_did(scope.did)

    def has_did(self, did: str) -> bool:
        """Whether the user or the app with a did is in it."""
        return self.first <= keys.digest(did)[:_PLACES] <= self.last

    @property
    def name(self) -> str:
        """Its name among those of all days."""
        return f"{self.day}#{self.of}#{self.number}"


def divided(day: str, calls: int = 0, ingested: int = 0) -> list[Section]:
    """The sections of a day, given how many calls it has, and how many were ingested beside the changes of these."""
    of = min(max(-(-calls // PER_SECTION), -(-ingested // INGESTED), 1), _MOST)
    return [Section(day, number, of) for number in range(of)]


def _beginning(number: int) -> str:
    digits = ""
    for _ in range(_PLACES):
        number, digit = divmod(number, len(keys.DIGITS))
        digits = keys.DIGITS[digit] + digits
    return digits
