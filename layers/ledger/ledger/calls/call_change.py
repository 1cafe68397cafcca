"""A change of a call, as the stream of the Calls table brings it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ledger.calls.call_item import from_item, is_withdrawn
from ledger.calls.model_call import ModelCall
from ledger.core.moments import unix

_TIME_TO_LIVE = "dynamodb.amazonaws.com"
"""Who removes expired items."""


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
        images = change["dynamodb"]
        old, new = images.get("OldImage"), images.get("NewImage")
        written = unix(new["updatedAt"]["S"]) if new else images["ApproximateCreationDateTime"]
        removed_by_ttl = change.get("userIdentity", {}).get("principalId") == _TIME_TO_LIVE
        if old and (removed_by_ttl or int(old["expiresAt"]["N"]) <= written):
            old = None
        return cls(_call(old), _call(new), written)


def _call(image: Mapping[str, Any] | None) -> ModelCall | None:
    return None if not image or is_withdrawn(image) else from_item(image)
