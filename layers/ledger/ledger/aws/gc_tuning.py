"""How functions collect garbage: seldom, as answers are made of many small tuples and next to no cycles."""

import gc

ALLOCATIONS = 50_000
"""More objects made than freed, after which the collector looks for cycles among the new ones."""


def collect_seldom() -> None:
    """Take what is loaded now for what stays, and look through the rest seldom."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
