"""The changes of a time zone's offset from UTC, for engines that have no time zones of their own."""

from datetime import datetime, tzinfo
from typing import NamedTuple

from ledger.core.moments import DAY

_STEP = 7 * DAY
"""Seconds in which no offset changes twice."""


class OffsetChange(NamedTuple):
    """The offset that holds from a Unix second on."""

    since: int
    ahead: int
    """Seconds by which the zone's clocks are ahead of UTC."""
    suffix: str
    """The offset in ISO 8601: Z, or such as +01:00."""


def offset_changes(zone: tzinfo, first: int, last: int) -> list[OffsetChange]:
    """The offset of a zone at a Unix second, and all its changes until another, oldest first."""
    changes = [_at(first, zone)]
    for second in range(first + _STEP, last + _STEP, _STEP):
        if _offset(second, zone) != changes[-1].ahead:
            changes.append(_at(_first_of(second, zone), zone))
    return changes


def _first_of(second: int, zone: tzinfo) -> int:
    """The first second of the offset that a second has, given that it changed within the step before."""
    before, found = second - _STEP, second
    while found - before > 1:
        middle = (before + found) // 2
        if _offset(middle, zone) == _offset(second, zone):
            found = middle
        else:
            before = middle
    return found


def _offset(second: int, zone: tzinfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    assert offset is not None  # noqa: S101 - the moment has a zone
    return int(offset.total_seconds())


def _at(second: int, zone: tzinfo) -> OffsetChange:
    suffix = datetime.fromtimestamp(second, zone).isoformat()[19:]
    return OffsetChange(second, _offset(second, zone), "Z" if suffix == "+00:00" else suffix)
