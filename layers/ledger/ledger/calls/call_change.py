"""A change of a call, as the stream of the Calls table brings it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ledger.calls.call_item import from_item, is_removal, is_withdrawn, removed
from ledger.calls.model_call import ModelCall
from ledger.core.moments import unix

_TIME_TO_LIVE = "dynamodb.amazonaws.com"
"""Who removes expired items."""


def images(change: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """The images of a call before and after a stream record.

    An item that removes a call is none itself: it takes the image away that it brings.
    """
    of_item = change["dynamodb"]
    old, new = of_item.get("OldImage"), of_item.get("NewImage")
    if (old and is_removal(old)) or (new and is_removal(new)):
        return (None if removed(old) else removed(new) or None), None
    return old, new


@dataclass(frozen=True)
class CallChange:
    """What a change did to a call. A call that was withdrawn is none. Where neither is there, nothing changed.

    Statistics and the archive keep calls that have expired. So an old image is no `old` call where it had expired when
    it was replaced or removed.
    """

    old: ModelCall | None
    new: ModelCall | None
    written: float
    """The Unix time of the write."""

    @classmethod
    def of(cls, change: Mapping[str, Any]) -> Self:
        """The change of a stream record. Raises KeyError or ValueError for what is no image of a call."""
        old, new = images(change)
        written = unix(new["updatedAt"]["S"]) if new else change["dynamodb"]["ApproximateCreationDateTime"]
        removed_by_ttl = change.get("userIdentity", {}).get("principalId") == _TIME_TO_LIVE
        if old and (removed_by_ttl or int(old["expiresAt"]["N"]) <= written):
            old = None
        return cls(_call(old), _call(new), written)


def _call(image: Mapping[str, Any] | None) -> ModelCall | None:
    return None if not image or is_withdrawn(image) else from_item(image)
