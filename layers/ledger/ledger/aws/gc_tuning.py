"""Garbage collection for functions, which create many small tuples and next to no reference cycles."""

import gc

ALLOCATIONS = 50_000
"""The collector runs when this many more objects have been allocated than freed; Python's default is 2,000."""


def collect_seldom() -> None:
    """Exempt everything loaded so far from garbage collection, and collect the rest seldom."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
